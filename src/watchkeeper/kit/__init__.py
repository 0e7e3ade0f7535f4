"""The apprentice's folder and the submissions from it: what both sides of the wall pass to each other."""
