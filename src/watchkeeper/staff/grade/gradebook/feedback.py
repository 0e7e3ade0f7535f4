"""Feedback pages like those of nbgrader's generate_feedback, under the same paths, but written in this process.

One exporter fills our template `templates/watchkeeper`, which extends nbgrader's. Everything from an apprentice is
sanitized again first, so the pages are also safe for folders that plain `nbgrader autograde` wrote.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from watchkeeper.staff.errors import GradingError
from watchkeeper.staff.grade.gradebook.autograded import TIMESTAMP, recorded, swapped
from watchkeeper.staff.grade.gradebook.book import Book, Scores
from watchkeeper.staff.grade.result import SCORED
from watchkeeper.staff.grade.sanitize.html import rendered
from watchkeeper.staff.grade.sanitize.notebook import markdown, page_of
from watchkeeper.staff.notebooks import NotebookDict, marks_of

if TYPE_CHECKING:  # takes a second to import
    from nbconvert.exporters import HTMLExporter

TEMPLATES = Path(__file__).with_name("templates")
NONE = Scores(0.0, 0.0, 0.0, {}, {})  # of a submission that was not graded: its page says why, and has no points


def write_pages(book: Book, folder: Path, student: str, module: str) -> list[Path]:
    """Write the pages of one graded submission, `feedback/<student>/<module>/<notebook>.html`, and give their paths.

    Raises GradingError if it is not graded, or if a page can't be written; then the earlier pages are still there.
    """
    graded = folder / "autograded" / student / module
    scores, record = book.scores(student, module), recorded(folder, student, module)
    has_points = record is None or record.state in SCORED
    notebooks = [path for path in sorted(graded.glob("*.ipynb")) if path.stem in scores or not has_points]
    if not notebooks:
        raise GradingError(f"There is no graded {module} from {student}. Grade that submission first.")
    with swapped(folder / "feedback", student, module) as new:
        if (graded / TIMESTAMP).is_file():  # from it, nbgrader tells which submission the pages are for
            (new / TIMESTAMP).write_bytes((graded / TIMESTAMP).read_bytes())
        for path in notebooks:
            content = page(_read(path), path.stem, scores[path.stem] if has_points else NONE)
            (new / f"{path.stem}.html").write_text(content, encoding="utf-8")
        for path in new.iterdir():
            os.chmod(path, 0o644)
    return [folder / "feedback" / student / module / f"{path.stem}.html" for path in notebooks]


@dataclass(frozen=True)
class NotWritten:
    """A student without feedback pages, and the sentence that says why."""

    student: str
    why: str


def attempted(book: Book, folder: Path, student: str, module: str) -> Iterator[Path | NotWritten]:
    """`write_pages`, but what goes wrong with one submission is a result like any other: the rest get their pages."""
    try:
        yield from write_pages(book, folder, student, module)
    except GradingError as error:
        yield NotWritten(student, str(error))
    except Exception as error:  # a renderer may raise anything on an apprentice's notebook
        said = f"{type(error).__name__}: {error}"[:300]
        yield NotWritten(
            student,
            f"No feedback page could be made of {module} from {student} ({said}). The grade stays as it is. "
            f"Look at autograded/{student}/{module}, and tell {student} in another way.",
        )


def page(notebook: Mapping[str, Any], name: str, scores: Scores) -> str:
    """One page: the notebook with scores at its checks and comments at its answers."""
    import nbformat

    shown = nbformat.from_dict(with_scores(page_of(notebook), scores))
    about = {
        "notebook": name,
        "score": scores.score,
        "max_score": scores.possible,
        "late_penalty": scores.late_penalty,
        "waiting": bool(scores.waiting),
    }
    text, _ = exporter().from_notebook_node(shown, resources={"unique_key": name, "nbgrader": about})
    return str(text)


def with_scores(notebook: NotebookDict, scores: Scores) -> NotebookDict:
    """The notebook with what nbgrader's GetGrades adds to its cells (score, points, comment), and `waiting` for us."""
    for cell in notebook["cells"]:
        marks = marks_of(cell)
        name = marks.get("grade_id", "")
        if name in scores.points and (marks.get("grade") or marks.get("task")):
            marks["score"], marks["points"] = scores.points[name]
            marks["waiting"] = name in scores.waiting
        elif marks.get("grade") or marks.get("task"):  # not in the gradebook, so it has no score
            marks["grade"] = marks["task"] = False
        if marks.get("solution") or marks.get("task"):
            comment = scores.comments.get(name)
            marks["comment"] = None if comment is None else markdown(comment)
    return notebook


@cache
def exporter() -> HTMLExporter:
    """nbconvert's HTML exporter with our template for feedback."""
    import nbgrader
    from nbconvert.exporters import HTMLExporter
    from nbconvert.exporters.templateexporter import TemplateExporter
    from nbconvert.preprocessors import CSSHTMLHeaderPreprocessor
    from traitlets.config import Config

    class Quick(HTMLExporter):
        """HTMLExporter without its second pass, which parses the page to give pictures an `alt`: ours have one."""

        def from_notebook_node(self, nb: Any, resources: Any = None, **kw: Any) -> Any:
            resources = self._init_resources(resources)
            return TemplateExporter.from_notebook_node(self, nb, resources, **kw)

    static = Path(nbgrader.__file__).parent / "server_extensions" / "formgrader"
    config = Config()
    config.Exporter.default_preprocessors = []
    css = static / "static" / "node_modules" / "bootstrap" / "dist" / "css"
    config.HTMLExporter.template_name = "watchkeeper"
    config.HTMLExporter.extra_template_basedirs = [str(TEMPLATES), str(static / "templates")]
    config.HTMLExporter.extra_template_paths = [str(static / "templates"), str(css)]
    made = Quick(config=config)
    made.register_preprocessor(CSSHTMLHeaderPreprocessor, enabled=True)
    made.register_filter("highlight_code", _highlight(made))
    made.register_filter("markdown2html", rendered)
    made.register_filter("filter_data_type", _data_types())
    return made


def _highlight(parent: HTMLExporter) -> Callable[..., str]:
    """Colors code, unless `page_of` marked it as plain text. Most cells are the course's own: results are cached."""
    from nbconvert.filters.highlight import Highlight2HTML

    highlight = Highlight2HTML(pygments_lexer="ipython3", parent=parent)

    @lru_cache(maxsize=1024)
    def colored(source: str) -> str:
        return str(highlight(source))

    def highlighted(source: str, metadata: Mapping[str, Any] | None = None) -> str:
        plain = metadata is not None and metadata.get("magics_language") == "text"
        return str(highlight(source, metadata=metadata)) if plain else colored(source)

    return highlighted


def _data_types() -> Callable[[Mapping[str, Any]], list[str]]:
    """Picks the richest form of an output that `safe` leaves; nbconvert's own filter looks for widgets first."""
    order = ("text/html", "text/markdown", "image/png", "image/jpeg", "text/latex", "text/plain")

    def richest(data: Mapping[str, Any]) -> list[str]:
        return [mime for mime in order if mime in data][:1]

    return richest


def _read(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise GradingError(f"{path} can't be read ({error}). Grade that submission again.") from None
