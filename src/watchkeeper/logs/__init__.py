"""The science of log records: templates, rates, joins to traces, causes and echoes."""

from ..errors import LogError
from .cause import echoes, first_cause
from .counts import changes, holm, pareto, rates
from .grep import GrepQuality, grep_quality, personal
from .joins import coverage, join_traces, join_window
from .lines import join_lines
from .masking import masked
from .order import inversions
from .severity import LEVELS, level, severities, severity_name, severity_number, severity_numbers
from .templates import grouping_accuracy, template_id, templates
from .timeline import timeline

__all__ = [
    "LEVELS",
    "GrepQuality",
    "LogError",
    "changes",
    "coverage",
    "echoes",
    "first_cause",
    "grep_quality",
    "grouping_accuracy",
    "holm",
    "inversions",
    "join_lines",
    "join_traces",
    "join_window",
    "level",
    "masked",
    "pareto",
    "personal",
    "rates",
    "severities",
    "severity_name",
    "severity_number",
    "severity_numbers",
    "template_id",
    "templates",
    "timeline",
]
