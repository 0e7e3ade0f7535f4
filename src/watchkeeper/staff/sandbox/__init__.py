"""Runs untrusted notebooks: a warm process, one fork per notebook, the box around it. It knows no questions."""
