"""Where things lie inside a box."""

SCRATCH = "/box"  # not /tmp: the repository itself may lie below that
HOME = f"{SCRATCH}/home"
WORK = f"{SCRATCH}/work"
TEMPORARY = f"{SCRATCH}/tmp"
