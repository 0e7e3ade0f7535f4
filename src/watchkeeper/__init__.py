"""Watchkeeper: an SRE apprenticeship over the recorded telemetry of a small web shop.

Importing the package only makes its nouns available: `from watchkeeper import Recording`.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from watchkeeper.recording import Recording

__all__ = ["Recording"]


def __getattr__(name: str) -> Any:
    """Import a noun when it is first used, so that `import watchkeeper` does not import pandas."""
    if name == "Recording":
        from watchkeeper.recording import Recording

        return Recording
    raise AttributeError(f"module 'watchkeeper' has no attribute {name!r}")
