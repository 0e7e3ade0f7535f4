"""A lesson as an apprentice meets it: in JupyterLab, with an answer that is not right yet."""

import shutil
from pathlib import Path

import nbformat
from labpage import open_notebook, output_text, run_all, screenshot

ROOT = Path(__file__).parents[2]


def answered(path: Path, answers: dict[str, str]) -> None:
    """Write answers into a notebook, by grade_id."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        cell.source = answers.get(cell.metadata.get("nbgrader", {}).get("grade_id"), cell.source)
    nbformat.write(notebook, path)


def test_replies_are_on_the_page_and_run_all_goes_on(lab, browser, tmp_path):
    kit = tmp_path / "a kit"
    shutil.copytree(ROOT / "release", kit / "release")
    shutil.copytree(ROOT / "datasets", kit / "datasets", ignore=shutil.ignore_patterns("held-back"))
    path = kit / "release" / "00-welcome" / "first-watch.ipynb"
    answered(
        path,
        {
            "the-root-answer": "root = 'a1'",
            "what-waits-answer": "both_ms = 50 + 70",
            "busiest-service-answer": "def busiest(spans):\n    return spans.no_such_column",
        },
    )
    open_notebook(browser, lab(kit), "release/00-welcome/first-watch.ipynb")
    run_all(browser)
    said = output_text(browser)
    screenshot(browser, "first-watch")
    assert "the-root: passed" in said
    assert "You added the two durations" in said
    assert "busiest-service: your code stopped" in said and "line 2" in said
    assert "typical-wait: not attempted" in said
    assert "1 of 4 passed" in said and "for your mentor" in said
