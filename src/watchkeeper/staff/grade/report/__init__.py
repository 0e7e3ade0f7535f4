"""A cohort's results in words: the state of each submission, what most people got wrong, who is stuck."""
