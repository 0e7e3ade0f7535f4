"""A preprocessor for the exporters of nbgrader's pages; nbgrader_config.py names it."""

from __future__ import annotations

from typing import Any

import nbformat
from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode

from watchkeeper.grade.safe import safe

# Formgrader's style sheet draws a red line around every picture, and a figure is no mistake.
STYLE = "#notebook img { border: 0 }"


class SafePage(Preprocessor):
    """Cleans a notebook just before a page is made of it, whoever wrote the notebook."""

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Gives plain data that nbconvert's templates may show, and the page's style sheets with ours behind them."""
        inlining = dict(resources.get("inlining") or {})
        resources["inlining"] = inlining | {"css": [*inlining.get("css", ()), STYLE]}
        return nbformat.from_dict(safe(nb)), resources
