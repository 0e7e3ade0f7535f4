"""What counts as a notebook's time, and what happens when it has used it or when the machine is too busy."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from watchkeeper.staff.sandbox import clock as clocks
from watchkeeper.staff.sandbox import meter as meters
from watchkeeper.staff.sandbox import runner as runners
from watchkeeper.staff.sandbox.box.walls import Budget
from watchkeeper.staff.sandbox.clock import Clock, Starved
from watchkeeper.staff.sandbox.meter import LOOK, Meter, of_family, of_namespace, space_of
from watchkeeper.staff.sandbox.runner import Runner
from watchkeeper.staff.sandbox.wire import Broken

DATASETS = Path(__file__).parents[2] / "datasets"
BURNS = """
import os, sys, time
def burn():
    while time.process_time() < 0.3: pass
for _ in range(2):
    if os.fork() == 0:
        burn()
        os._exit(0) if sys.argv[1] == "ends" else time.sleep(99)
if sys.argv[1] == "ends":
    os.wait(), os.wait()
else:
    burn()
print("done", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def now(monkeypatch):
    """A clock on the wall that only moves when told to."""
    time = [1000.0]
    monkeypatch.setattr(meters.time, "monotonic", lambda: time[0])
    return time


def stat(state: str, ticks: int = 0) -> list[str]:
    """The fields of /proc/N/stat of a process that has used some CPU time."""
    fields = ["0"] * 30
    fields[meters._STATE], fields[meters._USER], fields[meters._STARTED] = state, str(ticks), "7"
    return fields


@pytest.mark.parametrize("children", ["ends", "stay"])
def test_the_cpu_time_of_all_processes_counts(children):
    command = [sys.executable, "-c", BURNS, children]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        meter = Meter(of_family(process.pid))
        assert process.stdout.readline() == b"done\n"
        used, _ = meter._count()
        found = of_family(process.pid)()
        for one in found:
            os.kill(one, signal.SIGKILL)
    assert len(found) == (1 if children == "ends" else 3)
    assert used > (0.5 if children == "ends" else 0.3)


def test_a_program_that_ended_between_two_looks_counts_once(monkeypatch):
    """Its time moves into the sum of the process that waited for it."""
    parent, child = stat("S"), stat("S", 100)
    there = {"/proc/1/stat": parent, "/proc/2/stat": child}
    monkeypatch.setattr(meters, "_stat", there.get)
    meter = Meter(lambda: [1, 2])
    assert meter._count()[0] == pytest.approx(100 / meters._TICK)
    parent[meters._REAPED_USER] = "130"
    del there["/proc/2/stat"]
    assert meter._count()[0] == pytest.approx(30 / meters._TICK)
    assert meter._count()[0] == 0


def test_time_in_which_every_process_sleeps_counts(now):
    with subprocess.Popen(["sleep", "99"]) as process:
        while Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0] != "S":
            pass
        meter = Meter(of_family(process.pid))
        for _ in range(8):
            now[0] += LOOK
            meter.look()
        process.kill()
    assert meter.used == pytest.approx(8 * LOOK, abs=0.1)


@pytest.mark.parametrize(
    ("state", "awaited", "used"),
    [("R", False, 0.0), ("D", True, 0.0), ("D", False, 8 * LOOK), ("S", False, 8 * LOOK), ("T", False, 8 * LOOK)],
)
def test_time_in_which_the_machine_has_no_room_does_not_count(now, monkeypatch, state, awaited, used):
    """A process that waits for a core or for a disk, and gets none. One that waits for its own vfork is asleep."""
    monkeypatch.setattr(meters, "_stat", lambda path: stat(state))
    monkeypatch.setattr(meters, "_disks_are_awaited", lambda: awaited)
    meter = Meter(lambda: [1])
    for _ in range(8):
        now[0] += LOOK
        meter.look()
    assert meter.used == pytest.approx(used)


def test_a_thread_that_wants_to_run_is_seen(now, monkeypatch):
    monkeypatch.setattr(meters, "_stat", lambda path: stat("R" if "task/12" in path else "S"))
    monkeypatch.setattr(meters.os, "listdir", lambda path: ["11", "12"])
    meter = Meter(lambda: [11])
    now[0] += LOOK
    assert meter.look() == 0


def test_a_look_that_comes_late_counts_for_little(now, monkeypatch):
    """If the grader itself had no CPU for a minute, there is no telling what the notebook did in that minute."""
    monkeypatch.setattr(meters, "_stat", lambda path: stat("S"))
    meter = Meter(lambda: [1])
    now[0] += 60
    assert meter.look() == pytest.approx(2 * LOOK)


def test_the_processes_of_a_namespace_are_found():
    assert os.getpid() in of_namespace(space_of(os.getpid()))()
    assert of_namespace(space_of(2**22))() == []


@pytest.fixture
def clock(now, monkeypatch):
    """A clock with a budget of 2 s for a cell and 10 s for all, 0.5 s of patience, and a line that is never read."""
    monkeypatch.setattr(clocks.os, "getloadavg", lambda: (0.0, 0.0, 0.0))
    ours, theirs = socket.socketpair()
    made = Clock(Budget(cell_seconds=2, patience=0.5, notebook_seconds=10), ours, 0, 0, list)
    with ours, theirs:
        made.theirs = theirs
        yield made
    made.close()


def wait(clock, now, used: float, wall: float) -> None:
    """Let time pass."""
    clock._meter.look = lambda: clock._meter.used
    clock._meter.used += used
    now[0] += wall
    clock()


def test_a_late_cell_is_interrupted_once_and_then_stopped(clock, now):
    clock.cell(3)
    wait(clock, now, 2.1, 3)
    wait(clock, now, 0.2, 3)
    assert clock.theirs.recv(100) == (3).to_bytes(4)
    with pytest.raises(Broken, match="took too long"):
        wait(clock, now, 0.3, 3)
    assert not clock.is_over


def test_every_cell_has_its_own_time_and_all_have_one_together(clock, now):
    with pytest.raises(Broken):
        for number in range(20):
            clock.cell(number)
            wait(clock, now, 1.5, 1.5)
    assert (number, clock.is_over) == (6, True)


def test_a_function_has_a_time_of_its_own(clock, now):
    wait(clock, now, 2.1, 3)
    clock.function()
    wait(clock, now, 1.9, 3)


@pytest.mark.parametrize(("load", "seconds"), [(0.0, 40), (1.0, 40), (10.0, 200), (500.0, 400)])
def test_the_wall_is_the_last_resort_and_is_farther_away_on_a_busy_machine(clock, now, monkeypatch, load, seconds):
    monkeypatch.setattr(clocks.os, "getloadavg", lambda: (load * os.cpu_count(), 0.0, 0.0))
    wait(clock, now, 0, seconds - 1)
    with pytest.raises(Starved):
        wait(clock, now, 0, 2)


@pytest.fixture
def starved(monkeypatch):
    """A machine that is too busy for any notebook that is not done at once, whatever the notebook does."""
    monkeypatch.setattr(Meter, "_count", lambda self: (0.0, True))
    monkeypatch.setattr(clocks, "LEAST_TIMES", 1.0)
    monkeypatch.setattr(clocks, "MOST_TIMES", 1.0)


def test_what_the_wall_has_stopped_is_unfinished(starved):
    with Runner(DATASETS, warm=(), budget=Budget(cell_seconds=0.1, notebook_seconds=0.6)) as made:
        ran = made.run(["import time\ntime.sleep(60)", "1 + 1"], {})
        assert (ran.unfinished, ran.outputs) == (True, [None, None])
        assert ran.stopped == runners.BUSY
        quick = made.run(["1 + 1"], {})
        assert not quick.unfinished and quick.outputs[0][0]["data"] == {"text/plain": "2"}


@pytest.mark.parametrize(
    "code", ["import time\ntime.sleep(60)", "!sleep 60", "while True: pass", "import os; os.wait()"]
)
def test_a_cell_that_waits_or_computes_is_interrupted_and_the_next_one_runs(code):
    """`os.wait` has something to wait for: a child that sleeps."""
    before = "import os, time\nif os.fork() == 0:\n    time.sleep(60)\n    os._exit(0)" if "os.wait" in code else "1"
    with Runner(DATASETS, warm=(), budget=Budget(cell_seconds=0.5)) as made:
        ran = made.run([before, code, "1 + 1"], {})
    assert (ran.stopped, ran.unfinished) == ("", False)
    assert "more than the 0.5 s" in str(ran.outputs[1])
    assert ran.outputs[2][0]["data"] == {"text/plain": "2"}


def test_an_interrupt_that_comes_too_late_for_its_cell_interrupts_no_other():
    late = "import os, signal\nos.kill(os.getpid(), signal.SIGINT)\n'not interrupted'"
    with Runner(DATASETS, warm=()) as made:
        ran = made.run(["1", late], {})
    assert ran.outputs[1][0]["data"] == {"text/plain": "'not interrupted'"}
