"""The science of log records: templates, rates, joins to traces, causes and echoes."""

from .counts import changes, pareto, rates
from .errors import LogError
from .grep import GrepQuality, grep_quality, personal
from .lines import join_lines
from .masking import masked
from .severity import severities, severity_name, severity_number
from .templates import grouping_accuracy, template_id, templates

__all__ = [
    "GrepQuality",
    "LogError",
    "changes",
    "grep_quality",
    "grouping_accuracy",
    "join_lines",
    "masked",
    "pareto",
    "personal",
    "rates",
    "severities",
    "severity_name",
    "severity_number",
    "template_id",
    "templates",
]
