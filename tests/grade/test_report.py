"""The cohort report: what is counted, who is stuck, and that hostile texts do no harm to a terminal or a page."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from rich.cells import cell_len

from watchkeeper.check.answers import Text
from watchkeeper.check.outcome import NOT_ATTEMPTED, NOT_YET, PASSED, STOPPED
from watchkeeper.check.question import Known, Question
from watchkeeper.staff.grade.report import page
from watchkeeper.staff.grade.report import terminal as report
from watchkeeper.staff.grade.report.summary import Cohort, summary
from watchkeeper.staff.grade.result import (
    BY_NBGRADER,
    FAILED,
    GRADED,
    MISSING,
    REPAIRED,
    UNGRADED,
    Graded,
    Mark,
    Result,
)
from watchkeeper.staff.grade.standing import Standing

ROOT = Path(__file__).parents[2]
POINTS = {"one": 1.0, "two": 2.0, "three": 3.0, "four": 4.0, "thoughts": 2.0}


def question(name: str) -> Question:
    known = Known("mean_wait", ("That is the mean.", "Take the median."))
    return Question(name, "read", 1, Text("a word"), (), ("a hint",), "well done", wrong=(known,))


QUESTIONS = {name: question(name) for name in list(POINTS)[:4]}


def handed_in(student: str, words: str, state: str = GRADED, **more) -> Result:
    """A result from a letter per question: passed, not yet, mean wait (a known wrong answer), stopped, - untouched."""
    kinds = {"p": PASSED, "n": NOT_YET, "m": NOT_YET, "s": STOPPED, "-": NOT_ATTEMPTED}
    marks = [
        Mark(
            name,
            POINTS[name] * (letter == "p"),
            POINTS[name],
            float(letter == "p"),
            kinds[letter],
            (),
            "mean_wait" if letter == "m" else "",
        )
        for name, letter in zip(POINTS, words, strict=False)
    ]
    notebook = Graded("lesson", {}, tuple(marks), more.pop("notes", ()), more.pop("stopped", ""))
    return Result(student, "01", state, notebooks=(notebook,), **more)


def of(*results: Result, students=(), standings=()):
    return summary(Cohort("01", results, students, {one.student: one for one in standings}), QUESTIONS, POINTS)


def test_every_apprentice_has_a_state_and_what_needs_an_eye():
    found = of(
        handed_in("ada", "pppp"),
        handed_in("ben", "ppp-", REPAIRED, notes=("cell one was there twice",)),
        Result("cleo", "01", FAILED, "lesson.ipynb is not JSON."),
        handed_in("other", "pppp"),
        students=["ada", "ben", "cleo", "dan"],
    )
    people = {one.student: one for one in found.people}
    assert {name: one.state for name, one in people.items()} == {
        "ada": GRADED,
        "ben": REPAIRED,
        "cleo": FAILED,
        "dan": MISSING,
        "other": GRADED,
    }
    assert people["ada"].eye == ()
    assert people["ben"].eye == ("1 of 4 not attempted", "cell one was there twice")
    assert people["cleo"].eye == ("lesson.ipynb is not JSON.",)
    assert people["other"].eye == ("not in the class list",)
    assert found.states == {GRADED: 2, REPAIRED: 1, FAILED: 1, MISSING: 1}
    assert found.scores == (10, 6, 10) and found.possible == 10 and found.texts == {"thoughts": 2}
    assert found.average == "The checks: mean 8.7 of 10 points (87%), median 10; n = 3 graded."


def test_questions_count_outcomes_and_ideas_over_the_graded_only():
    found = of(handed_in("a", "pm-s"), handed_in("b", "pmpp"), handed_in("c", "pn"), Result("d", "01", FAILED, "no"))
    two = found.asked[1]
    assert dict(two.counts) == {PASSED: 0, NOT_YET: 3, NOT_ATTEMPTED: 0, STOPPED: 0}
    assert [(idea.name, idea.count, idea.says) for idea in two.ideas] == [("mean wait", 2, "That is the mean.")]
    three = found.asked[2]
    assert (three.n, three.counts[NOT_ATTEMPTED], three.share) == (3, 2, pytest.approx(1 / 3))
    assert found.asked[3].counts[STOPPED] == 1


@pytest.mark.parametrize(
    ("words", "stopped", "on", "why"),
    [
        ("----", "", "one", "attempted nothing"),
        ("ps--", "30 s were over", "two", "lesson: 30 s were over"),
        ("pnn-", "", "two", "1 of 6 points in the 3 questions attempted"),
        ("pn--", "", "two", "2 of the 2 questions after it not attempted"),  # 1 of 3 points is not less than a third
        ("p---", "", None, None),  # has not failed anything, only not finished
        ("ppn-", "", None, None),
        ("n-pp", "", None, None),
        ("pppp", "", None, None),
    ],
)
def test_stuck_is_what_the_report_says_it_is(words, stopped, on, why):
    found = of(handed_in("a", words, stopped=stopped)).stuck
    assert [(one.on, one.why) for one in found] == ([(on, why)] if on else [])


def test_three_things_to_talk_about_the_hardest_first_then_what_was_left_out():
    found = of(handed_in("a", "pmn-"), handed_in("b", "pmn-"), handed_in("c", "pmp-"))
    assert found.talk == (
        'two: 3 of the 3 who tried it did not pass, 3 of them with "mean wait". That is the mean.',
        "three: 2 of the 3 who tried it did not pass; no two of them with the same known wrong idea.",
        "four: 3 of 3 did not attempt it. Ask what kept them from it.",
    )


NUMBER = re.compile(r"\d")


@pytest.mark.parametrize("state", [FAILED, UNGRADED, MISSING, BY_NBGRADER, GRADED, REPAIRED])
def test_no_state_without_a_grade_shows_a_number(state):
    """Whatever the state: without final points, the column of points is empty, and the table says why."""
    result = Result("ada", "01", state, "Why it has none.", notebooks=handed_in("ada", "pppp").notebooks)
    found = of(result, standings=[Standing("ada", "01", None, 12.0, state, "Not marked yet: thoughts.")])
    (person,) = found.people
    assert report.points(person) == ""
    assert person.eye == ("Not marked yet: thoughts.",) if state in (GRADED, REPAIRED) else person.eye
    assert bool(report.checks(person, 10)) == (state in (GRADED, REPAIRED))
    assert person.eye and found.states[state] == 1
    if state in (FAILED, UNGRADED, MISSING, BY_NBGRADER):
        (line,) = (one for one in report.text(found).splitlines() if one.startswith("ada "))
        assert not NUMBER.search(line), line
        assert found.scores == () and not found.stuck


def test_a_notebook_that_can_not_be_read_counts_in_no_mean():
    unread = Result(
        "ben", "01", REPAIRED, notebooks=tuple(replace(one, unread=True) for one in handed_in("", "----").notebooks)
    )
    found = of(handed_in("ada", "pppp"), unread)
    assert found.scores == (10,) and [(one.n, one.share) for one in found.asked] == [(1, 1.0)] * 4
    assert found.people[1].checks is None and report.checks(found.people[1], 10) == ""


def test_the_points_are_those_that_are_exported_and_the_checks_are_the_judges():
    late = Standing("ada", "01", 0.0, 12.0, GRADED, late=timedelta(days=2))
    found = of(handed_in("ada", "pppp"), standings=[late])
    (line,) = (one for one in report.text(found).splitlines() if one.startswith("ada "))
    assert line.split() == ["ada", "graded", "10", "of", "10", "(100%)", "0", "of", "12", "2", "d"]
    assert '<td class="number">0 of 12</td>' in page.html(found)


def test_names_that_differ_at_the_end_are_told_apart():
    names = [f"{'a-very-long-name-' * 6}{number}" for number in range(3)]
    text = report.text(of(*(handed_in(name, "pppp") for name in names)))
    people = re.search(r"^apprentice .*?^Questions", text, re.M | re.S)[0]
    first = "".join(line.split(" ")[0] for line in people.splitlines())
    assert all(name in first for name in names)


def ideas_of(text: str) -> list[tuple[str, str]]:
    """The rows of the wrong ideas: the question, and how many gave it."""
    return re.findall(r"^(\w+) +idea \d+ +(\d+) of \d+ ", text, re.M)


def test_a_short_report_has_the_most_common_ideas_and_says_where_the_rest_is():
    ideas = tuple(Known(f"idea_{number}", (f"That is idea {number}.",)) for number in range(4))
    names = [f"q{number}" for number in range(4)]
    asked = {name: replace(question(name), wrong=ideas) for name in names}
    marks = [tuple(Mark(name, 0, 1, 0, NOT_YET, (), f"idea_{min(one, 3)}") for name in names) for one in range(5)]
    people = [Result(f"s{one}", "01", GRADED, notebooks=(Graded("lesson", {}, marks[one]),)) for one in range(5)]
    found = summary(Cohort("01", people), asked, dict.fromkeys(names, 1.0))
    whole, short = report.text(found), report.text(found, whole="watchkeeper report 01 --folder 'a school'")
    assert len(ideas_of(whole)) == 16 and [name for name, _ in ideas_of(whole)] == sorted(names * 4)
    assert ideas_of(short) == [(name, "2") for name in names] + ideas_of(short)[4:] and len(ideas_of(short)) == 10
    assert "All 16 of them: watchkeeper report 01 --folder 'a school'" in short and "All 16" not in whole
    assert all(f"s{number} " in short for number in range(5))


def test_a_cohort_without_a_graded_submission_has_no_mean():
    found = of(students=["ada"])
    assert "Nothing was graded" in report.text(found) and "missing" in report.text(found)
    assert "Nothing was graded" in page.html(found)


HOSTILE = "<script>alert(1)</script>\x1b[2J\u202e[red]" + "佐藤" * 40 + "x" * 300 + "\n\rline{{ 7*7 }}"


def hostile():
    return of(
        handed_in(HOSTILE, "pn--", notes=(HOSTILE,) * 9, stopped=HOSTILE),
        Result(HOSTILE + "b", "01", FAILED, HOSTILE),
        handed_in("mild", "ppmm"),
        handed_in("mild2", "ppmm"),
    )


@pytest.mark.parametrize("anonymous", [False, True])
def test_the_text_fits_and_has_no_terminal_commands(anonymous):
    text = report.text(hostile(), anonymous)
    assert max(map(cell_len, text.splitlines())) <= report.COLUMNS
    assert all(one.isprintable() for one in text.replace("\n", ""))


class Read(HTMLParser):
    """Collects a page's elements."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict]] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def names(self) -> list[str]:
        return [tag for tag, _ in self.found]


@pytest.mark.parametrize("anonymous", [False, True])
def test_the_page_has_no_script_and_loads_nothing(anonymous):
    text = page.html(hostile(), anonymous)
    read = Read(text)
    assert not {"script", "link", "img", "iframe", "object", "form", "red"} & set(read.names())
    held = [(name, value) for _, attributes in read.found for name, value in attributes.items()]
    assert [one for one in held if one[0] in ("src", "href") or one[0].startswith("on")] == []
    assert all(url.startswith("#") for url in re.findall(r"url\(([^)]*)\)", text))
    assert "{{" not in text.replace("line{{ 7*7 }}", "") and "\x1b" not in text and "\u202e" not in text


def test_the_page_works_with_a_screen_reader():
    read = Read(page.html(hostile()))
    names = read.names()
    assert ("html", {"lang": "en"}) in read.found and names.count("h1") == 1
    assert names.count("table") == names.count("caption") == 4
    heads = [attributes for tag, attributes in read.found if tag == "th"]
    assert heads and all(attributes.get("scope") in ("col", "row") for attributes in heads)


@pytest.mark.parametrize("shown", [report.text, page.html])
def test_names_and_notes_are_for_the_mentor_alone(shown):
    found = of(handed_in("ada-lovelace", "pmpp", notes=("a note on ada",)), handed_in("ben", "pm--"), students=["zoe"])
    assert all(name in shown(found) for name in ("ada-lovelace", "ben", "zoe"))
    before_class = shown(found, anonymous=True)
    assert not re.search(r"\b(ada|ben|zoe)\b", before_class)
    assert "mean wait" in before_class and "3 apprentices" in before_class
    assert "for you to mark" in shown(found) and "for you to mark" not in before_class


def test_the_template_is_in_the_package():
    from hatchling.builders.wheel import WheelBuilder

    packed = {one.distribution_path for one in WheelBuilder(str(ROOT)).recurse_included_files()}
    assert page.TEMPLATE.relative_to(ROOT / "src").as_posix() in packed
