"""The invented cohort: reproducible, submitted as apprentices do, and with the answers in its plan."""

from __future__ import annotations

import csv
import json
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from watchkeeper.check.outcome import NOT_ATTEMPTED, NOT_YET, PASSED, STOPPED
from watchkeeper.staff.author import course as courses
from watchkeeper.staff.author import marking, reference
from watchkeeper.staff.errors import CohortError
from watchkeeper.staff.grade.practice import cohort, intended, invented, samples
from watchkeeper.staff.grade.result import FAILED, GRADED, MISSING, REPAIRED, Graded, Mark, Result
from watchkeeper.staff.grade.verdict import answer as verdict

ROOT = Path(__file__).parents[2]
COURSE = courses.read(ROOT)
MODULE, LESSON = COURSE.module("00-welcome"), "first-watch"
MARKS = marking.load(MODULE)
ANSWERED = (GRADED, REPAIRED)


def plan(students=12, seed=1, module=MODULE, marks=MARKS):
    return cohort.plan(marks, module.points, intended.kinds(students), seed)


@pytest.fixture(scope="module")
def desk():
    return cohort.Desk(COURSE, MODULE)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return cohort.write(ROOT, tmp_path_factory.mktemp("a cohort"), MODULE.name)


def notebook_of(desk, kind):
    """The person of this kind among the twelve, the file's name and its notebook."""
    person = next(one for one in plan() if one.kind == kind)
    ((name, content),) = cohort.files(desk, person).items()
    return person, name, json.loads(content)


def cells_of(notebook):
    return [
        (cell["metadata"]["nbgrader"]["grade_id"], cell) for cell in notebook["cells"] if "nbgrader" in cell["metadata"]
    ]


def test_the_same_seed_gives_the_same_plan_and_another_seed_another_plan():
    assert plan() == plan() != plan(seed=2)


def test_the_first_twelve_are_one_of_each_kind():
    people = plan()
    assert tuple(one.kind for one in people) == intended.FIRST
    assert Counter(one.state for one in people) == {GRADED: 7, REPAIRED: 3, FAILED: 1, MISSING: 1}
    late = [one.kind for one in people if one.time and one.time > intended.DUE]
    assert late == [intended.LATE]


def test_every_outcome_is_in_the_plan():
    words = {one.word(question) for one in plan() for question in one.answers if one.state in ANSWERED}
    assert words == {PASSED, NOT_YET, NOT_ATTEMPTED, STOPPED}


@pytest.mark.parametrize("module", COURSE.modules, ids=lambda module: module.name)
@pytest.mark.parametrize("students", [12, 40, 200])
def test_every_known_wrong_answer_occurs_if_enough_wrong_answers_are_given(module, students):
    marks = marking.load(module)
    for question in marks.questions.values():
        given = [
            one.misconception(question.name)
            for one in plan(students, module=module, marks=marks)
            if one.state in ANSWERED and one.misconception(question.name)
        ]
        assert len(set(given)) == min(len(question.wrong), len(given))
        if students == 200 or module is MODULE:
            assert set(given) == question.wrong.keys()


def test_a_thousand_students_have_different_names_and_few_of_them_loop():
    people = plan(1000)
    assert len({one.student for one in people}) == 1000
    kinds = Counter(one.kind for one in people)
    assert set(kinds) == {*intended.FIRST} and 0 < kinds[intended.LOOPING] <= 15


@pytest.mark.parametrize("students", [0, -1, 100_000])
def test_an_impossible_cohort_is_refused(students):
    with pytest.raises(CohortError, match=f"A cohort of {students} can't be made"):
        plan(students)


def test_what_is_written_is_what_submit_writes(made):
    person = made.plan[1]
    assert sorted(path.name for path in made.handed_in.iterdir()) == sorted(
        f"submission-00-welcome-{one.student}.zip" for one in made.plan if one.kind != intended.NEVER
    )
    with zipfile.ZipFile(made.handed_in / f"submission-00-welcome-{person.student}.zip") as archive:
        folder = f"{person.student}/00-welcome"
        names = (f"{LESSON}.ipynb", "submission.json", "timestamp.txt")
        assert archive.namelist() == [f"{folder}/{name}" for name in names]
        about = json.loads(archive.read(f"{folder}/submission.json"))
        assert archive.read(f"{folder}/timestamp.txt").decode() == f"{person.time:%Y-%m-%d %H:%M:%S} UTC\n"
    assert (about["name"], about["module"], about["edition"]) == (person.name, "00-welcome", COURSE.edition)


def test_students_who_submitted_nothing_are_in_the_class_list_and_in_the_plan(made):
    rows = list(csv.DictReader(made.class_list.open(encoding="utf-8", newline="")))
    assert [row["student"] for row in rows] == [one.student for one in made.plan] and len(rows) == 12
    said = json.loads((made.class_list.parent / cohort.PLAN).read_text(encoding="utf-8"))
    assert said["cohort"] == [one.to_json() for one in made.plan]
    assert [one["student"] for one in said["cohort"] if one["state"] == MISSING] == [made.plan[-1].student]


def test_writing_it_again_gives_the_same_and_deletes_an_old_cohort(made, tmp_path):
    (tmp_path / cohort.HANDED_IN).mkdir()
    (tmp_path / cohort.HANDED_IN / "submission-00-welcome-old.zip").write_bytes(b"")
    again = cohort.write(ROOT, tmp_path, MODULE.name)
    files = {path.name: path.read_bytes() for path in made.handed_in.iterdir()}
    assert files == {path.name: path.read_bytes() for path in again.handed_in.iterdir()}


@pytest.mark.parametrize("question", MARKS.questions)
def test_the_cell_of_a_wrong_answer_has_the_misconception_in_the_plan(desk, question):
    asked, sheet = MARKS.questions[question], desk.sheets[LESSON]
    held_back = ROOT / "datasets" / "held-back"
    values = reference.inputs_of(asked, held_back) if asked.question.inputs else []
    for wrong in asked.wrong:
        space = {}
        source = desk.source(question, wrong)
        exec(source, space)  # the module's own wrong answers, not a submission
        answer = space[source.splitlines()[-1].partition(" = ")[0]]
        plain = reference.made_by(asked, answer, values) if values else [asked.question.answer.plain(answer)]
        found = verdict.judge(asked.question, [{"plain": one} for one in plain], sheet.truths[question])
        assert (found.word, found.misconception) == (NOT_YET, wrong)


def test_right_answers_are_the_references_cells_and_unattempted_ones_the_released_cells(desk):
    person, _, notebook = notebook_of(desk, intended.ALL_RIGHT)
    source = json.loads((ROOT / "source" / MODULE.name / f"{LESSON}.ipynb").read_text(encoding="utf-8"))
    wanted, released = dict(cells_of(source)), dict(cells_of(desk.released[LESSON]))
    assert all(
        dict(cells_of(notebook))[f"{one}-answer"]["source"] == wanted[f"{one}-answer"]["source"]
        for one in person.answers
    )
    person, _, notebook = notebook_of(desk, intended.PARTIAL)
    left = [one for one, choice in person.answers.items() if choice == intended.UNTOUCHED]
    assert left
    assert all(dict(cells_of(notebook))[f"{one}-answer"] == released[f"{one}-answer"] for one in left)


def test_broken_submissions_are_broken_as_the_plan_says(desk):
    _, name, twice = notebook_of(desk, intended.TWICE)
    assert sorted(Counter(grade_id for grade_id, _ in cells_of(twice)).values())[-2:] == [1, 2]
    assert len({cell["id"] for cell in twice["cells"]}) == len(twice["cells"]) and name == f"{LESSON}.ipynb"
    _, _, bare = notebook_of(desk, intended.BARE)
    assert not any(cell["metadata"] for cell in bare["cells"]) and bare["metadata"] == {}
    _, name, _ = notebook_of(desk, intended.RENAMED)
    assert name != f"{LESSON}.ipynb" and name.endswith(".ipynb")
    with pytest.raises(json.JSONDecodeError):
        notebook_of(desk, intended.NOT_JSON)


def test_a_crash_crashes_and_a_loop_never_ends(desk):
    person, _, notebook = notebook_of(desk, intended.CRASHING)
    (question,) = (one for one, choice in person.answers.items() if choice == intended.CRASH)
    with pytest.raises(NameError):
        exec("".join(dict(cells_of(notebook))[f"{question}-answer"]["source"]), {})
    person, _, notebook = notebook_of(desk, intended.LOOPING)
    (question,) = (one for one, choice in person.answers.items() if choice == intended.LOOP)
    assert "while waiting > 0:\n    waiting + 1\n" in "".join(dict(cells_of(notebook))[f"{question}-answer"]["source"])


def test_reflections_are_of_every_quality(desk):
    rubric = [level[2] for level in MARKS.reflections["first-impression"].rubric]
    samples = dict(zip((invented.GOOD, invented.FAIR, invented.POOR), rubric, strict=True))
    seen = set()
    for person in plan(40):
        if person.state == GRADED:
            ((_, content),) = cohort.files(desk, person).items()
            text = "".join(dict(cells_of(json.loads(content)))["first-impression"]["source"])
            quality = person.texts["first-impression"]
            assert [one for one, sample in samples.items() if text.startswith(sample)] == (
                [] if quality == invented.NONE else [quality]
            )
            seen.add(quality)
    assert seen == {*invented.QUALITIES}


def as_meant(person):
    marks = [
        Mark(question, 0, 1, 0, person.word(question), (), person.misconception(question))
        for question in person.answers
    ]
    return Result(person.student, MODULE.name, person.state, notebooks=(Graded(LESSON, {}, tuple(marks)),))


def test_differences_from_the_plan_are_found():
    people = plan()
    results = [as_meant(one) for one in people if one.state != MISSING]
    assert cohort.differences(people, results) == []
    assert cohort.differences(people, results[1:]) == [
        "amara-okonkwo (all right) is missing, and was meant to be graded."
    ]
    other = as_meant(people[4])
    swapped = Result(people[0].student, MODULE.name, GRADED, notebooks=other.notebooks)
    assert len(cohort.differences(people, [swapped, *results[1:]])) == len(people[0].answers)


@pytest.mark.parametrize("module", COURSE.modules, ids=lambda module: module.name)
def test_no_wrong_answer_needs_code_that_an_apprentice_does_not_have(module):
    sources = [
        samples.with_needs(make)
        for question in marking.load(module).questions.values()
        if question.question.inputs
        for make in question.wrong.values()
    ]
    assert sources and not [one for one in sources if "watchkeeper.staff" in one]
