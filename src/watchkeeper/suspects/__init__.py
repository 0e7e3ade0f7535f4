"""Where to look first: services and edges that differ from a healthy baseline, with evidence."""
