"""Late policies for the tests, as a school would write them."""

from nbgrader.plugins import LateSubmissionPlugin
from traitlets.config import Config


class Hourly(LateSubmissionPlugin):
    """A point per hour."""

    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return total_seconds_late / 3600


class Broken(LateSubmissionPlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return 1 / 0


def policy(plugin):
    """nbgrader's configuration with this policy: the name of a class here, or one of nbgrader's own methods."""
    config = Config()
    if plugin in ("none", "zero"):
        config.LateSubmissionPlugin.penalty_method = plugin
    elif plugin:
        config.AssignLatePenalties.plugin_class = f"late.{plugin}"
    return config
