"""Runs our own notebooks many times over without a kernel: one warm process, a forked child a run.

For the reference and the known wrong answers only, whose code is ours. A notebook of somebody else's goes through
nbgrader, and `watchkeeper run` proves with real kernels that the same cells give the same outcomes.

The parent (this file, run with `python -m`) has imported everything and read the recordings once; it takes one
request a line on stdin, forks, and answers one line on stdout. The child runs the cells in IPython's own shell.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_output

from watchkeeper.check.handout import HELD_BACK
from watchkeeper.staff.author import warm
from watchkeeper.staff.errors import BuildError

_parent: subprocess.Popen[str] | None = None


def run(notebook: NotebookNode, folder: Path, env: Mapping[str, str], seconds_a_cell: float) -> NotebookNode:
    """Run a notebook's code cells in `folder` under `env`; the notebook with the outputs. Raises BuildError."""
    notebook = nbformat.from_dict(notebook)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    request = {
        "sources": [cell.source for cell in cells],
        "folder": str(folder),
        "env": dict(env),
        "seconds": seconds_a_cell,
    }
    outputs = _asked(request)
    for cell, of_cell in zip(cells, outputs, strict=True):
        cell.outputs = [new_output(**one) for one in of_cell]
    return notebook


def _asked(request: dict[str, Any]) -> list[list[dict[str, Any]]]:
    parent = _running_parent()
    assert parent.stdin and parent.stdout
    parent.stdin.write(json.dumps(request) + "\n")
    parent.stdin.flush()
    reply = parent.stdout.readline()
    if not reply:
        raise BuildError("The process that runs the notebooks ended early; its own words stand above.")
    return json.loads(reply)


def _running_parent() -> subprocess.Popen[str]:
    global _parent
    if _parent is None or _parent.poll() is not None:
        command = [sys.executable, "-m", __name__]
        _parent = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        atexit.register(_parent.kill)
    return _parent


def main() -> None:
    """Serve requests until stdin ends."""
    from IPython.core.interactiveshell import InteractiveShell  # noqa: F401

    from watchkeeper import explore, latency, logs, plot, slo, suspects, traces  # noqa: F401

    gc.freeze()  # else a child that collects garbage would copy every page it looks at
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever a cell prints past IPython must not mix with the answers
    with warm.recordings():
        for line in sys.stdin:
            request = json.loads(line)
            _read_ahead(request)
            answers.write(_in_a_child(request) + "\n")
            answers.flush()


def _read_ahead(request: dict[str, Any]) -> None:
    """Read the recordings that the notebook or its questions name, before the child is forked."""
    beside = [path.read_text("utf-8") for path in Path(request["folder"]).glob("key.json")]
    said = "\n".join([*request["sources"], *beside])
    for name in ("WATCHKEEPER_DATASETS", HELD_BACK):
        for card in Path(request["env"].get(name, "/nowhere")).glob("*/card.toml"):
            if f'"{card.parent.name}"' in said:
                warm.read(card.parent)


def _in_a_child(request: dict[str, Any]) -> str:
    with tempfile.TemporaryFile("w+", encoding="utf-8") as file:
        child = os.fork()
        if child == 0:
            status = 1
            try:
                file.write(json.dumps(_executed(request)))
                file.flush()
                status = 0
            except BaseException as error:
                print(f"a rehearsed notebook could not be run: {error!r}", file=sys.stderr)
            finally:
                os._exit(status)
        os.waitpid(child, 0)
        file.seek(0)
        return file.read() or json.dumps([[_stopped("DeadKernel", "the process died")] for _ in request["sources"]])


def _executed(request: dict[str, Any]) -> list[list[dict[str, Any]]]:
    from IPython.core.interactiveshell import InteractiveShell

    os.chdir(request["folder"])
    os.environ.clear()  # what the request leaves out must not come in from whoever started the parent
    os.environ.update(request["env"])
    signal.signal(signal.SIGALRM, _interrupt)
    shell: Any = InteractiveShell.instance(colors="nocolor", display_page=False)
    shell.ask_exit = shell.showtraceback = shell._showtraceback = lambda *_, **__: None
    return [_of_cell(shell, source, request["seconds"]) for source in request["sources"]]


def _interrupt(signum: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _of_cell(shell: Any, source: str, seconds: float) -> list[dict[str, Any]]:
    """One cell's outputs in nbformat's terms: streams, displays, the error."""
    from IPython.core.displayhook import CapturingDisplayHook
    from IPython.utils.capture import capture_output

    values: list[dict[str, Any]] = []
    shell.display_trap.hook = CapturingDisplayHook(shell, values)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        with capture_output() as captured:
            result = shell.run_cell(source, store_history=False)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    found: list[dict[str, Any]] = [
        {"output_type": "stream", "name": name, "text": text}
        for name, text in (("stdout", captured.stdout), ("stderr", captured.stderr))
        if text
    ]
    found += [{"output_type": "display_data", "data": _plain(one.data), "metadata": {}} for one in captured.outputs]
    found += [
        {"output_type": "execute_result", "execution_count": None, "data": _plain(one["data"]), "metadata": {}}
        for one in values
    ]
    error = result.error_in_exec or result.error_before_exec
    return [*found, _stopped(type(error).__name__, str(error))] if error else found


def _plain(data: Mapping[str, Any]) -> dict[str, Any]:
    return {kind: value for kind, value in data.items() if isinstance(value, str | dict | list)}


def _stopped(name: str, text: str) -> dict[str, Any]:
    return {"output_type": "error", "ename": name, "evalue": text, "traceback": []}


if __name__ == "__main__":
    main()
