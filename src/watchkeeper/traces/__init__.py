"""The science of traces: trees, self time, the critical path, and what a change would save."""

from .path import critical_path
from .selftime import self_time

__all__ = ["critical_path", "self_time"]
