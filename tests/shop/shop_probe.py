"""Looking at a shop from outside: its spans as a frame, its processes, its pages."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import httpx
import pandas as pd

from watchkeeper import otlp
from watchkeeper.shop.control import Shop
from watchkeeper.shop.process import load
from watchkeeper.shop.roster import Roster
from watchkeeper.staff.recorder import VERSIONS

ROSTER = Roster.read([VERSIONS])


def live_spans(shop: Shop) -> pd.DataFrame:
    """What all processes have written so far."""
    paths = [path for path in (shop.folder / "telemetry").glob("*.traces.jsonl") if path.stat().st_size]
    return pd.concat([otlp.read_spans(path) for path in paths], ignore_index=True)


def get(shop: Shop, path: str = "", seconds: float = 5.0) -> httpx.Response:
    return httpx.get(shop.url + path, timeout=seconds)


def trace_of_last(shop: Shop, route: str) -> pd.DataFrame:
    """All spans of the youngest trace whose page is this route, once its server span is written."""
    spans = pd.DataFrame()

    def there() -> bool:
        nonlocal spans
        spans = live_spans(shop)
        return bool(((spans.service == "frontend") & (spans.kind == "SERVER") & (spans.name == route)).any())

    assert eventually(there), f"no span {route}"
    pages = spans[(spans.service == "frontend") & (spans.kind == "SERVER") & (spans.name == route)]
    return spans[spans.trace_id == pages.sort_values("start_ns").trace_id.iloc[-1]]


def alive(pids: list[int]) -> list[int]:
    """Those that still exist (a zombie has ended)."""
    return [pid for pid in pids if _state(pid) not in ("", "Z")]


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""


def eventually(condition: Callable[[], bool], seconds: float = 20.0) -> bool:
    """Whether it comes true in good time; the limit is a net, not a measurement."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return condition()


def cpu_ticks(pid: int) -> int:
    """User and system time of a process in clock ticks."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def proportional_bytes(pid: int) -> int:
    """Memory of a process, shared pages divided among those who share them."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def children(pid: int) -> list[int]:
    """Direct children of a process."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                parent = int(Path(f"/proc/{entry}/stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            if parent == pid:
                found.append(int(entry))
    return found


def deploy(shop: Shop, service: str, version: str) -> None:
    """Deploy, and wait until the old process has answered what it had and is gone."""
    old = shop.status()["services"][service]["pid"]
    shop.deploy(service, version)
    assert eventually(lambda: not alive([old]))


def roll_back(shop: Shop, service: str) -> None:
    """Roll back, and wait in the same way."""
    old = shop.status()["services"][service]["pid"]
    shop.roll_back(service)
    assert eventually(lambda: not alive([old]))


def loaded(service: str, version: str, folder: Path) -> ModuleType:
    """That version of a service as a module; its files go into `folder`."""
    return load(ROSTER.service(service).put(version, folder) / f"{service}.py")
