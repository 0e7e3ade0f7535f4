"""Makes two periods of spans comparable: requests by route, and the owner of each critical millisecond."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from ..traces import Forest, align_clocks, is_error, peers, root_order
from ..traces.path import segments


@dataclass(frozen=True)
class Stretch:
    """The spans of a period, with everything that is computed from them once and used several times."""

    spans: pd.DataFrame

    @classmethod
    def of(cls, spans: pd.DataFrame) -> Stretch:
        spans = spans.reset_index(drop=True)
        return cls(align_clocks(spans) if "host" in spans.columns and len(spans) else spans)

    @cached_property
    def forest(self) -> Forest:
        return Forest.of(self.spans)

    @cached_property
    def kind(self) -> np.ndarray:
        return self.spans["kind"].to_numpy(dtype=object)

    @cached_property
    def service(self) -> np.ndarray:
        return self.spans["service"].to_numpy(dtype=object)

    @cached_property
    def name(self) -> np.ndarray:
        return self.spans["name"].to_numpy(dtype=object)

    @cached_property
    def error(self) -> np.ndarray:
        return is_error(self.spans).to_numpy()

    @cached_property
    def peer(self) -> np.ndarray:
        return peers(self.spans, self.forest)

    @cached_property
    def database(self) -> np.ndarray:
        """Whether a span is a client span of a database. Its time counts as its service's own."""
        said: Sequence[object] = (
            self.spans["attributes"].tolist() if "attributes" in self.spans.columns else [{}] * len(self.spans)
        )
        return np.array([isinstance(one, dict) and bool(one.get("db.system.name")) for one in said], dtype=bool)

    @cached_property
    def requests(self) -> pd.DataFrame:
        """One row per trace whose longest root is a client or server span: row, trace, route, start_ns, ms, failed."""
        roots = root_order(self.spans, self.forest, "longest")
        roots = roots[np.isin(self.kind[roots], ["CLIENT", "SERVER"]) & ~self.database[roots]]
        start, end = self.forest.start[roots], self.forest.end[roots]
        columns = {"row": roots, "trace": self.forest.trace[roots], "route": self.name[roots], "start_ns": start}
        return pd.DataFrame({**columns, "ms": (end - start) / 1e6, "failed": self.error[roots]})

    @cached_property
    def ended_well(self) -> set[str]:
        """The ids of the traces without an error in any root."""
        roots = self.forest.is_root
        failed = self.spans["trace_id"][roots & self.error]
        return set(self.spans["trace_id"][roots]) - set(failed)

    @cached_property
    def critical(self) -> pd.DataFrame:
        """Critical milliseconds: one row per request, as in `requests`; one column per owner, (service, "") or edge."""
        row, start, end, _ = segments(self.spans, self.forest, "longest")
        called = np.where(self.database[row] | (self.kind[row] != "CLIENT"), "", self.peer[row])
        owners = pd.DataFrame({"trace": self.forest.trace[row], "service": self.service[row], "peer": called})
        owners["ms"] = (end - start) / 1e6
        table = owners.pivot_table(index="trace", columns=["service", "peer"], values="ms", aggfunc="sum")
        return table.reindex(self.requests["trace"]).fillna(0.0).reset_index(drop=True)

    @cached_property
    def entry(self) -> np.ndarray:
        """For each span, the row of the span through which its work entered its service.

        That is a server span, a consumer span, or the topmost span of the service's part of the trace.
        """
        above = self.forest.parent
        own = (above < 0) | (self.service[above] != self.service) | np.isin(self.kind, ["SERVER", "CONSUMER"])
        up = np.where(own, np.arange(len(above)), above)
        while not np.array_equal(up[up], up):
            up = up[up]
        return up

    @cached_property
    def calls(self) -> pd.DataFrame:
        """One row per call out of a service: entry (row), caller, operation, name, peer, ms."""
        rows = np.flatnonzero((self.kind == "CLIENT") & (self.entry != np.arange(len(self.kind))))
        entry = self.entry[rows]
        ms = (self.forest.end - self.forest.start)[rows] / 1e6
        return pd.DataFrame(
            {
                "entry": entry,
                "caller": self.service[rows],
                "operation": self.name[entry],
                "name": self.name[rows],
                "peer": self.peer[rows],
                "ms": ms,
            }
        )

    @cached_property
    def call_counts(self) -> pd.DataFrame:
        """Calls per request (rows, as in `requests`) and edge (columns). The edge (service, "") is its database."""
        rows = np.flatnonzero(self.kind == "CLIENT")
        called = np.where(self.database[rows], "", self.peer[rows])
        edges = pd.DataFrame({"trace": self.forest.trace[rows], "service": self.service[rows], "peer": called, "n": 1})
        table = edges.pivot_table(index="trace", columns=["service", "peer"], values="n", aggfunc="sum")
        return table.reindex(self.requests["trace"]).fillna(0.0).reset_index(drop=True)


@dataclass(frozen=True)
class Finding:
    """One difference from before: its test, and what it means if it is not chance."""

    kind: str
    where: str
    mechanism: str
    score: float
    evidence: str
    n: int
    p_value: float
    felt: bool = True  # large enough to matter
    family: str = ""  # the tests of a family only count if the first test of the family holds
