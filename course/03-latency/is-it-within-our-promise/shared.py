"""What several questions of is-it-within-our-promise use."""

MINUTE_NS = 60 * 10**9
COLUMNS = ["trace_id", "route", "start_ns", "duration_ms", "status"]


def minutes_of(good, valid=None):
    return [[at * MINUTE_NS, each, 1000 if valid is None else valid[at]] for at, each in enumerate(good)]


SERIES = ["time_ns", "good", "valid"]
