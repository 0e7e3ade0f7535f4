"""Everything that no kit holds: the shop's faults, the course's answers, the grader."""
