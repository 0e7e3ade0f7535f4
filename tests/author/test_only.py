"""`watchkeeper verify --only`: the faults of one question, and nothing of other lessons."""

from __future__ import annotations

import re
import shutil
import textwrap
from pathlib import Path

import pytest

from watchkeeper.staff.author import course as courses
from watchkeeper.staff.author import only, truths
from watchkeeper.staff.errors import BuildError

ROOT = Path(__file__).parents[2]
COURSE = courses.read(ROOT)


@pytest.fixture
def small(tmp_path: Path) -> courses.Course:
    """The welcome module alone, without source/ and release/: a question is verified before anything is built."""
    shutil.copytree(ROOT / "course" / "00-welcome", tmp_path / "course" / "00-welcome")
    shutil.copy(ROOT / "course" / "vocabulary.py", tmp_path / "course")
    text = (ROOT / "course" / "course.toml").read_text(encoding="utf-8")
    (tmp_path / "course" / "course.toml").write_text("[[module]]".join(text.split("[[module]]")[:2]), encoding="utf-8")
    (tmp_path / "datasets").symlink_to(ROOT / "datasets")
    return courses.read(tmp_path)


def quiet(_: str) -> None:
    pass


def problems(course: courses.Course, name: str) -> list[str]:
    return only.problems(course, only.part(course, name), say=quiet)


def test_names_of_every_size_are_found():
    assert only.part(COURSE, "04-logs") == only.Part(COURSE.module("04-logs"))
    assert only.part(COURSE, "what-did-it-say") == only.Part(COURSE.module("04-logs"), "what-did-it-say")
    found = only.part(COURSE, "search-quality")
    assert found == only.Part(COURSE.module("04-logs"), "what-did-it-say", "search-quality")
    assert only.part(COURSE, "the-log-bill").question == "the-log-bill"


def test_an_unknown_name_is_a_sentence_with_what_was_meant():
    with pytest.raises(
        BuildError, match=r"no question, lesson or module 'serch-quality'\. Did you mean: search-quality"
    ):
        only.part(COURSE, "serch-quality")
    with pytest.raises(BuildError, match=r"'xyzzy'\. Modules: 00-welcome, 01-critical-path"):
        only.part(COURSE, "xyzzy")


def test_a_question_that_holds_has_no_problem(small):
    assert problems(small, "the-root") == []
    assert problems(small, "first-impression") == []


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("the-root.py", "span_id.iloc[1]", "span_id.iloc[0]", "the wrong answer first_child is right everywhere"),
        ("the-root.py", "idxmax()", "idxmin()", "the alternative root_by_length is not right"),
        ("the-root.py", "q.hints(", "print(", "has 0 hints"),
        ("the-root.py", ".span_id.iloc[-1]", ".span_id.iloc[1]", "last_to_start gets the hint of 'first_child'"),
        ("lesson.py", "### Question: the root\n#", "### Question: the root\n#" + " word" * 90, "keep it to 30 to 75"),
    ],
)
def test_a_fault_of_a_question_is_named(small, file, old, new, said):
    path = small.modules[0].folder / "first-watch" / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    found = problems(small, "the-root")
    assert any(said in one for one in found), found
    assert problems(small, "what-waits") == []


def test_only_what_the_question_needs_is_run(small, monkeypatch):
    """Not the cells after its check, and no other question's check."""
    ran = []
    run = truths.reference.run

    def noted(notebook, *args, **kwargs):
        ran.append([cell.source for cell in notebook.cells])
        return run(notebook, *args, **kwargs)

    monkeypatch.setattr(truths.reference, "run", noted)
    assert problems(small, "what-waits") == []
    assert len(ran) == 2  # on the public and on the held-back recordings
    for sources in ran:
        checks = [one for one in sources if one.startswith("check(")]
        assert checks == ['check("what-waits", both_ms)'] and sources[-1] == checks[0]


def test_the_example_in_contributing_is_a_question(small):
    """Its cells and its file, as they are printed there; a real one has more wrong answers and alternatives."""
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    example = page[page.index("## I want to add a question") : page.index("## I want to add a module")]
    blocks = [textwrap.dedent(block) for block in re.findall(r"(?:^ {7}.*\n|\n(?= {7}|\n {7}))+", example, re.M)]
    cells, file = (block.strip("\n") + "\n" for block in blocks if "slowest" in block)
    folder = small.modules[0].folder / "first-watch"
    text = (folder / "lesson.py").read_text(encoding="utf-8")
    at = text.index("# %%\nprogress()")
    prompt = "# %% [markdown]\n# ### Question: the slowest page\n#\n#" + " word" * 40 + "\n\n"
    (folder / "lesson.py").write_text(f"{text[:at]}{prompt}{cells}\n{text[at:]}", encoding="utf-8")
    (folder / "slowest-page.py").write_text(file, encoding="utf-8")
    assert problems(small, "slowest-page") == [
        "slowest-page: has 1 known wrong answers, of 3 at least",
        "slowest-page: has 1 alternatives, of 2 at least",
    ]
