"""One folder per service: a short file with its VERSION and its `routes`, and the releases that can be deployed."""
