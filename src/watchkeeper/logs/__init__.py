"""The science of log records: templates, rates, joins to traces, causes and echoes."""

from .errors import LogError
from .masking import masked
from .templates import grouping_accuracy, template_id, templates

__all__ = ["LogError", "grouping_accuracy", "masked", "template_id", "templates"]
