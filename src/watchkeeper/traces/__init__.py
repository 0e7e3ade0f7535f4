"""The science of traces: trees, self time, the critical path, and what a change would save.

Each function takes a frame of spans, of one trace or of many; which columns it needs is in its docstring, and ids are
opaque text here. Times are nanoseconds in the columns that end in _ns, milliseconds in those that end in _ms.
"""

from .drag import drag
from .path import critical_path, path_signature
from .reports import reports, tree
from .retime import retime
from .selftime import self_time
from .share import path_share, peers

__all__ = ["critical_path", "drag", "path_share", "path_signature", "peers", "reports", "retime", "self_time", "tree"]
