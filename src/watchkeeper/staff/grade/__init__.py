"""Marks for a cohort, given outside the apprentices' processes. A staff room."""
