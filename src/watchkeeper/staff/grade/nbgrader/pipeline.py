"""The steps of nbgrader's autograde here, in order; nbgrader_config.py uses these lists.

The steps are named, not imported: nbgrader imports them when it runs them. `watchkeeper grade` reads the same
configuration, and so it does not have to import nbgrader, which takes a second.
"""

from importlib.util import find_spec
from pathlib import Path

_OURS = "watchkeeper.staff.grade.nbgrader.judge"
_NBGRADERS = "nbgrader.preprocessors"

# The course's own notebook first, with only the answers of the submission. What follows is nbgrader's own order;
# metadata is cleared as well, because a tag could tell the executor to skip a cell.
SANITIZE = [
    f"{_OURS}.Restore",
    "nbconvert.preprocessors.ClearMetadataPreprocessor",
    f"{_NBGRADERS}.ClearOutput",
    f"{_NBGRADERS}.DeduplicateIds",
    f"{_OURS}.DropEmptyMarks",
    f"{_NBGRADERS}.OverwriteKernelspec",
    f"{_NBGRADERS}.OverwriteCells",
    f"{_NBGRADERS}.CheckCellMetadata",
]
AUTOGRADE = [
    f"{_OURS}.SetInputs",
    f"{_OURS}.Run",
    f"{_NBGRADERS}.IgnorePattern",
    f"{_OURS}.Judge",
    f"{_NBGRADERS}.LimitOutput",
    f"{_NBGRADERS}.SaveAutoGrades",
    f"{_NBGRADERS}.AssignLatePenalties",
    f"{_NBGRADERS}.CheckCellMetadata",
]
# `exit()` in a cell would take the kernel down, and every later answer with it.
KERNEL_ARGUMENTS = [
    "--HistoryManager.hist_file=:memory:",
    "--IPKernelApp.log_level=40",
    "--IPKernelApp.exec_lines=get_ipython().ask_exit = lambda: None",
]


def templates() -> list[str]:
    """The folders in which nbconvert finds the templates of feedback pages: ours before nbgrader's."""
    nbgrader = find_spec("nbgrader")
    assert nbgrader is not None and nbgrader.origin is not None  # the course needs it
    ours = Path(__file__).parents[1] / "gradebook" / "templates"
    return [str(ours), str(Path(nbgrader.origin).parent / "server_extensions" / "formgrader" / "templates")]
