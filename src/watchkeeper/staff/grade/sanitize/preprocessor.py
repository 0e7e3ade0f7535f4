"""A preprocessor for the exporters of nbgrader's pages; nbgrader_config.py names it."""

from __future__ import annotations

from typing import Any

import nbformat
from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode

from watchkeeper.staff.grade.sanitize.notebook import safe


class SafePage(Preprocessor):
    """Cleans a notebook just before a page is made of it, even one that plain nbgrader wrote."""

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        return nbformat.from_dict(safe(nb)), resources
