"""One class for all attacks, and what is checked of each: nothing survives, nothing that is held back is shown."""

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
    for one in inputs.values():
        one.close()


@pytest.fixture(scope="session")
def secrets(room: Class) -> set[str]:
    """Ids of the held-back recordings. If one of them appears anywhere, a recording has leaked."""
    found = set()
    for pickled in room.edition.inputs.values():
        for _, spans in pickle.loads(pickled):
            ids = {str(one) for name in ("trace_id", "span_id") for one in spans[name]}
            found |= {one for one in ids if classroom.HEX.fullmatch(one)}
    public = (classroom.DATASETS / "monday-morning").glob("*")
    seen = "".join(path.read_bytes().decode("utf-8", "replace") for path in public if path.suffix == ".json")
    return found - set(classroom.HEX.findall(seen))


@pytest.fixture(scope="module")
def ran(request: pytest.FixtureRequest, room: Class, secrets: set[str]) -> Iterator[dict[str, tuple[Result, ...]]]:
    """All rows of a file (its ROWS), graded in one class run; afterwards nothing of them may be left."""
    mounts = _ours("/proc/self/mountinfo")
    found = room.run(request.module.ROWS)
    yield found
    assert len(room.processes()) == 2, room.processes()
    assert _ours("/proc/self/mountinfo") == mounts
    places = [Path("/tmp"), Path("/dev/shm"), Path("/var/tmp"), Path.home(), classroom.ROOT, Path.cwd(), Path("/")]
    assert not [path for place in places if place.is_dir() for path in place.glob("*survivor*")]


@pytest.fixture
def judge(ran: dict[str, tuple[Result, ...]], secrets: set[str]):
    """Asks of a row what every attack is asked; gives its result."""

    def judge(row: Row) -> Result:
        result, before, after = ran[row.name]
        for honest in (before, after):
            assert (honest.state, honest.points) == (GRADED, 7.0), (row.name, honest.reason, honest.notebooks)
        said = classroom.outputs(result)
        assert result.points == row.points, [(mark.name, mark.word, mark.lines) for mark in result.notebooks[0].marks]
        for mark in result.notebooks[0].marks:
            assert mark.word == "passed" or mark.lines or mark.word == "not attempted", "a reason is stated"
        stopped = result.notebooks[0].stopped
        if row.stopped is not None:
            assert row.stopped in stopped if row.stopped else not stopped, (stopped, said[-2000:])
        assert row.shows in said, said[-3000:]
        left = classroom.everything(result)
        left.encode()  # it can be written to a file
        assert not secrets & set(classroom.HEX.findall(left))
        for hidden in row.hides:
            assert hidden not in left
        return result

    return judge


def _ours(path: str) -> list[str]:
    return [line for line in Path(path).read_text().splitlines() if "watchkeeper" in line]
