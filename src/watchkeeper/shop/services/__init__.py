"""One short file a service: its VERSION and its `routes`, nothing that runs on import."""
