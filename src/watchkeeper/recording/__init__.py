"""`Recording`: the telemetry of a few minutes as data frames. `Library`: a folder of recordings."""

from .library import Library
from .recording import Recording

__all__ = ["Library", "Recording"]
