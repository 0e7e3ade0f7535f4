"""What a mentor wants to know about a cohort, as plain data. `terminal.py` and `page.py` put it into words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from statistics import mean, median

from watchkeeper.check.outcome import NOT_ATTEMPTED, NOT_YET, PASSED, STOPPED
from watchkeeper.check.question import Question
from watchkeeper.staff.grade.result import (
    BY_NBGRADER,
    FAILED,
    GRADED,
    MISSING,
    REPAIRED,
    SCORED,
    UNGRADED,
    Mark,
    Result,
)
from watchkeeper.staff.grade.standing import Standing
from watchkeeper.words import percent

WORDS = (PASSED, NOT_YET, NOT_ATTEMPTED, STOPPED)
STATES = (GRADED, REPAIRED, BY_NBGRADER, FAILED, UNGRADED, MISSING)
TALKS = 3

STUCK_IF = (
    "Apprentices count as stuck if they attempted nothing; if one of their notebooks did not run to its end; if they "
    "attempted two or more questions and got less than a third of the points of these; or if, of the questions after "
    "the first that they attempted and did not pass, they left at least two, and at least half, unattempted."
)


@dataclass(frozen=True)
class Cohort:
    """The results of one module and where everyone stands. `students` is the class list, which tells who is missing."""

    module: str
    results: Sequence[Result]
    students: Sequence[str] = ()
    standings: Mapping[str, Standing] = field(default_factory=dict)


@dataclass(frozen=True)
class Person:
    """One apprentice. `eye`: what the mentor should see.

    `checks` are the judge's points alone; `standing` has the final ones. Each is None where there are none.
    """

    student: str
    state: str
    checks: float | None
    standing: Standing | None
    eye: tuple[str, ...]

    @property
    def late(self) -> timedelta | None:
        return self.standing.late if self.standing else None


@dataclass(frozen=True)
class Idea:
    """A known wrong answer: its name in words, the first sentence of its hint, and how many gave it."""

    name: str
    says: str
    count: int


@dataclass(frozen=True)
class Asked:
    """One question: how many of `n` graded submissions had each outcome, the mean share of its points, wrong ideas."""

    name: str
    possible: float
    counts: Mapping[str, int]
    n: int
    share: float
    ideas: tuple[Idea, ...]

    @property
    def tried(self) -> int:
        return self.n - self.counts[NOT_ATTEMPTED]

    @property
    def failed(self) -> int:
        return self.tried - self.counts[PASSED]


@dataclass(frozen=True)
class Stuck:
    """An apprentice who is stuck, on which question ("" if on none in particular), and by which rule."""

    student: str
    on: str
    why: str


@dataclass(frozen=True)
class Summary:
    """The whole cohort. `scores`: the points of graded submissions; `possible`: the most that the judge can give.

    `texts`: the reflections that the mentor marks, with their points.
    """

    module: str
    people: tuple[Person, ...]
    asked: tuple[Asked, ...]
    stuck: tuple[Stuck, ...]
    talk: tuple[str, ...]
    scores: tuple[float, ...]
    possible: float
    texts: Mapping[str, float] = field(default_factory=dict)

    @property
    def states(self) -> dict[str, int]:
        """How many are in each state that there is."""
        found = Counter(person.state for person in self.people)
        return {state: found[state] for state in [*STATES, *sorted(found.keys() - set(STATES))] if found[state]}

    @property
    def average(self) -> str:
        """A sentence with the mean, the median and the number of graded submissions."""
        if not self.scores:
            return "Nothing was graded, so there is no mean."
        middle = mean(self.scores)
        share = middle / self.possible if self.possible else 0.0
        return (
            f"The checks: mean {middle:.1f} of {self.possible:g} points ({percent(share, 0)}), "
            f"median {median(self.scores):g}; n = {len(self.scores)} graded."
        )


def summary(cohort: Cohort, questions: Mapping[str, Question], points: Mapping[str, float]) -> Summary:
    """Summarize results. `points` are the module's, in teaching order; those not in `questions` are texts.

    A graded submission without a mark on a question counts as not attempted there. Of several results of the same
    apprentice, the last counts. Results of other modules are left out.
    """
    results = {one.student: one for one in cohort.results if one.module == cohort.module}
    order = [name for name in points if name in questions]
    graded = [one for one in results.values() if has_marks(one)]
    asked = tuple(
        _asked(questions[name], points[name], [marks_of(one).get(name) for one in graded if not _is_unread(one, name)])
        for name in order
    )
    stuck = {one.student: found for one in graded if (found := _stuck(one, order, points))}
    names = sorted({*results, *cohort.students})
    people = tuple(_person(name, results.get(name), cohort, order, name in stuck) for name in names)
    return Summary(
        module=cohort.module,
        people=people,
        asked=asked,
        stuck=tuple(stuck[name] for name in names if name in stuck),
        talk=tuple(_talk(asked)),
        scores=tuple(one.points for one in graded if not _is_unread(one)),
        possible=sum(points[name] for name in order),
        texts={name: worth for name, worth in points.items() if name not in questions},
    )


def marks_of(result: Result) -> dict[str, Mark]:
    """A submission's marks by question."""
    return {mark.name: mark for notebook in result.notebooks for mark in notebook.marks}


def _asked(question: Question, possible: float, marks: Sequence[Mark | None]) -> Asked:
    words = Counter(_word(mark) for mark in marks)
    ideas = Counter(mark.misconception for mark in marks if mark and mark.misconception)
    hints = {wrong.name: wrong.hint[0] for wrong in question.wrong}
    known = [Idea(name.replace("_", " "), hints.get(name, ""), count) for name, count in ideas.items()]
    share = mean([mark.share if mark else 0.0 for mark in marks]) if marks else 0.0
    return Asked(
        question.name,
        possible,
        {word: words[word] for word in WORDS},
        len(marks),
        share,
        tuple(sorted(known, key=lambda idea: (-idea.count, idea.name))),
    )


def _word(mark: Mark | None) -> str:
    if mark is None:
        return NOT_ATTEMPTED
    return mark.word if mark.word in WORDS else NOT_YET


def _person(student: str, result: Result | None, cohort: Cohort, order: Sequence[str], stuck: bool) -> Person:
    listed = not cohort.students or student in cohort.students
    standing = cohort.standings.get(student)
    if result is None:
        return Person(student, MISSING, None, standing, ("Nothing was submitted.",))
    eye = tuple(_eye(result, order, stuck)) + (() if listed else ("not in the class list",))
    if result.state in SCORED and standing is not None and standing.points is None:
        eye = (standing.why, *eye)
    checks = result.points if has_marks(result) and not _is_unread(result) else None
    return Person(student, result.state, checks, standing, eye)


def _is_unread(result: Result, question: str = "") -> bool:
    """Whether a notebook could not be read: the one with this question, or any."""
    unread = [one for one in result.notebooks if one.unread]
    return any(not question or mark.name == question for one in unread for mark in one.marks)


def has_marks(result: Result) -> bool:
    """Whether the judge gave verdicts. nbgrader's own command leaves none that we could read."""
    return result.state in (GRADED, REPAIRED)


def _eye(result: Result, order: Sequence[str], stuck: bool) -> Iterator[str]:
    """What the mentor should look at before giving feedback."""
    if not has_marks(result):
        yield result.reason or f"{result.state}, without a stated reason"
        return
    if stuck:
        yield "stuck"
    yield from (f"{one.name}: {one.stopped}" for one in result.notebooks if one.stopped)
    untouched = sum(_word(marks_of(result).get(name)) == NOT_ATTEMPTED for name in order)
    if untouched:
        yield f"{untouched} of {len(order)} not attempted"
    yield from result.notes
    yield from (note for one in result.notebooks for note in one.notes)


def _stuck(result: Result, order: Sequence[str], points: Mapping[str, float]) -> Stuck | None:
    """Whether an apprentice is stuck, by the rules in STUCK_IF."""
    marks = marks_of(result)
    words = {name: _word(marks.get(name)) for name in order}
    tried = [name for name in order if words[name] != NOT_ATTEMPTED]
    failed = [name for name in tried if words[name] != PASSED]
    on = failed[0] if failed else ""
    if order and not tried:
        return Stuck(result.student, order[0], "attempted nothing")
    if stopped := [f"{one.name}: {one.stopped}" for one in result.notebooks if one.stopped]:
        return Stuck(result.student, next((name for name in failed if words[name] == STOPPED), on), stopped[0])
    reached, possible = sum(marks[name].points for name in tried), sum(points[name] for name in tried)
    if len(tried) >= 2 and reached < possible / 3:
        return Stuck(result.student, on, f"{reached:g} of {possible:g} points in the {len(tried)} questions attempted")
    after = order[order.index(on) + 1 :] if on else []
    left = [name for name in after if words[name] == NOT_ATTEMPTED]
    if len(left) >= 2 and len(left) * 2 >= len(after):
        return Stuck(result.student, on, f"{len(left)} of the {len(after)} questions after it not attempted")
    return None


def _talk(asked: Sequence[Asked]) -> Iterator[str]:
    """What to talk about: what most people tried and did not pass; if that is less than three, what most left out."""
    hard = sorted((one for one in asked if one.failed >= 2), key=lambda one: (-one.failed, -one.possible))[:TALKS]
    for one in hard:
        said = f"{one.name}: {one.failed} of the {one.tried} who tried it did not pass"
        top = one.ideas[0] if one.ideas and one.ideas[0].count >= 2 else None
        same = "; no two of them with the same known wrong idea."
        how = f', {top.count} of them with "{top.name}". {top.says}' if top else same
        yield said + how
    left = sorted(
        (one for one in asked if one.counts[NOT_ATTEMPTED] >= 2 and one not in hard),
        key=lambda one: -one.counts[NOT_ATTEMPTED],
    )
    for one in left[: TALKS - len(hard)]:
        yield f"{one.name}: {one.counts[NOT_ATTEMPTED]} of {one.n} did not attempt it. Ask what kept them from it."
