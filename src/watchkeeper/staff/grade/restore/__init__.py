"""From the bytes of a submission to the course's own notebook with the apprentice's answers in it."""
