"""The grader, tested with known right and wrong answers: one row per question of every lesson.

Each kind of submission is run once per lesson like a graded run (held-back recordings, every cell), and judged. All
known answers to a lesson's questions are given in one such run, because most of its time goes into the cells around
them. That nbgrader's kernel gives the same is shown by test_nbgrader.py and by `watchkeeper run`.
"""

from __future__ import annotations

import copy
import functools
import itertools
import json
from dataclasses import replace
from pathlib import Path

import pytest

from watchkeeper import recording
from watchkeeper.check import _outcome
from watchkeeper.check.inputs import resolve
from watchkeeper.check.key import load
from watchkeeper.staff.author import course as courses
from watchkeeper.staff.author import lesson, marking, reference, truths, verify, warm
from watchkeeper.staff.author.sheet import Sheet
from watchkeeper.staff.grade.practice import samples
from watchkeeper.staff.grade.verdict import cell as cells

ROOT = Path(__file__).parent.parent.parent
COURSE = courses.read(ROOT)
DATASETS, HELD_BACK = ROOT / "datasets", ROOT / "datasets" / "held-back"
LESSONS = [(module, name) for module in COURSE.modules for name in module.lessons]
AT_ONCE = 50  # answers in one run: each function needs a socket, and the sandbox takes 64
MARKS = {module.name: marking.load(module) for module in COURSE.modules}


@functools.cache
def sheet(module: courses.Module, name: str) -> Sheet:
    return truths.of_notebook(COURSE, module, name, DATASETS, HELD_BACK)


def asked_in(module: courses.Module, name: str) -> list[marking.Marked]:
    """The questions of a lesson, found in its text without running it."""
    text = module.lesson(name).read_text(encoding="utf-8")
    return [one for one in MARKS[module.name].questions.values() if f'# %% check="{one.name}"' in text]


EVERY = [(module, name, question) for module, name in LESSONS for question in asked_in(module, name)]
COMPUTE = [row for row in EVERY if row[2].question.inputs]


def rows(of):
    return pytest.mark.parametrize("module, name, question", of, ids=[f"{m.name}-{q.name}" for m, _, q in of])


def graded(module, name, notebook, seconds=60):
    """The verdicts of a graded run, by question, and every cell's outputs, which some rows check."""
    key = ROOT / "source" / module.name / "key.json"
    ran = reference.run(notebook, [key], DATASETS, HELD_BACK, seconds)
    checks = {cell.metadata.nbgrader.grade_id: cell for cell in ran.cells if "nbgrader" in cell.metadata}
    return {one: verdict(sheet(module, name), one, checks[one]) for one in sheet(module, name).expected}, ran


def verdict(sheet, check, cell):
    return cells.verdict(sheet, check, cell.get("outputs", []), reference.handed_out(cell))


def answered(module, name, choose):
    """The released notebook, answered by `choose(question)`, or like the reference where that gives None."""
    return samples.submission(COURSE, module, name, sheet(module, name), choose)


@functools.cache
def as_submitted(module, name, kind):
    """The verdicts on a submission like the reference, or with every question's first wrong answer."""
    return graded(
        module,
        name,
        answered(module, name, lambda one: next(iter(one.wrong.values())) if kind == "wrong" else None),
    )


@functools.cache
def known(module, name):
    """The verdicts on every known answer to the questions of a lesson, by question and answer, from a few runs.

    Each answer gets a copy of its question, and is given and checked right before the reference's answer.
    """
    copies = {}
    for question in asked_in(module, name):
        for answer, make in {**question.wrong, **question.right}.items():
            copies[question.name, answer] = functools.partial(samples.as_cell, question, make, sheet(module, name))
        if question.question.inputs:
            for kind, code in NOT_THE_ARGUMENT.items():
                copies[question.name, kind] = functools.partial(code, question)
    verdicts = {}
    for begin in range(0, len(copies), AT_ONCE):
        some = dict(itertools.islice(copies.items(), begin, begin + AT_ONCE))
        verdicts |= beside_the_reference(module, name, some)
    return verdicts


def beside_the_reference(module, name, copies):
    """The verdicts on answers that are given in one run: `copies[question, answer](variable)` is an answer's code."""
    notebook = answered(module, name, lambda question: None)
    key = json.loads((ROOT / "source" / module.name / "key.json").read_text(encoding="utf-8"))
    cell = {one.metadata.nbgrader.grade_id: one for one in notebook.cells if "nbgrader" in one.metadata}
    before = {}
    for (question, answer), code in copies.items():
        asked = f"{question} {answer}"
        key["questions"][asked] = key["questions"][question] | {"wrong": []}  # only a reply at once needs them
        given, check = copy.deepcopy(cell[f"{question}-answer"]), copy.deepcopy(cell[question])
        given.source, given.metadata.nbgrader.grade_id = code(samples.variable(check)), f"{asked}-answer"
        check.source, check.metadata.nbgrader.grade_id = check.source.replace(f'"{question}"', f'"{asked}"'), asked
        before.setdefault(f"{question}-answer", []).extend([given, check])
    notebook.cells = [
        one
        for original in notebook.cells
        for one in (*before.get(original.metadata.get("nbgrader", {}).get("grade_id"), []), original)
    ]
    ran = reference.run_beside(key, notebook, DATASETS, HELD_BACK)
    checks = {one.metadata.nbgrader.grade_id: one for one in ran.cells if "nbgrader" in one.metadata}
    whole, verdicts = sheet(module, name), {}
    for question, answer in copies:
        asked = f"{question} {answer}"
        own = replace(
            whole,
            questions={asked: whole.questions[question]},
            truths={asked: whole.truths[question]},
            expected={asked: [asked]},
        )
        verdicts[question, answer] = verdict(own, asked, checks[asked])
    return verdicts


def replaced(module, name, code):
    """The released notebook with `code(question, variable)` as the answers to the *write it* questions."""
    notebook = answered(module, name, lambda question: None)
    for cell in notebook.cells:
        answer = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        question = MARKS[module.name].questions.get(answer.removesuffix("-answer"))
        if answer.endswith("-answer") and question.question.inputs:
            check = next(c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == question.name)
            cell.source = code(question, samples.variable(check))
    return notebook


@functools.cache
def variant(module, name, kind):
    return graded(module, name, replaced(module, name, VARIANTS[kind]), seconds=1 if kind == "loops" else 60)


# Code that tells inputs apart: a recording by its card (or its name, on paper), anything else by its content.
TOLD_APART = """
import hashlib
def told_apart(value):
    value = value.card.get("sha256", value.name) if hasattr(value, "card") else value
    value = value.to_dict("list") if hasattr(value, "columns") else value
    return hashlib.md5(repr(value).encode()).hexdigest()
"""


def hard_coder(question, variable):
    """A table of the visible inputs' answers, as for someone who copied a friend's results."""
    right = public_truths(question)
    return f"""
{TOLD_APART}
SEEN_{variable} = {right!r}
def {variable}(given):
    return SEEN_{variable}.get(told_apart(given), {next(iter(right.values()))!r})
"""


def first(question):
    """The first honest alternative to a question."""
    return next(iter(question.right.values()))


def uses_a_global(question, variable):
    """Answers for the first recording that the question names, whatever the argument is."""
    spec = next(one for one in question.inputs if "recording" in one)
    right = first(question)
    return f"""{samples.with_needs(right)}
from watchkeeper.check.inputs import resolve
from watchkeeper.recording import Library
FIXED_{variable} = next(resolve([{spec!r}], Library(datasets)))[1]
def {variable}(given):
    return {right.__name__}(FIXED_{variable})
"""


def spoils_its_input(question, variable):
    right = first(question)
    return f"""{samples.with_needs(right)}
def {variable}(given):
    answer = {right.__name__}(given)
    if hasattr(given, "columns"):
        given.iloc[:, :] = given.iloc[::-1].to_numpy()
        given.drop(given.index[1:], inplace=True)
    elif isinstance(given, list | dict):
        given.clear()
    return answer
"""


NOT_THE_ARGUMENT = {"hard-coder": hard_coder, "global": uses_a_global}
VARIANTS = {
    "in place": spoils_its_input,
    "crashes": lambda question, variable: f"def {variable}(spans):\n    return 1 / 0",
    "exits": lambda question, variable: f"def {variable}(spans):\n    exit()",
    "loops": lambda question, variable: f"def {variable}(spans):\n    while True:\n        pass",
}


def public_truths(question):
    """Each visible input's right answer, by a digest of the input."""
    values = [value for _, value in resolve(question.inputs, warm.library(DATASETS))]
    space = {}
    exec(TOLD_APART, space)
    right = reference.made_by(question, first(question), values)
    return {space["told_apart"](value): one for value, one in zip(values, right, strict=True)}


@rows(EVERY)
def test_an_untouched_release_is_not_attempted_and_runs_to_its_end(module, name, question):
    verdicts, ran = untouched(module, name)
    assert (verdicts[question.name].share, verdicts[question.name].word) == (0.0, "not attempted")
    stopped = [output for cell in ran.cells for output in cell.get("outputs", []) if output.output_type == "error"]
    assert {output.ename for output in stopped} <= {"NotJudged"}


@functools.cache
def untouched(module, name):
    return graded(module, name, lesson.read(ROOT / "release" / module.name / f"{name}.ipynb"))


@rows(EVERY)
def test_the_reference_gets_full_points_and_says_nothing_on_stderr(module, name, question):
    verdicts, ran = as_submitted(module, name, "reference")
    assert verdicts[question.name].share == 1.0
    streams = [
        output.text
        for cell in ran.cells
        for output in cell.get("outputs", [])
        if output.output_type == "stream" and output.name == "stderr"
    ]
    assert streams == []


@rows(EVERY)
def test_honest_alternatives_get_full_points(module, name, question):
    for make in question.right:
        verdict = known(module, name)[question.name, make]
        assert verdict.share == 1.0, f"{make}: {verdict}"


def assert_wrong(question, wrong, verdict):
    assert verdict.misconception == wrong.name, f"{wrong.name}: {verdict}"
    assert verdict.share <= (0.5 if question.question.kind == "diagnose" else 0.0)
    assert " ".join(wrong.hint) in " ".join(verdict.lines)


@rows(EVERY)
def test_known_wrong_answers_get_no_points_and_their_own_hint(module, name, question):
    for wrong in question.question.wrong:
        assert_wrong(question, wrong, known(module, name)[question.name, wrong.name])


@rows(EVERY)
def test_in_a_notebook_of_wrong_answers_each_gets_its_own_hint(module, name, question):
    verdicts, _ = as_submitted(module, name, "wrong")
    assert_wrong(question, question.question.wrong[0], verdicts[question.name])


@rows([row for row in EVERY if row[2].question.kind == "diagnose"])
def test_a_diagnosis_of_the_wrong_service_scores_zero(module, name, question):
    for wrong in question.wrong:
        (made,) = sheet(module, name).truths[question.name].wrong[wrong]
        (right,) = sheet(module, name).truths[question.name].right
        if made.get("service", right.get("service")) != right.get("service"):
            assert known(module, name)[question.name, wrong].share == 0.0


@rows(COMPUTE)
def test_a_hard_coder_passes_in_the_notebook_and_fails_when_graded(module, name, question, monkeypatch):
    monkeypatch.setenv("WATCHKEEPER_DATASETS", str(DATASETS))
    space = {}
    exec(hard_coder(question, "mine"), space)
    asked = load(ROOT / "release" / module.name)[question.name]
    assert _outcome(asked, space["mine"]).word == "passed"
    assert known(module, name)[question.name, "hard-coder"].share == 0.0


@rows(COMPUTE)
def test_a_function_that_uses_the_notebooks_global_fails(module, name, question):
    assert known(module, name)[question.name, "global"].share == 0.0


@rows(COMPUTE)
def test_a_function_that_changes_its_input_does_no_harm(module, name, question):
    verdicts, _ = variant(module, name, "in place")
    assert all(verdict.share == 1.0 for verdict in verdicts.values())


@rows(COMPUTE)
@pytest.mark.parametrize("kind", ["crashes", "exits", "loops"])
def test_code_that_crashes_or_never_ends_costs_only_its_own_points(module, name, question, kind):
    verdicts, _ = variant(module, name, kind)
    assert verdicts[question.name].share == 0.0 and verdicts[question.name].lines
    for other in sheet(module, name).questions.values():
        if not other.inputs:
            assert verdicts[other.name].share == 1.0


def says_again(given):
    """A function that gives what another one gave on the same inputs, which costs no computation."""
    again = iter(given)
    return lambda value: next(again)


@rows(EVERY)
def test_the_notebook_gives_the_same_replies_at_once(module, name, question, monkeypatch):
    """What the apprentice sees without a judge, from digests and public recordings alone."""
    monkeypatch.setenv("WATCHKEEPER_DATASETS", str(DATASETS))
    monkeypatch.setattr(recording, "Library", lambda folder: warm.library(DATASETS))  # reads each recording once
    asked = load(ROOT / "release" / module.name)[question.name]
    truth = truths.of_notebook(COURSE, module, name, DATASETS, DATASETS).truths[question.name]

    def outcome(name):
        given = {**truth.wrong, **truth.alternatives}[name]
        if question.question.inputs:
            make = (question.wrong | question.right)[name]
            return _outcome(asked, make if None in given else says_again(given))
        (given,) = given
        return _outcome(asked, {**truth.right[0], **given} if isinstance(given, dict) else given)

    for make in question.right:
        assert outcome(make).word == "passed", make
    for wrong in question.question.wrong:
        said = outcome(wrong.name)
        assert (said.word, said.misconception) == ("not yet", wrong.name)
        assert len(said.lines) <= 3 and all(len(line) <= 78 for line in said.lines), said.lines
        assert " ".join(wrong.hint) in " ".join(said.lines), said.lines


@rows(EVERY)
def test_other_recordings_give_another_key_and_the_same_verdicts(module, name, question):
    """With held-back recordings instead of the public ones, right and wrong answers are still told apart."""
    truth = truths.of_notebook(COURSE, module, name, HELD_BACK, HELD_BACK).truths[question.name]
    assert list(verify.of_truths(question.question, truth)) == []
