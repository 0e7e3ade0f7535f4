"""One check, three places: it shows in a notebook, raises under validate, and hands out when graded."""

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
def beside(tmp_path, monkeypatch):
    """A folder that holds the module's files, as the current one; what is displayed lands in a list."""
    shutil.copytree(MODULE, tmp_path / "a module")
    monkeypatch.chdir(tmp_path / "a module")
    monkeypatch.setenv("WATCHKEEPER_DATASETS", str(ROOT / "datasets"))
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    monkeypatch.setattr(checks, "_outcomes", {})
    monkeypatch.setattr(checks, "_hints_given", {})
    shown = []
    monkeypatch.setattr("IPython.display.display", shown.append)
    monkeypatch.setattr("IPython.display.publish_display_data", shown.append)
    return shown


def test_in_a_notebook_it_shows_and_never_raises(beside):
    for answer in ("a1", "b2", 3, object(), None, ..., lambda: 1):
        checks.check("the-root", answer)
    assert [one.word for one in beside] == ["passed", *["not yet"] * 4, "not attempted", "not yet"]


def test_a_question_that_is_not_there_lists_those_that_are(beside):
    checks.check("no-such", 1)
    assert "the-root" in beside[0].text


def test_a_hint_for_nothing_lists_the_questions(beside, capsys):
    checks.hint()
    assert "Say which question" in capsys.readouterr().out and beside == []


def test_without_a_key_it_says_where_the_notebook_belongs(beside, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    checks.check("the-root", "a1")
    assert "key.json" in beside[0].text and "folder" in beside[0].text


@pytest.mark.parametrize(
    "text", ["{", "[]", "{}", '{"format": 99, "questions": {}}', '{"format": 1, "questions": {"a": 1}}']
)
def test_a_damaged_key_is_a_sentence(tmp_path, text):
    (tmp_path / "key.json").write_text(text)
    with pytest.raises(KeyProblem, match="kit"):
        load(tmp_path)


def test_under_validate_it_raises_its_own_text_and_no_traceback(beside, monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")
    checks.check("the-root", "a1")
    with pytest.raises(NotPassed) as failed:
        checks.check("the-root", "b2")
    assert failed.value._render_traceback_() == str(failed.value).splitlines()
    assert all(len(line) <= 80 for line in failed.value._render_traceback_())


def test_when_graded_it_hands_out_the_answer_and_no_verdict(beside, monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    with pytest.raises(NotJudged, match="Not judged yet"):
        checks.check("what-waits", 40)
    assert beside == [{MIME: {"question": "what-waits", "results": [{"input": "", "plain": 40.0}]}}]


@pytest.mark.parametrize(
    "answer, problem",
    [
        (..., {"kind": "blank"}),
        ("forty", {"kind": "form", "why": "type"}),
        (float("nan"), {"kind": "form", "why": "nan"}),
    ],
)
def test_when_graded_a_value_that_cannot_be_an_answer_is_a_record(beside, monkeypatch, answer, problem):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    with pytest.raises(NotJudged):
        checks.check("what-waits", answer)
    (result,) = beside[0][MIME]["results"]
    assert result == {"input": "", "problem": problem}


def test_an_answer_of_many_megabytes_is_not_handed_out(beside, monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    monkeypatch.setattr("watchkeeper.check.handout.results", lambda *_: [{"plain": "x" * 2_000_000}])
    with pytest.raises(NotJudged):
        checks.check("what-waits", 40)
    assert len(json.dumps(beside)) < 1000


def test_hints_go_a_step_further_each_time_and_the_last_one_stays(beside, capsys):
    for _ in range(5):
        checks.hint("the-root")
    lines = capsys.readouterr().out.splitlines()
    assert [line[:11] for line in lines] == ["Hint 1 of 3", "Hint 2 of 3", "Hint 3 of 3", "Hint 3 of 3", "Hint 3 of 3"]


def test_progress_is_words(beside, capsys):
    checks.check("the-root", "a1")
    checks.check("what-waits", 120)
    checks.progress()
    said = " ".join(capsys.readouterr().out.split())
    assert "the-root passed" in said and "what-waits not yet" in said and "busiest-service not attempted" in said
    assert "first-impression for your mentor" in said and "1 of 4 passed" in said


def test_progress_is_of_this_notebook_only(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(ROOT / "release" / "01-critical-path")
    monkeypatch.setattr(checks, "_outcomes", {"evening-page": "not yet"})
    checks.progress()
    said = capsys.readouterr().out
    assert "my-self-time" in said and "best-candidate" not in said and "0 of 8" in said
    assert "the-longest-span    for your mentor" in said and "what-to-move" not in said


def test_progress_counts_nothing_where_nothing_is_judged(beside, monkeypatch, capsys):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    checks.progress()
    assert capsys.readouterr().out == "This notebook has been graded; the result is shown under each check.\n"


def test_a_key_shows_no_hint_to_whoever_opens_it():
    for path in (ROOT / "release").glob("*/key.json"):
        text = path.read_text(encoding="utf-8")
        for question in load(path.parent).values():
            telling = [question.passed, *question.hints, *(f'"{wrong.name}"' for wrong in question.wrong)]
            telling += [sentence for wrong in question.wrong for sentence in wrong.hint]
            assert telling and not [one for one in telling if one in text]


def test_a_reply_is_three_lines_of_78_columns_whatever_comes_in():
    lines = folded("word " * 60, "x" * 500, "end")
    assert len(lines) <= 3 and all(len(line) <= 78 for line in lines)


def test_a_reply_escapes_what_the_answer_holds():
    shown = Outcome("<b>", "not yet", ("<script>alert(1)</script>",)).html
    assert "<script>" not in shown and "<b>:" not in shown


def test_nbgrader_validate_fails_every_check_of_an_untouched_release(beside, monkeypatch, tmp_path):
    result = Validator(invert=True).validate(str(Path.cwd() / "first-watch.ipynb"))
    notebook = nbformat.read("first-watch.ipynb", as_version=4)
    checks_in_it = [
        cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade") and cell.cell_type == "code"
    ]
    assert result.get("passed", []) == [] and len(checks_in_it) == 4
