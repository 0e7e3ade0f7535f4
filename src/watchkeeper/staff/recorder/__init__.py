"""Scenarios and their private words, and the recorder that turns them into recordings."""
