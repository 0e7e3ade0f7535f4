"""Runs a notebook's cells in the process they are graded in: a kernel's own shell, without a kernel around it."""

from __future__ import annotations

import builtins
import gc
import importlib
import io
import os
import signal
import sys
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

MOST_OUTPUT = 1_000_000  # characters that one cell may leave behind; an answer is counted by itself
CUT = "\n[The rest is not kept: a cell may write a million characters.]\n"

# Run once before the first notebook. The first traceback and the first table import and look up many things. Python
# also optimizes code that has run a few times. Without this, every forked process would repeat that work in its own
# memory.
WARM_UP = (
    "1/0",
    """
import pandas
table = pandas.DataFrame({"service": ["cart", "ads", "cart"], "wait": [1.5, 2.0, 0.25], "calls": [1, 2, 3]})
display(table.head(2), table.wait)
table.groupby("service").wait.median().to_dict()
table[table.wait > 1].sort_values("wait").assign(twice=2 * table.calls)
""",
)

Tell = Callable[[dict[str, Any]], None]
Late = Callable[[], int]


class Sink:
    """A fake kernel session that turns messages into the outputs of the running cell."""

    def __init__(self, tell: Tell) -> None:
        from watchkeeper.check.handout import MIME

        self.tell, self.cell, self.length, self.mime = tell, 0, 0, MIME
        self.outputs: list[dict[str, Any]] = []
        self.shown: dict[str, dict[str, Any]] = {}
        self.clear_next = False

    def begin(self, cell: int) -> None:
        self.cell, self.outputs, self.length, self.clear_next = cell, [], 0, False

    def msg(self, kind: str, content: Any = None, parent: Any = None, **_: Any) -> dict[str, Any]:
        return {"header": {"msg_type": kind}, "content": content}

    def send(self, channel: Any, message: Any, content: Any = None, parent: Any = None, **_: Any) -> None:
        """Called by the display hook, the display publisher and tracebacks."""
        if isinstance(message, dict):
            message, content = message["header"]["msg_type"], message["content"]
        if message == "clear_output":
            self.clear_next = bool(content.get("wait"))
            if not self.clear_next:
                self.outputs.clear()
        elif message == "error":
            self._add({"output_type": "error", **content}, sum(map(len, content["traceback"])))
        elif message in ("display_data", "execute_result", "update_display_data"):
            self._display(message, content)

    def stream(self, name: str, text: str) -> None:
        """Text for stdout or stderr. Consecutive texts for the same stream become one output."""
        room = MOST_OUTPUT - self.length
        if not text or room < 0:
            return
        self.length += len(text)
        text = text if len(text) <= room else text[: max(room, 0)] + CUT
        last = self.outputs[-1] if self.outputs else None
        if last and not self.clear_next and last["output_type"] == "stream" and last["name"] == name:
            last["text"].append(text)
        else:
            self._place({"output_type": "stream", "name": name, "text": [text]})

    def _display(self, kind: str, content: dict[str, Any]) -> None:
        data = content["data"]
        if self.mime in data:
            self.tell({"cell": self.cell, "answer": data[self.mime]})
            return
        name = content.get("transient", {}).get("display_id")
        if kind == "update_display_data":
            if name in self.shown:
                self.shown[name].update(data=data, metadata=content["metadata"])
            return
        output = {"output_type": kind, "data": data, "metadata": content["metadata"]}
        if kind == "execute_result":
            output["execution_count"] = content["execution_count"]
        if name:
            self.shown[name] = output
        self._add(output, sum(len(one) if isinstance(one, str) else len(str(one)) for one in data.values()))

    def _add(self, output: dict[str, Any], length: int) -> None:
        if self.length + length <= MOST_OUTPUT:
            self.length += length
            self._place(output)
        elif self.length <= MOST_OUTPUT:
            self.stream("stdout", CUT)
            self.length = MOST_OUTPUT + 1

    def _place(self, output: dict[str, Any]) -> None:
        if self.clear_next:
            self.outputs.clear()
            self.clear_next = False
        self.outputs.append(output)

    def end(self) -> None:
        for output in self.outputs:
            if output["output_type"] == "stream":
                output["text"] = "".join(output["text"])
        self.tell({"cell": self.cell, "outputs": self.outputs})


class Stream(io.TextIOBase):
    """sys.stdout or sys.stderr of a graded run."""

    encoding = "utf-8"

    def __init__(self, sink: Sink, name: str) -> None:
        self._sink, self.name = sink, name

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text)}")
        self._sink.stream(self.name, text)
        return len(text)

    def writable(self) -> bool:
        return True

    def close(self) -> None:
        """As in a kernel, it stays open."""

    def fileno(self) -> int:
        return 1 if self.name == "stdout" else 2


def import_as_a_kernel_would(names: Sequence[str]) -> None:
    """Import modules before there is a shell. When pandas is imported, it checks whether it is in a notebook: it is.

    It looks for `builtins.get_ipython`, which a kernel's shell also provides.
    """
    builtins.get_ipython = lambda: SimpleNamespace(kernel=None)  # type: ignore[attr-defined]
    for name in names:
        importlib.import_module(name)
    del builtins.get_ipython  # type: ignore[attr-defined]


def make_shell(warm: tuple[str, ...]) -> Any:
    """A kernel's IPython shell in which the modules `warm` have been imported, so that a child finds them there."""
    from ipykernel.compiler import XCachingCompiler
    from ipykernel.zmqshell import ZMQInteractiveShell
    from traitlets.config import Config

    config = Config()
    config.HistoryManager.enabled = False  # it would start a thread, and a process with threads can't be forked safely
    shell = ZMQInteractiveShell.instance(config=config, compiler_class=XCachingCompiler)
    # `exit()` in a cell ends nothing. KERNEL_ARGUMENTS in pipeline.py do the same in a kernel.
    shell.ask_exit = lambda: None  # type: ignore[method-assign]
    shell.enable_gui = lambda gui=None: None  # type: ignore[method-assign]  # `%matplotlib` asks for a kernel's loop
    with shell.builtin_trap:
        for name in warm:
            __import__(name)
    return shell


def warm_up(shell: Any) -> None:
    """Run the cells of WARM_UP, which do what most notebooks do, and reset the shell to the state of a new kernel."""
    _talk_to(shell, Sink(lambda _: None))
    for text in WARM_UP:
        shell.run_cell(text, store_history=False)
    gc.freeze()  # the reset collects garbage; this keeps it from searching everything that was imported
    shell.reset(new_session=True)
    shell.push(dict.fromkeys(("_", "__", "___"), ""))  # a new kernel has these names, but a reset deletes them


def _talk_to(shell: Any, sink: Sink) -> None:
    for part in (shell.display_pub, shell.displayhook):
        part.set_trait("session", None)
        part._trait_values["session"] = sink  # the trait asks for a Session, which would want sockets and keys


def run(shell: Any, sources: list[str], seconds_a_cell: float, tell: Tell, written: Written, late: Late) -> None:
    """Run the cells one after the other. `tell` gets each cell's answers at once, and its outputs when it ends.

    When SIGINT comes from the grader, `late` gives the number of the cell that it is for. That cell is interrupted, as
    in a kernel, and the next one runs anyway. An interrupt that comes too late for its cell is for none.
    """
    sink = Sink(tell)
    _talk_to(shell, sink)
    sys.stdout, sys.stderr = Stream(sink, "stdout"), Stream(sink, "stderr")
    _no_input()
    interrupted = -1

    def interrupt(signum: int, frame: Any) -> None:
        nonlocal interrupted
        if late() == sink.cell:
            interrupted = sink.cell
            raise KeyboardInterrupt

    for number, source in enumerate(sources):
        sink.begin(number)
        try:
            signal.signal(signal.SIGINT, interrupt)
            shell.run_cell(source, store_history=True)
        except BaseException as error:  # whatever a cell does to the shell, the next cell still runs
            sink.send(None, "error", {"ename": type(error).__name__, "evalue": "", "traceback": []})
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        sink.stream("stdout", written.since())
        if interrupted == number:
            sink.stream(
                "stderr", f"This cell was stopped: it used more than the {seconds_a_cell:g} s that a cell has.\n"
            )
        sink.end()


def _no_input() -> None:
    """Replace `builtins.input`, as a kernel does, by a function that raises an error, as it does under nbconvert."""

    def refuse(prompt: object = "") -> str:
        raise RuntimeError("There is no one to type anything while a notebook is graded.")

    builtins.input = refuse  # type: ignore[assignment]


class Written:
    """Captures what programs started by a cell write to file descriptors 1 and 2."""

    def __init__(self) -> None:
        self._file = os.memfd_create("outputs")
        self._seen = 0
        for descriptor in (1, 2):
            os.dup2(self._file, descriptor)

    def since(self) -> str:
        end = os.lseek(self._file, 0, os.SEEK_END)
        if end <= self._seen:
            return ""
        found = os.pread(self._file, min(end - self._seen, 4 * MOST_OUTPUT), self._seen)
        self._seen = end
        return found.decode("utf-8", errors="replace")
