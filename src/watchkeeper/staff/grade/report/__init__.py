"""A cohort's results in words: who is where, what most got wrong, who is stuck."""
