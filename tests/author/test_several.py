"""Jobs in processes of their own: results in the order of the jobs, errors raised here, progress told."""

import os
import time

import pytest

from watchkeeper.staff.author import several
from watchkeeper.staff.errors import BuildError


def waits(seconds: float) -> tuple[float, int]:
    time.sleep(seconds)
    return seconds, os.getpid()


def fails(_: float) -> None:
    raise BuildError("course.toml has no title")


def test_results_come_in_the_order_of_the_jobs_from_other_processes() -> None:
    said: list[str] = []
    results = list(several.each(waits, [(0.2,), (0.0,), (0.1,)], said.append, "jobs"))
    assert [seconds for seconds, _ in results] == [0.2, 0.0, 0.1]
    assert os.getpid() not in {process for _, process in results}
    assert said == ["jobs: 0 of 3", "jobs: 1 of 3", "jobs: 2 of 3", "jobs: 3 of 3"]


def test_the_sentence_of_an_error_arrives() -> None:
    with pytest.raises(BuildError, match="no title"):
        list(several.each(fails, [(1.0,), (2.0,)], lambda _: None, "jobs"))


def test_no_jobs_give_no_results() -> None:
    assert list(several.each(waits, [], lambda _: None, "jobs")) == []


def test_little_memory_means_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = type("Memory", (), {"available": several.BYTES // 2})
    monkeypatch.setattr(several.psutil, "virtual_memory", lambda: memory)
    results = list(several.each(waits, [(0.0,), (0.0,), (0.0,)], lambda _: None, "jobs"))
    assert len({process for _, process in results}) == 1
