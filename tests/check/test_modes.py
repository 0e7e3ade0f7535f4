"""A check does one of three things: in a notebook it shows, under validate it raises, in a graded run it hands out."""

import json
import shutil
from pathlib import Path

import nbformat
import pytest
from nbgrader.validator import Validator

import watchkeeper.check as checks
from watchkeeper.check.handout import MIME
from watchkeeper.check.key import load
from watchkeeper.check.outcome import NotJudged, NotPassed, Outcome, folded
from watchkeeper.errors import KeyProblem

ROOT = Path(__file__).parent.parent.parent
MODULE = ROOT / "release" / "00-welcome"


@pytest.fixture
def shown(tmp_path, monkeypatch):
    """Makes a copy of the module's folder the current one. The list of everything that is displayed."""
    shutil.copytree(MODULE, tmp_path / "a module")
    monkeypatch.chdir(tmp_path / "a module")
    monkeypatch.setenv("WATCHKEEPER_DATASETS", str(ROOT / "datasets"))
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    monkeypatch.setattr(checks, "_outcomes", {})
    monkeypatch.setattr(checks, "_hints_given", {})
    displayed = []
    monkeypatch.setattr("IPython.display.display", displayed.append)
    monkeypatch.setattr("IPython.display.publish_display_data", displayed.append)
    return displayed


def test_in_a_notebook_it_shows_and_never_raises(shown):
    for answer in ("a1", "b2", 3, object(), None, ..., lambda: 1):
        checks.check("the-root", answer)
    assert [outcome.word for outcome in shown] == ["passed", *["not yet"] * 4, "not attempted", "not yet"]


def test_an_unknown_question_gets_the_list_of_questions(shown):
    checks.check("no-such", 1)
    assert "the-root" in shown[0].text


def test_a_hint_without_a_question_lists_the_questions(shown, capsys):
    checks.hint()
    assert "Say which question" in capsys.readouterr().out and shown == []


def test_without_a_key_the_reply_says_where_the_notebook_belongs(shown, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    checks.check("the-root", "a1")
    assert "key.json" in shown[0].text and "folder" in shown[0].text


@pytest.mark.parametrize(
    "text", ["{", "[]", "{}", '{"format": 99, "questions": {}}', '{"format": 1, "questions": {"a": 1}}']
)
def test_a_damaged_key_says_to_take_a_fresh_one(tmp_path, text):
    (tmp_path / "key.json").write_text(text)
    with pytest.raises(KeyProblem, match="kit"):
        load(tmp_path)


def test_under_validate_it_raises_its_text_without_a_traceback(shown, monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")
    checks.check("the-root", "a1")
    with pytest.raises(NotPassed) as failed:
        checks.check("the-root", "b2")
    assert failed.value._render_traceback_() == str(failed.value).splitlines()
    assert all(len(line) <= 80 for line in failed.value._render_traceback_())


def test_when_graded_it_hands_out_the_answer_and_no_verdict(shown, monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    with pytest.raises(NotJudged, match="Your answer was recorded but has not been marked"):
        checks.check("what-waits", 40)
    assert shown == [{MIME: {"question": "what-waits", "results": [{"input": "", "plain": 40.0}]}}]


@pytest.mark.parametrize(
    "answer, problem",
    [
        (..., {"kind": "blank"}),
        ("forty", {"kind": "form", "why": "type"}),
        (float("nan"), {"kind": "form", "why": "nan"}),
    ],
)
def test_when_graded_a_value_that_cannot_be_an_answer_becomes_a_problem(shown, monkeypatch, answer, problem):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    with pytest.raises(NotJudged):
        checks.check("what-waits", answer)
    (result,) = shown[0][MIME]["results"]
    assert result == {"input": "", "problem": problem}


def test_an_answer_of_many_megabytes_is_not_handed_out(shown, monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    monkeypatch.setattr("watchkeeper.check.handout.results", lambda *_: [{"plain": "x" * 2_000_000}])
    with pytest.raises(NotJudged):
        checks.check("what-waits", 40)
    assert len(json.dumps(shown)) < 1000


def test_each_call_gives_the_next_hint_and_then_repeats_the_last(shown, capsys):
    for _ in range(5):
        checks.hint("the-root")
    lines = capsys.readouterr().out.splitlines()
    assert [line[:11] for line in lines] == ["Hint 1 of 3", "Hint 2 of 3", "Hint 3 of 3", "Hint 3 of 3", "Hint 3 of 3"]


def test_progress_gives_each_questions_outcome(shown, capsys):
    checks.check("the-root", "a1")
    checks.check("what-waits", 120)
    checks.progress()
    said = " ".join(capsys.readouterr().out.split())
    assert "the-root passed" in said and "what-waits not yet" in said and "busiest-service not attempted" in said
    assert "first-impression for your mentor" in said and "1 of 4 passed" in said


def test_progress_covers_only_this_notebook(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(ROOT / "release" / "01-critical-path")
    monkeypatch.setattr(checks, "_outcomes", {"evening-page": "not yet"})
    checks.progress()
    said = capsys.readouterr().out
    assert "my-self-time" in said and "best-candidate" not in said and "0 of 8" in said
    assert "the-longest-span    for your mentor" in said and "what-to-move" not in said


def test_progress_counts_nothing_in_a_graded_run(shown, monkeypatch, capsys):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    checks.progress()
    assert capsys.readouterr().out == "This notebook has been graded; the result is shown under each check.\n"


def test_no_hint_can_be_read_in_a_key_file():
    for path in (ROOT / "release").glob("*/key.json"):
        text = path.read_text(encoding="utf-8")
        for question in load(path.parent).values():
            texts = [question.passed, *question.hints, *(f'"{wrong.name}"' for wrong in question.wrong)]
            texts += [sentence for wrong in question.wrong for sentence in wrong.hint]
            assert texts and not [each for each in texts if each in text]


def test_a_reply_has_at_most_three_lines_of_78_columns():
    lines = folded("word " * 60, "x" * 500, "end")
    assert len(lines) <= 3 and all(len(line) <= 78 for line in lines)


def test_a_reply_escapes_html():
    html = Outcome("<b>", "not yet", ("<script>alert(1)</script>",)).html
    assert "<script>" not in html and "<b>:" not in html


def test_nbgrader_validate_fails_every_check_of_an_unedited_release(shown, monkeypatch, tmp_path):
    result = Validator(invert=True).validate(str(Path.cwd() / "first-watch.ipynb"))
    notebook = nbformat.read("first-watch.ipynb", as_version=4)
    checks_in_it = [
        cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade") and cell.cell_type == "code"
    ]
    assert result.get("passed", []) == [] and len(checks_in_it) == 4
