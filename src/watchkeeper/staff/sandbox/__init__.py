"""Runs notebooks that nobody trusts: a warm process, one fork per notebook, the box around it. Knows no questions."""
