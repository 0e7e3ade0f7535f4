"""The order in which nbgrader's autograde works here; nbgrader_config.py names these two lists."""

from nbconvert.preprocessors import ClearMetadataPreprocessor
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    ClearOutput,
    DeduplicateIds,
    Execute,
    IgnorePattern,
    LimitOutput,
    NbGraderPreprocessor,
    OverwriteCells,
    OverwriteKernelspec,
    SaveAutoGrades,
)

from watchkeeper.staff.author.reference import STAYS_UP
from watchkeeper.staff.grade.nbgrader.judge import Judge, Restore, SetInputs


class DropEmptyMarks(NbGraderPreprocessor):
    """DeduplicateIds leaves an empty `nbgrader` entry on a copied cell, on which the next step would stop the run."""

    def preprocess_cell(self, cell, resources, index):  # type: ignore[no-untyped-def]
        if cell.metadata.get("nbgrader") == {}:
            del cell.metadata["nbgrader"]
        return cell, resources


KERNEL_ARGUMENTS = STAYS_UP

# The course's own notebook first, with nothing of the submission's but its answers. What follows is nbgrader's own
# order; metadata are cleared all the same, for a tag could tell the executor to skip a cell.
SANITIZE = [
    Restore,
    ClearMetadataPreprocessor,
    ClearOutput,
    DeduplicateIds,
    DropEmptyMarks,
    OverwriteKernelspec,
    OverwriteCells,
    CheckCellMetadata,
]
AUTOGRADE = [
    SetInputs,
    Execute,
    IgnorePattern,
    Judge,
    LimitOutput,
    SaveAutoGrades,
    AssignLatePenalties,
    CheckCellMetadata,
]
