"""Invented cohorts, to try the grader on and to test it with."""
