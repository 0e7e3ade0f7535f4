"""The science of traces: trees, self time, the critical path, calls, errors, clocks, samples.

Each function takes a frame of spans, from one trace or from many; its docstring says which columns it needs. Ids are
opaque text. Columns that end in _ns are nanoseconds, columns that end in _ms are milliseconds.
"""

from .clocks import align_clocks, clock_offsets
from .drag import drag
from .forest import Forest
from .gaps import hop_gaps
from .graph import service_graph
from .links import linked
from .names import high_cardinality, masked_name
from .origins import error_origins, is_error, masked_errors
from .path import critical_path, path_signature, root_order
from .repeats import repeated_children, retries
from .reports import reports, tree
from .retime import retime
from .sampling import Share, head_sample, tail_sample, weighted_share
from .selftime import self_time
from .share import path_share, peers

__all__ = [
    "Forest",
    "Share",
    "align_clocks",
    "clock_offsets",
    "critical_path",
    "drag",
    "error_origins",
    "head_sample",
    "high_cardinality",
    "hop_gaps",
    "is_error",
    "linked",
    "masked_errors",
    "masked_name",
    "path_share",
    "path_signature",
    "peers",
    "repeated_children",
    "reports",
    "retime",
    "retries",
    "root_order",
    "self_time",
    "service_graph",
    "tail_sample",
    "tree",
    "weighted_share",
]
