"""The science of traces: trees, self time, the critical path, calls, errors, clocks, samples.

Each function takes a frame of spans, of one trace or of many; which columns it needs is in its docstring, and ids are
opaque text here. Times are nanoseconds in the columns that end in _ns, milliseconds in those that end in _ms.
"""

from .drag import drag
from .gaps import hop_gaps
from .graph import service_graph
from .origins import error_origins, is_error, masked_errors
from .path import critical_path, path_signature
from .reports import reports, tree
from .retime import retime
from .selftime import self_time
from .share import path_share, peers

__all__ = [
    "critical_path", "drag", "error_origins", "hop_gaps", "is_error", "masked_errors", "path_share", "path_signature",
    "peers", "reports", "retime", "self_time", "service_graph", "tree",
]  # fmt: skip
