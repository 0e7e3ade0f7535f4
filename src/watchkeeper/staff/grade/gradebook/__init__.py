"""nbgrader's gradebook and folders, written the way nbgrader writes them."""
