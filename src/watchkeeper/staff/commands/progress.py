"""A progress bar on the terminal for a run of the grader."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from watchkeeper.staff.grade.report.terminal import plain
from watchkeeper.staff.grade.result import Result


class Bar:
    """The `session.Progress` of `watchkeeper grade`. Without a terminal, only its sentences are printed."""

    def __init__(self, console: Console) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._console = console
        self._bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._task = self._bar.add_task("starting", total=None)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._bar.stop()

    def say(self, sentence: str) -> None:
        self._console.print(sentence)

    def stored(self, done: int, of: int, result: Result) -> None:
        self._bar.update(self._task, completed=done, total=of, description=f"graded {plain(result.student)}")
