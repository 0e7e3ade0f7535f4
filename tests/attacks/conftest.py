"""One class for all attacks, and the checks that every attack must pass: nothing survives, no held-back data leaks."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from pathlib import Path

import classroom
import pytest
from classroom import Class, Row

from watchkeeper.staff.grade.result import GRADED, Result
from watchkeeper.staff.sandbox.runner import Inputs


@pytest.fixture(scope="session")
def room() -> Iterator[Class]:
    edition = classroom.compiled()
    inputs = {question: Inputs(question, pickled) for question, pickled in edition.inputs.items()}
    with classroom.opened(edition) as runner:
        runner.wait()
        yield Class(edition, inputs, runner)
    for each in inputs.values():
        each.close()


@pytest.fixture(scope="session")
def secrets(room: Class) -> set[str]:
    """Ids of traces and spans that are only in held-back recordings: a text with one of them has leaked data."""
    held_back = set()
    for pickled in room.edition.inputs.values():
        for _, spans in pickle.loads(pickled):
            ids = {str(each) for column in ("trace_id", "span_id") for each in spans[column]}
            held_back |= {each for each in ids if classroom.HEX.fullmatch(each)}
    public = (classroom.DATASETS / "monday-morning").glob("*")
    seen = "".join(path.read_bytes().decode("utf-8", "replace") for path in public if path.suffix == ".json")
    return held_back - set(classroom.HEX.findall(seen))


@pytest.fixture(scope="module")
def ran(request: pytest.FixtureRequest, room: Class, secrets: set[str]) -> Iterator[dict[str, tuple[Result, ...]]]:
    """The results of all ROWS of a test file, graded in one run, with the BUDGET of the file if it has one.

    Afterwards no process, mount or file may be left.
    """
    mounts = _ours("/proc/self/mountinfo")
    yield room.within(getattr(request.module, "BUDGET", classroom.BUDGET)).run(request.module.ROWS)
    assert len(room.processes()) == 2, room.processes()
    assert _ours("/proc/self/mountinfo") == mounts
    places = [Path("/tmp"), Path("/dev/shm"), Path("/var/tmp"), Path.home(), classroom.ROOT, Path.cwd(), Path("/")]
    assert not [path for place in places if place.is_dir() for path in place.glob("*survivor*")]


@pytest.fixture
def judge(ran: dict[str, tuple[Result, ...]], secrets: set[str]):
    """A function that checks what holds for every attack, and returns the row's result."""

    def judge(row: Row) -> Result:
        result, before, after = ran[row.name]
        for honest in (before, after):
            assert (honest.state, honest.points) == (GRADED, 7.0), (row.name, honest.reason, honest.notebooks)
        outputs = classroom.outputs(result)
        assert result.points == row.points, [(mark.name, mark.word, mark.lines) for mark in result.notebooks[0].marks]
        for mark in result.notebooks[0].marks:
            assert mark.word == "passed" or mark.lines or mark.word == "not attempted", "a mark without a reason"
        stopped = result.notebooks[0].stopped
        if row.stopped is not None:
            assert row.stopped in stopped if row.stopped else not stopped, (stopped, outputs[-2000:])
        assert row.shows in outputs, outputs[-3000:]
        text = classroom.everything(result)
        text.encode()  # it must be possible to write it to a file
        assert not secrets & set(classroom.HEX.findall(text))
        for hidden in row.hides:
            assert hidden not in text
        return result

    return judge


def _ours(path: str) -> list[str]:
    return [line for line in Path(path).read_text().splitlines() if "watchkeeper" in line]
