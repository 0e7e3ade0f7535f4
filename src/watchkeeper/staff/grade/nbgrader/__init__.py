"""Plain nbgrader: the steps that plug the course's judge into it, and its commands driven from Python."""
