"""Plain nbgrader with this repository's configuration: real submissions, real gradebook, real feedback pages."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell

from watchkeeper.check.handout import MIME
from watchkeeper.staff.author import course as courses
from watchkeeper.staff.author import lesson, truths
from watchkeeper.staff.grade.nbgrader import commands as stock
from watchkeeper.staff.grade.practice import demo, samples

ROOT = Path(__file__).parent.parent.parent
COURSE = courses.read(ROOT)
MODULE = COURSE.module("00-welcome")
LESSON = "first-watch"
GRADED = {"the-root", "what-waits", "busiest-service", "typical-wait"}

STOCK = """
c = get_config()
c.ClearSolutions.code_stub = {"python": "# your code here"}
"""


@pytest.fixture(scope="module")
def school(tmp_path_factory):
    """An nbgrader course with the welcome module released, in a path with a space in it."""
    folder = stock.prepare(ROOT, tmp_path_factory.mktemp("a school"))
    nbgrader = stock.api(ROOT, folder)
    stock.must(nbgrader.generate_assignment(MODULE.name, force=True), "generate")
    return nbgrader


def right_submission():
    datasets = ROOT / "datasets"
    sheet = truths.of_notebook(COURSE, MODULE, LESSON, datasets, datasets / "held-back")
    return samples.submission(COURSE, MODULE, LESSON, sheet, lambda question: None)


def grade(nbgrader, student, notebook, feedback=True):
    samples.write({LESSON: notebook}, Path(nbgrader.coursedir.root) / "submitted" / student / MODULE.name)
    stock.autograde(nbgrader, MODULE.name, student, feedback)
    return stock.scores(nbgrader, MODULE.name, student)


def cell_of(notebook, name):
    return next(cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == name)


def test_the_demo_tells_right_from_wrong(tmp_path):
    rows = demo.run(ROOT, tmp_path / "a demo", say=lambda _: None)
    for module, right, wrong in zip(COURSE.modules[: demo.MODULES], rows[::2], rows[1::2], strict=True):
        assert right.module == wrong.module == module.name
        automatic = sum(points for name, points in module.points.items() if right.points[name])
        assert right.score == automatic > 0
        assert wrong.score <= right.score / 4
        page = wrong.feedback.read_text(encoding="utf-8")
        assert "not yet" in page and MIME not in page


def test_a_right_submission_gets_every_automatic_point(school):
    scored = grade(school, "right", right_submission(), feedback=False)
    assert {name for name, points in scored.points.items() if points} == GRADED
    assert scored.score == sum(MODULE.points[name] for name in GRADED)


def test_the_courses_cells_work_whatever_a_submission_calls_things(school):
    """As in `watchkeeper grade` (tests/attacks/test_accidents.py). What is stored has the course's own text."""
    notebook = right_submission()
    cell_of(notebook, "the-root-answer").source += "\ncheck = print = Recording = plot = 5"
    cell_of(notebook, "typical-wait-answer").source = "typical_ms = ...\ntypical_ms = requests.nothing"
    scored = grade(school, "names", notebook)
    assert {name for name, points in scored.points.items() if points} == GRADED - {"typical-wait"}
    assert "stopped with AttributeError" in scored.feedback.read_text(encoding="utf-8")
    stored = Path(school.coursedir.root) / "autograded" / "names" / MODULE.name / f"{LESSON}.ipynb"
    assert "_course_check" not in stored.read_text(encoding="utf-8")


def test_of_an_untouched_notebook_and_its_copy_the_one_with_answers_counts(school):
    root = Path(school.coursedir.root)
    submitted = root / "submitted" / "copied" / MODULE.name
    samples.write({f"{LESSON}-Copy1": right_submission()}, submitted)
    untouched = lesson.read(root / "release" / MODULE.name / f"{LESSON}.ipynb")
    scored = grade(school, "copied", untouched, feedback=False)
    assert {name for name, points in scored.points.items() if points} == GRADED


def test_an_untouched_release_gets_nothing_and_says_not_attempted(school):
    root = Path(school.coursedir.root)
    scored = grade(school, "untouched", lesson.read(root / "release" / MODULE.name / f"{LESSON}.ipynb"))
    assert scored.score == 0
    assert "not attempted" in scored.feedback.read_text(encoding="utf-8")


def test_a_stock_configuration_gives_nothing_and_says_why(tmp_path):
    configuration = tmp_path / "nbgrader_config.py"
    configuration.write_text(STOCK)
    nbgrader = stock.api(ROOT, stock.prepare(ROOT, tmp_path / "stock"), configuration)
    stock.must(nbgrader.generate_assignment(MODULE.name, force=True), "generate")
    scored = grade(nbgrader, "right", right_submission())
    assert scored.score == 0
    assert "has not been marked" in scored.feedback.read_text(encoding="utf-8")


FORGERIES = {
    "a check that says nothing": "check = lambda *_: None",
    "a check that gives points": "check = lambda *_: 1000",
    "a check that prints": "def check(name, answer):\n    print(name + ': passed')",
    "the module's check": (
        "import watchkeeper.check\nwatchkeeper.check.check = lambda *_: None\ncheck = watchkeeper.check.check"
    ),
    "handing out nothing": "import watchkeeper.check\nwatchkeeper.check.hand_out = lambda *_: None",
    "handing out a pass": (
        "from IPython.display import publish_display_data\n"
        "def check(name, answer):\n"
        f"    publish_display_data({{'{MIME}': {{'question': name, 'results': 'passed', 'share': 1, 'points': 9}}}})"
    ),
    "handing out twice": (
        "import watchkeeper.check.handout as handout\n"
        "real = handout.results\n"
        "from IPython.display import publish_display_data\n"
        "def check(name, answer):\n"
        f"    for _ in range(2):\n"
        f"        publish_display_data({{'{MIME}': {{'question': name, 'results': []}}}})"
    ),
    "equal to everything": (
        "class Everything(float):\n"
        "    __eq__ = lambda *_: True\n"
        "    __hash__ = lambda *_: 0\n"
        "    __round__ = lambda *_: 0\n"
        "root = both_ms = typical_ms = Everything('nan')"
    ),
    "a patched interpreter": (
        "import builtins, pandas, json\n"
        "builtins.abs = lambda *_: 0\n"
        "builtins.all = lambda *_: True\n"
        "pandas.testing.assert_frame_equal = lambda *_, **__: None"
    ),
    "errors that are hidden": (
        "get_ipython().showtraceback = lambda *_, **__: None\n"
        "get_ipython().events.register('post_run_cell', lambda result: print('passed'))"
    ),
    "checks cut out on their way": (
        "cut = lambda lines: ['pass\\n'] if 'check(' in ''.join(lines) else lines\n"
        "get_ipython().input_transformers_cleanup.append(cut)"
    ),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forgery_changes_nothing_but_the_apprentices_own_answer(school, forgery):
    """Wrong answers stay wrong, whatever the notebook does to its own process before the checks run."""
    notebook = right_submission()
    cell_of(notebook, "the-root-answer").source = f"root = 'c3'\n{FORGERIES[forgery]}"
    cell_of(notebook, "what-waits-answer").source = "both_ms = 120" if "Everything" not in FORGERIES[forgery] else ""
    scored = grade(school, f"forger-{list(FORGERIES).index(forgery)}", notebook, feedback=False)
    assert not scored.points["the-root"] and not scored.points["what-waits"]


def test_metadata_is_the_courses_not_the_submissions(school):
    notebook = right_submission()
    for cell in notebook.cells:
        cell.metadata["tags"] = ["raises-exception", "skip-execution", "parameters"]
    cell_of(notebook, "the-root").metadata.nbgrader.update(points=1000, locked=False)
    cell_of(notebook, "what-waits").source = "check('what-waits', 40)"
    cell_of(notebook, "what-waits-answer").source = "both_ms = 1"
    scored = grade(school, "metadata", notebook, feedback=False)
    assert scored.points["the-root"] == MODULE.points["the-root"] and not scored.points["what-waits"]


def test_a_deleted_check_is_put_back_and_a_copied_one_counts_once(school):
    notebook = right_submission()
    notebook.cells.append(copy.deepcopy(cell_of(notebook, "busiest-service")))
    notebook.cells.remove(cell_of(notebook, "what-waits"))
    notebook.cells.append(new_code_cell("check('what-waits', 40.0)"))
    scored = grade(school, "cutter", notebook, feedback=False)
    assert {name for name, points in scored.points.items() if points} == GRADED
    assert scored.score == sum(MODULE.points[name] for name in GRADED)


def test_feedback_shows_hints_and_never_a_hidden_case(school):
    notebook = right_submission()
    cell_of(
        notebook, "busiest-service-answer"
    ).source = (
        "def busiest(spans):\n    return {10: 'ads', 7: 'cart'}.get(len(spans), 'loadgenerator')  # right on paper only"
    )
    scored = grade(school, "guesser", notebook)
    page = scored.feedback.read_text(encoding="utf-8")
    assert not scored.points["busiest-service"]
    assert "busiest-service: not yet" in page
    reply = page[page.index("busiest-service: not yet") :][:400]
    assert "On data you have not seen" in reply and "monday-morning" not in reply and "currency" not in reply
    assert MIME not in page and "held-back" not in page
