"""nbgrader's Execute, with a time limit that does not depend on how busy the machine is."""

from __future__ import annotations

import asyncio
import sys
import time
from typing import Any

from nbformat import NotebookNode
from nbgrader import preprocessors
from nbgrader.preprocessors.execute import UnresponsiveKernelError
from traitlets import default

from watchkeeper.staff.errors import GradingError
from watchkeeper.staff.sandbox.box.walls import Budget
from watchkeeper.staff.sandbox.clock import wall_times
from watchkeeper.staff.sandbox.meter import LOOK, Meter, of_family

STARTING = 600  # seconds on the wall for a kernel to start, and for the end of a cell's output to arrive


class Execute(preprocessors.Execute):
    """Counts the time of a cell as `watchkeeper grade` does; where there is no /proc, by the clock on the wall.

    A cell that the machine was too busy for raises an error. Then nbgrader reports the submission and gives no points.
    """

    @default("startup_timeout")
    def _default_startup_timeout(self) -> int:
        return STARTING

    @default("iopub_timeout")
    def _default_iopub_timeout(self) -> int:
        return STARTING

    async def _async_poll_for_reply(
        self, msg_id: str, cell: NotebookNode, timeout: int | None, *tasks: asyncio.Future[Any]
    ) -> dict[str, Any]:
        poll = super()._async_poll_for_reply
        if timeout is None or not sys.platform.startswith("linux"):
            return dict(await poll(msg_id, cell, timeout, *tasks))
        reply = asyncio.ensure_future(poll(msg_id, cell, None, *tasks))
        try:
            interrupted = await self._wait(reply, timeout)
        except BaseException:
            for task in (reply, *tasks):
                task.cancel()
            raise
        said = dict(await reply)
        if interrupted:
            said["content"] = {**self.error_on_timeout, "status": "error"}
        return said

    async def _wait(self, reply: asyncio.Future[Any], seconds: float) -> bool:
        """Wait for the reply of a cell. Gives whether it had to be interrupted. Raises if that did not help."""
        meter, began, interrupted = Meter(of_family(self.km.provisioner.process.pid)), time.monotonic(), False
        before = None  # what the kernel had used when it was first looked at; most cells are done by then
        while not (await asyncio.wait({reply}, timeout=LOOK))[0]:
            total = meter.look()
            before = total if before is None else before
            if total - before > seconds + Budget.patience:
                raise UnresponsiveKernelError
            if time.monotonic() - began > 10 * seconds * wall_times():
                raise GradingError(
                    "The machine was too busy to run a cell to its end. Grade again when it is less busy."
                )
            if total - before > seconds and not interrupted:
                interrupted = True
                await self.km.interrupt_kernel()
        return interrupted
