"""The paths inside a box."""

SCRATCH = "/box"  # not /tmp, because the repository itself may be there
HOME = f"{SCRATCH}/home"
WORK = f"{SCRATCH}/work"
TEMPORARY = f"{SCRATCH}/tmp"
