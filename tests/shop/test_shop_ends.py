"""However it ends, nothing of the shop is left: no process (not even a frozen one), no port, no folder."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from shop_probe import alive, eventually

from watchkeeper.shop.control import Shop
from watchkeeper.shop.roster import Roster

# Freezes one service, because a stopped process can't react to anything.
HOLD = """
import json, signal, time
from watchkeeper.shop.control import Shop
signal.signal(signal.SIGINT, signal.default_int_handler)  # tests that run in the background have it ignored
with Shop.start() as shop:
    shop.blackhole("payment")
    print(json.dumps(shop.status()), flush=True)
    time.sleep(600)
"""


def hold() -> tuple[subprocess.Popen, dict]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    return process, json.loads(process.stdout.readline())


def free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def assert_nothing_is_left(state: dict) -> None:
    pids = [state["supervisor"], *(one["pid"] for one in state["services"].values())]
    assert eventually(lambda: not alive(pids)), f"still there: {alive(pids)}"
    assert eventually(lambda: all(free(port) for port in state["ports"].values()))
    assert eventually(lambda: not Path(state["folder"]).exists())


@pytest.mark.parametrize("signal_", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=["ctrl-c", "term", "kill"])
def test_nothing_is_left_when_its_owner_ends(signal_):
    process, state = hold()
    process.send_signal(signal_)
    process.wait()
    process.stdout.close()
    assert_nothing_is_left(state)


def test_nothing_is_left_when_its_parent_process_is_killed():
    process, state = hold()
    os.kill(state["supervisor"], signal.SIGKILL)
    pids = [one["pid"] for one in state["services"].values()]
    assert eventually(lambda: not alive(pids)), f"still there: {alive(pids)}"
    process.send_signal(signal.SIGINT)
    process.wait()
    process.stdout.close()
    assert_nothing_is_left(state)


def test_an_orderly_end_leaves_nothing_and_loses_no_span():
    with Shop.start() as shop:
        state = shop.status()
        shop.blackhole("ads")
        shop.close()
        counts = [json.loads(path.read_text("utf-8")) for path in shop.folder.glob("telemetry/*.counts.json")]
        assert len(counts) == len(Roster.read().services) and all(one["started"] == one["ended"] for one in counts)
    assert_nothing_is_left(state)
