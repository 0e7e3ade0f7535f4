"""Judges answers: gives points and messages."""
