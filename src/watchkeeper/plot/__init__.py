"""Static figures, each with a text twin: of a trace, of services, of latencies, of logs and of an incident.

A `Figure` shows itself in a notebook; `.alt`, `.finding` and `.text` say the same in words, `.svg` is the picture.
"""

from ..errors import FigureError
from .burn_rate import burn_rate
from .distribution import distribution
from .durations import durations
from .figure import Figure, Table
from .heat_map import heat_map
from .histogram_bounds import histogram_bounds
from .log_rates import log_rates
from .log_timeline import log_timeline
from .pareto import pareto
from .series import series
from .service_map import service_map
from .shares import path_shares
from .timeline import timeline
from .waterfall import waterfall

__all__ = [
    "Figure",
    "FigureError",
    "Table",
    "burn_rate",
    "distribution",
    "durations",
    "heat_map",
    "histogram_bounds",
    "log_rates",
    "log_timeline",
    "pareto",
    "path_shares",
    "series",
    "service_map",
    "timeline",
    "waterfall",
]
