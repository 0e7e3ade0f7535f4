"""The apprentice's folder and what is handed in from it: what both sides of the wall pass to each other."""
