"""A question is one file: what it says reaches the marking, and each mistake in it is a sentence with file and line."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from watchkeeper.staff.author import course as courses
from watchkeeper.staff.author import marking
from watchkeeper.staff.errors import BuildError
from watchkeeper.staff.grade import edition
from watchkeeper.staff.grade.practice import samples

ROOT = Path(__file__).parents[2]
LESSON = "first-watch"
FILE = "the-root.py"


@pytest.fixture
def module(tmp_path: Path) -> courses.Module:
    """A copy of the welcome module, in a folder with a space in its name."""
    root = tmp_path / "a course"
    shutil.copytree(ROOT / "course" / "00-welcome", root / "course" / "00-welcome")
    shutil.copy(ROOT / "course" / "vocabulary.py", root / "course")
    text = (ROOT / "course" / "course.toml").read_text(encoding="utf-8")
    (root / "course" / "course.toml").write_text("[[module]]".join(text.split("[[module]]")[:2]), encoding="utf-8")
    (module,) = courses.read(root).modules
    return module


def edit(path: Path, old: str, new: str) -> int:
    """Replace one text in a file; the number of the line where it was."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) >= 1, f"{path.name} does not hold {old!r}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def test_what_a_file_says_is_what_the_question_has(module):
    marks = marking.load(module)
    question = marks.questions["the-root"]
    assert (question.question.kind, question.question.points, module.points["the-root"]) == ("read", 1, 1)
    assert list(question.wrong) == ["first_child", "last_to_start", "service_instead_of_id"]
    assert question.question.wrong[0].hint[1] == "Look for the row in which parent_span_id is empty."
    assert list(question.right) == ["root_by_length", "root_by_nobody"]
    assert len(question.question.hints) == 3 and question.question.passed and len(question.inputs) == 1
    assert marks.misconceptions[LESSON]["the mean is what a typical customer waits"] == ["typical-wait.mean_wait"]


def test_an_edit_is_seen_by_the_next_load(module):
    marking.load(module)
    edit(module.folder / LESSON / FILE, "Every child names", "Each child names")
    edit(module.folder / LESSON / "shared.py", '"a1", "", "frontend"', '"a9", "", "frontend"')
    question = marking.load(module).questions["the-root"]
    assert question.question.hints[0].startswith("Each child names")
    assert question.inputs[0]["spans"][0][0] == "a9"


def test_two_copies_of_a_course_do_not_take_files_from_each_other(module):
    edit(module.folder / LESSON / "shared.py", '"a1", "", "frontend"', '"a9", "", "frontend"')
    copied = marking.load(module).questions["the-root"]
    original = marking.load(courses.read(ROOT).module("00-welcome")).questions["the-root"]
    assert (copied.inputs[0]["spans"][0][0], original.inputs[0]["spans"][0][0]) == ("a9", "a1")


def test_checkpoints_of_jupyterlab_are_not_the_course_s(module):
    folder = module.folder / LESSON
    (folder / ".ipynb_checkpoints").mkdir()
    (folder / ".ipynb_checkpoints" / "the-root-checkpoint.py").write_text("q = None\n", encoding="utf-8")
    assert "the-root" in marking.load(module).questions
    assert all(path.is_file() and "checkpoint" not in path.name for path in module.texts(LESSON))


@pytest.mark.parametrize(
    "name", ["00-welcome/first-watch/the-root.py", "00-welcome/first-watch/shared.py", "vocabulary.py"]
)
def test_what_was_kept_of_a_lesson_is_not_used_after_an_edit(module, name):
    """The answers that are kept for grading are named by the content of every file that they depend on."""
    course, nowhere = module.folder.parent, module.folder / "nowhere"
    before = edition._digest(course.parent, module.name, nowhere, nowhere)
    assert edition._digest(course.parent, module.name, nowhere, nowhere) == before
    with (course / name).open("a", encoding="utf-8") as file:
        file.write("# another line\n")
    assert edition._digest(course.parent, module.name, nowhere, nowhere) != before
    assert course / name in module.texts(LESSON)


def test_loading_leaves_nothing_in_the_course_folder(module):
    before = sorted(module.folder.rglob("*"))
    marking.load(module)
    assert sorted(module.folder.rglob("*")) == before


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("points=1, ", "", "the question has no points. Add a plain number: points=2"),
        ("points=1", "points=0", "the question has no points"),
        ('kind="read"', 'kind="guess"', "the kind is 'guess'. Use one of: "),
        ('answer=Text("a span id")', 'answer="a span id"', "Use an answer type"),
        ("q.hints(", "q.hint(", "the file does not run. AttributeError"),
        ("q.inputs(on_paper(", "q.inputs(paper(", "the file does not run. NameError: name 'paper' is not defined"),
        ("q = question(", "q = question((", "the file does not run. SyntaxError"),
        ('"""the-root: ', '"""the-roots: ', "calls the question 'the-roots', the file calls it 'the-root'"),
        ('"""the-root: ', '"""', 'begin with """the-root: what the question asks'),
        ("def last_to_start", "def first_child", "there are two functions 'first_child'. Rename one"),
        ("def root_by_length", "def first_child", "there are two functions 'first_child'. Rename one"),
    ],
)
def test_a_mistake_in_a_question_file_is_a_sentence_with_file_and_line(module, old, new, said):
    path = module.folder / LESSON / FILE
    line = edit(path, old, new)
    with pytest.raises(BuildError) as caught:
        _ = marking.load(module), module.points
    words = str(caught.value)
    assert said in words
    found = re.match(rf"{re.escape(str(path))}, line (\d+)", words)
    assert found and 0 <= line - int(found[1]) <= 4, words  # a function is named by the line of its mark, above it


def test_a_wrong_answer_needs_both_sentences(module):
    path = module.folder / LESSON / FILE
    text = path.read_text(encoding="utf-8")
    mark = '@q.wrong("It has a parent.")'
    text = re.sub(r"@q\.wrong\([^@]*?\)\ndef first_child", f"{mark}\ndef first_child", text)
    path.write_text(text, encoding="utf-8")
    line = text[: text.index(mark)].count("\n") + 1
    with pytest.raises(BuildError, match=rf"the-root\.py, line {line}: a wrong answer has a hint of two sentences"):
        marking.load(module)


def test_a_file_that_asks_nothing_is_named(module):
    helpers = module.folder / LESSON / "helpers.py"
    helpers.write_text('"""helpers: what do several questions use?"""\n', encoding="utf-8")
    with pytest.raises(BuildError, match=r"helpers\.py asks nothing"):
        marking.load(module)
    with pytest.raises(BuildError, match=r"helpers\.py asks nothing.* is in shared\.py"):
        _ = module.points


def test_a_mistake_in_a_shared_file_is_found_there(module):
    path = module.folder / LESSON / "shared.py"
    path.write_text("THREE = [\n    missing,\n]\n", encoding="utf-8")
    with pytest.raises(BuildError, match=r"shared\.py, line 2: the file does not run. NameError"):
        marking.load(module)


def test_a_name_can_be_used_once_in_a_module(module):
    rubric = (module.folder / LESSON / "first-impression.reflect.md").read_text(encoding="utf-8")
    text = rubric.replace("first-impression", "the-root")
    (module.folder / LESSON / "the-root.reflect.md").write_text(text, encoding="utf-8")
    with pytest.raises(BuildError, match=r"the name 'the-root' is also that of .*Rename one of the two"):
        marking.load(module)


def test_a_file_whose_name_is_not_a_question_s_name(module):
    (module.folder / LESSON / FILE).rename(module.folder / LESSON / "The_root.py")
    with pytest.raises(BuildError, match=r"'The_root' can't be a question's name"):
        marking.load(module)


def test_a_cell_that_asks_what_no_file_describes(module):
    from watchkeeper.staff.author import lesson

    (module.folder / LESSON / FILE).unlink()
    with pytest.raises(BuildError, match=r"it asks 'the-root', and there is no .*the-root\.py"):
        lesson.to_notebook(module.lesson(LESSON), module.points, "")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("# first-impression (1 point)", "# first-impression", 'line 1: begin with the name and its points: "# first'),
        ("# first-impression", "# impression", "line 1: begin with the name"),
        ("| 0.5 |", "| half |", "line 6: write a level as"),
        ("| 0.5 |", "| 1 |", "two levels or more, the best first"),
    ],
)
def test_a_mistake_in_a_rubric_is_a_sentence(module, old, new, said):
    path = module.folder / LESSON / "first-impression.reflect.md"
    edit(path, old, new)
    with pytest.raises(BuildError, match=re.escape(path.name)) as caught:
        _ = marking.load(module), module.points
    assert said in str(caught.value)


def test_a_facts_file_must_have_facts(module):
    (module.folder / LESSON / "facts.py").write_text("FACTS = 3\n", encoding="utf-8")
    with pytest.raises(BuildError, match=r"facts\.py has no FACTS"):
        marking.load(module)


def test_a_sample_takes_what_it_needs_from_the_shared_files():
    """The code of a wrong answer as an apprentice's cell: helpers of the lesson included, marks and q left out."""
    marks = marking.load(courses.read(ROOT).module("04-logs"))
    make = marks.questions["search-quality"].wrong["turned_over"]
    code = samples.with_needs(make)
    assert "def quality(" in code and "def hits(" in code and "q.wrong" not in code and "watchkeeper.staff" not in code
    space: dict = {}
    exec(code, space)
    import pandas as pd

    frame = pd.DataFrame({"body": ["error", "fine", "no error"], "severity_number": [17, 17, 9]})
    assert space["turned_over"](frame) == make(frame) == {"precision": 0.5, "recall": 0.5}
