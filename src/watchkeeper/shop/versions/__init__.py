"""Other versions of the services, one file each: `<service>_<version with underscores>.py`."""
