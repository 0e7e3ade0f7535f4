"""From an answer to points and words."""
