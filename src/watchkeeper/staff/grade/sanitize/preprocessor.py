"""A preprocessor for the exporters of nbgrader's pages; nbgrader_config.py names it."""

from __future__ import annotations

from typing import Any

import nbformat
from nbconvert.exporters.templateexporter import TemplateExporter
from nbconvert.filters.highlight import Highlight2HTML
from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode

from watchkeeper.staff.grade.sanitize.notebook import page_of


class SafePage(Preprocessor):
    """Cleans a notebook just before a page is made of it, even one that plain nbgrader wrote."""

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        if isinstance(self.parent, TemplateExporter):  # only IPython's lexer heeds what `page_of` marks as plain text
            highlight = Highlight2HTML(pygments_lexer="ipython3", parent=self.parent)
            self.parent.register_filter("highlight_code", highlight)
        return nbformat.from_dict(page_of(nb)), resources
