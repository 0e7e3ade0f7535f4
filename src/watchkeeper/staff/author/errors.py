"""What can be wrong with the course's text; each message names the file and the next step."""

from watchkeeper.errors import WatchkeeperError


class BuildError(WatchkeeperError):
    """A lesson, a marking or course.toml says something that can't be built."""


class StaleError(BuildError):
    """What is committed differs from what the course's text gives."""


class EditedError(BuildError):
    """A generated notebook was edited by hand, and building would overwrite the edit."""
