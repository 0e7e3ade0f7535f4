"""From course/ to source/ and release/: stable, never over a person's edit, no answers outside."""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from pathlib import Path

import nbformat
import pytest
from typer.testing import CliRunner

from watchkeeper.commands import app
from watchkeeper.staff.author import course as courses
from watchkeeper.staff.author import everything, kit, lesson, marking, only, release, source, truths, verify
from watchkeeper.staff.errors import BuildError, EditedError, StaleError

ROOT = Path(__file__).parent.parent.parent
COURSE = courses.read(ROOT)
WELCOME = COURSE.module("00-welcome")
LESSONS = [(module, name) for module in COURSE.modules for name in module.lessons]
READ_FROM_THE_PAGE = {"one-line"}  # asks for an id that is printed on the page, to be read by hand
by_lesson = pytest.mark.parametrize("module, name", LESSONS, ids=[name for _, name in LESSONS])


@pytest.fixture
def small(tmp_path):
    """A course of the welcome module alone, as committed, in a folder with a space in its name."""
    root = tmp_path / "a course"
    for folder in ("course", "source", "release"):
        shutil.copytree(ROOT / folder / WELCOME.name, root / folder / WELCOME.name)
    text = (ROOT / "course" / "course.toml").read_text(encoding="utf-8")
    (root / "course" / "course.toml").write_text("[[module]]".join(text.split("[[module]]")[:2]), encoding="utf-8")
    shutil.copy(ROOT / "nbgrader_config.py", root)
    return courses.read(root)


def quiet(_):
    pass


def edit(course):
    path = course.root / "source" / WELCOME.name / "first-watch.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[0].source = notebook.cells[0].source.replace("Monday morning", "Tuesday noon")
    notebook.cells[3].outputs = [nbformat.v4.new_output("stream", text="left over")]
    nbformat.write(notebook, path)
    return path


def test_a_rebuild_changes_nothing(small):
    assert everything.build(small, ROOT / "datasets", say=quiet) == []
    assert everything.build(small, ROOT / "datasets", check=True, say=quiet) == []


def test_a_stale_copy_is_refused_with_the_command_to_run(small):
    text = small.modules[0].lesson("first-watch")
    text.write_text(text.read_text(encoding="utf-8").replace("Monday morning", "Tuesday noon"), encoding="utf-8")
    with pytest.raises(StaleError, match="watchkeeper build"):
        everything.build(small, ROOT / "datasets", check=True, say=quiet)
    changed = everything.build(small, ROOT / "datasets", say=quiet)
    assert [path.parent.parent.name for path in changed] == ["source", "release"]


def test_an_edited_notebook_is_never_overwritten(small):
    path = edit(small)
    before = path.read_bytes()
    with pytest.raises(EditedError, match="--take-back"):
        everything.build(small, ROOT / "datasets", say=quiet)
    assert path.read_bytes() == before


def test_an_edit_is_taken_back_into_the_lesson_and_changes_nothing_else(small):
    edit(small)
    text = small.modules[0].lesson("first-watch")
    before = text.read_text(encoding="utf-8")
    assert everything.take_back(small) == [text]
    assert text.read_text(encoding="utf-8") == before.replace("Monday morning", "Tuesday noon", 1)
    assert source.edited(small) == []
    assert "left over" not in (small.root / "source" / WELCOME.name / "first-watch.ipynb").read_text(encoding="utf-8")


def test_a_notebook_that_is_not_json_is_named(small):
    path = small.root / "source" / WELCOME.name / "first-watch.ipynb"
    path.write_text("{ torn")
    with pytest.raises(BuildError, match=r"first-watch\.ipynb"):
        everything.build(small, ROOT / "datasets", say=quiet)


@pytest.mark.parametrize(
    "broken, says",
    [
        ('[[module]]\nname = "no-such"\nlessons = []', "module.md is missing"),
        ('[[module]]\nname = "no-such"\nlessons = []\npoints = {}', "points are in the question files"),
        ("title = ", "not valid TOML"),
        ('title = "x"\nedition = "1"', "lacks the entry 'module'"),
    ],
)
def test_a_mistake_in_course_toml_is_a_sentence(tmp_path, broken, says):
    (tmp_path / "course").mkdir()
    (tmp_path / "course" / "course.toml").write_text(broken)
    with pytest.raises(BuildError, match=re.escape(says)):
        courses.read(tmp_path)


@by_lesson
def test_ids_are_stable_and_points_are_in_the_question_files_only(module, name):
    one, two = (lesson.to_notebook(module.lesson(name), module.points, COURSE.edition) for _ in range(2))
    assert [cell.id for cell in one.cells] == [cell.id for cell in two.cells]
    assert len({cell.id for cell in one.cells}) == len(one.cells)
    assert not re.search(r"(?m)^# %%.*\bpoints\s*=", module.lesson(name).read_text(encoding="utf-8"))


@by_lesson
def test_a_lesson_keeps_its_form(module, name):
    assert list(verify.of_lesson(module, name, marking.load(module))) == []


@by_lesson
def test_code_cells_are_short(module, name):
    notebook = lesson.to_notebook(module.lesson(name), module.points, COURSE.edition)
    code = sorted(len(cell.source.splitlines()) for cell in notebook.cells if cell.cell_type == "code")
    assert code[len(code) // 2] <= 6


def test_every_question_of_a_module_is_asked_once_and_has_points():
    for module in COURSE.modules:
        marks = marking.load(module)
        built = [lesson.to_notebook(module.lesson(one), module.points, "") for one in module.lessons]
        asked = [name for notebook in built for name in lesson.questions_in(notebook)]
        assert sorted(asked) == sorted(marks.questions)
        assert set(module.points) == set(asked) | set(marks.reflections)
        assert [name for name in module.points if name in marks.questions] == asked == list(marks.questions)


def test_every_marking_is_complete():
    for module in COURSE.modules:
        for question in marking.load(module).questions.values():
            assert list(verify.of_marking(question)) == [], question.name


@pytest.mark.parametrize("module", COURSE.modules, ids=lambda module: module.name)
def test_nothing_of_the_answers_is_in_the_release(module):
    assert len(verify.secrets(module)) > 5
    assert verify.leaks(COURSE, module) == []


@by_lesson
def test_no_answer_of_the_key_is_in_the_release(module, name):
    """Ids and numbers with decimals: what no one would write by chance."""
    datasets = ROOT / "datasets"
    shown = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "release" / module.name).iterdir())
    sheet = truths.of_notebook(COURSE, module, name, datasets, datasets)
    telling = {
        one
        for question in sheet.questions.values()
        if question.name not in READ_FROM_THE_PAGE
        for truth in sheet.truths[question.name].right
        for one in re.findall(r"[0-9a-f]{16}|\d+\.\d{4,}", json.dumps(truth))
    }
    assert [one for one in sorted(telling) if one in shown] == []


def test_nothing_of_the_answers_is_in_the_kit(tmp_path):
    archive = kit.write(ROOT, tmp_path / "kit.zip")
    with zipfile.ZipFile(archive) as opened:
        readable = (".py", ".ipynb", ".json", ".toml", ".md", ".txt")
        names = [name for name in opened.namelist() if name.endswith(readable)]
        texts = {name: opened.read(name).decode() for name in names}
    secrets = {verify.as_json(line) for module in COURSE.modules for line in verify.secrets(module)}
    assert len(texts) > 40 and len(secrets) > 50
    assert [(name, line) for name, text in texts.items() for line in secrets if line in text] == []


def test_a_leak_would_be_found(small):
    module = small.modules[0]
    path = small.root / "release" / module.name / "first-watch.ipynb"
    secret = sorted(verify.secrets(module))[0]
    path.write_text(path.read_text(encoding="utf-8").replace("# your code here", verify.as_json(secret), 1))
    assert any(secret in found for found in verify.leaks(small, module))


def test_nbgrader_makes_the_release_as_it_is_committed():
    for module in COURSE.modules:
        files = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "source" / module.name).iterdir()}
        made = release.files(ROOT, module.name, files)
        assert everything.stale(ROOT / "release" / module.name, made) == []


@pytest.fixture
def jobs(monkeypatch):
    """The names of the modules that are really built from now on; each gives what is committed."""
    built = []

    def each(function, jobs, say, what):
        for _, module, _ in jobs:
            built.append(module.name)
            yield tuple(
                {path.name: path.read_text(encoding="utf-8") for path in (ROOT / folder / module.name).iterdir()}
                for folder in ("source", "release")
            )

    monkeypatch.setattr(everything.several, "each", each)
    return built


@pytest.fixture
def two(small):
    """The small course with the second module as well."""
    name = COURSE.modules[1].name
    for folder in ("course", "source", "release"):
        shutil.copytree(ROOT / folder / name, small.root / folder / name)
    shutil.copy(ROOT / "course" / "vocabulary.py", small.root / "course")
    text = (ROOT / "course" / "course.toml").read_text(encoding="utf-8")
    (small.root / "course" / "course.toml").write_text(
        "[[module]]".join(text.split("[[module]]")[:3]), encoding="utf-8"
    )
    return courses.read(small.root)


def changes(root):
    lesson_file = root / "course" / WELCOME.name / "first-watch" / "lesson.py"
    return {
        "its lesson": lambda: lesson_file.write_text(lesson_file.read_text(encoding="utf-8") + "\n", encoding="utf-8"),
        "its question": lambda: lesson_file.with_name("the-root.py").open("ab").write(b"\n"),
        "its source": lambda: (root / "source" / WELCOME.name / "key.json").open("ab").write(b"\n"),
        "its release": lambda: (root / "release" / WELCOME.name / "key.json").unlink(),
    }


@pytest.mark.parametrize("change", ["its lesson", "its question", "its source", "its release"])
def test_a_module_is_built_again_only_if_something_of_it_has_changed(two, jobs, change):
    names = [module.name for module in two.modules]
    everything.build(two, ROOT / "datasets", say=quiet)
    assert jobs == names
    everything.build(two, ROOT / "datasets", say=quiet)
    assert jobs == names  # nothing was due
    changes(two.root)[change]()
    everything.build(two, ROOT / "datasets", say=quiet)
    assert jobs == [*names, WELCOME.name]
    everything.build(two, ROOT / "datasets", say=quiet)
    assert jobs == [*names, WELCOME.name]


@pytest.mark.parametrize("file", ["course.toml", "vocabulary.py"])
def test_what_all_modules_share_makes_all_of_them_due(two, jobs, file):
    everything.build(two, ROOT / "datasets", say=quiet)
    (two.root / "course" / file).open("ab").write(b"\n")
    everything.build(two, ROOT / "datasets", say=quiet)
    assert jobs == 2 * [module.name for module in two.modules]


def test_other_recordings_make_all_modules_due(two, jobs, tmp_path):
    everything.build(two, ROOT / "datasets", say=quiet)
    (tmp_path / "mine" / "monday-morning").mkdir(parents=True)
    (tmp_path / "mine" / "monday-morning" / "card.toml").touch()
    everything.build(two, tmp_path / "mine", say=quiet)
    assert len(jobs) == 4


def test_a_check_skips_nothing(two, jobs):
    everything.build(two, ROOT / "datasets", say=quiet)
    everything.build(two, ROOT / "datasets", check=True, say=quiet)
    assert len(jobs) == 4


@pytest.mark.parametrize("name", ["the-root", "first-watch", WELCOME.name, "first-impression"])
def test_a_name_builds_its_module_and_no_other(two, jobs, name):
    done = CliRunner().invoke(app(), ["build", name, "--root", str(two.root), "--datasets", str(ROOT / "datasets")])
    assert done.exit_code == 0, done.output
    assert jobs == [WELCOME.name]
    assert f"source/ and release/ of {WELCOME.name} are up to date." in done.output


def test_several_names_of_one_module_build_it_once_and_a_wrong_one_builds_nothing(two, jobs):
    line = ["--root", str(two.root), "--datasets", str(ROOT / "datasets")]
    assert CliRunner().invoke(app(), ["build", "the-root", "what-waits", *line]).exit_code == 0
    assert jobs == [WELCOME.name]
    done = CliRunner().invoke(app(), ["build", "the-roof", *line])
    assert done.exit_code == 1 and "Did you mean: the-root?" in str(done.exception) and jobs == [WELCOME.name]


def test_verify_takes_names_too(monkeypatch):
    asked = []
    monkeypatch.setattr(
        only, "problems", lambda course, part, say: asked.append(part.question or part.module.name) or []
    )
    done = CliRunner().invoke(app(), ["verify", "the-root", "04-logs", "--root", str(ROOT)])
    assert done.exit_code == 0 and asked == ["the-root", "04-logs"]
    assert done.output.splitlines()[-2:] == ["the-root passes.", "04-logs passes."]
