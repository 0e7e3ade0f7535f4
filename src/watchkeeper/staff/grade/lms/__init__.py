"""Class lists, and points written into the gradebook files of Canvas and Moodle."""
