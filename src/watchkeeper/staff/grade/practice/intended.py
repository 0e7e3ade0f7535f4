"""The plan of an invented cohort, which tests compare the grades with. Pure: the same seed gives the same plan."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from watchkeeper.check.codec import to_plain
from watchkeeper.check.outcome import NOT_ATTEMPTED, NOT_YET, PASSED, STOPPED
from watchkeeper.kit.archive import slug
from watchkeeper.staff.author.marking import Marking
from watchkeeper.staff.errors import CohortError
from watchkeeper.staff.grade.practice import invented
from watchkeeper.staff.grade.result import FAILED, GRADED, MISSING, REPAIRED, Result

# How a submission was made.
ALL_RIGHT, ALL_WRONG, MIXED, PARTIAL, LATE = "all right", "all wrong", "mixed", "partial", "late"
TWICE, BARE, RENAMED = "a cell twice", "metadata lost", "renamed notebook"
CRASHING, LOOPING, NOT_JSON, NEVER = "a crashing cell", "an endless loop", "not JSON", "never handed in"
FIRST = (ALL_RIGHT, MIXED, PARTIAL, LATE, ALL_WRONG, TWICE, BARE, RENAMED, CRASHING, LOOPING, NOT_JSON, NEVER)
USUAL = (MIXED, ALL_RIGHT, MIXED, MIXED, PARTIAL, MIXED, LATE, MIXED, ALL_WRONG, MIXED, TWICE, MIXED, BARE)
RARE = (RENAMED, CRASHING, NOT_JSON, NEVER, LOOPING)
EVERY = 20  # after the first twelve, one in this many is a rare one: a loop takes the grader's whole time budget

# What an answer is; every other choice is the name of a known wrong answer.
RIGHT, UNTOUCHED, CRASH, LOOP = "right", "untouched", "crash", "loop"

DUE = datetime(2026, 3, 6, 17, 0, tzinfo=UTC)
MOST_WRONG = 0.6  # the largest share of wrong answers to a question, not counting apprentices who are all wrong


@dataclass(frozen=True)
class Planned:
    """One apprentice: the kind of submission, a choice per question, a quality per text, and when it comes."""

    name: str
    kind: str
    answers: Mapping[str, str]
    texts: Mapping[str, str]
    time: datetime | None

    @property
    def student(self) -> str:
        """The name in files and folders."""
        return slug(self.name)

    @property
    def state(self) -> str:
        """The state that grading should end in."""
        repaired = dict.fromkeys((TWICE, BARE, RENAMED), REPAIRED)
        return (repaired | {NOT_JSON: FAILED, NEVER: MISSING}).get(self.kind, GRADED)

    def word(self, question: str) -> str:
        """The outcome that a question should have, if it is graded: after an endless loop the time may be used up."""
        words = {RIGHT: PASSED, UNTOUCHED: NOT_ATTEMPTED, CRASH: STOPPED, LOOP: STOPPED}
        return words.get(self.answers[question], NOT_YET)

    def misconception(self, question: str) -> str:
        """The known wrong answer that was given, or ""."""
        choice = self.answers[question]
        return "" if choice in (RIGHT, UNTOUCHED, CRASH, LOOP) else choice

    def to_json(self) -> dict[str, Any]:
        """Plain data, for a file next to the submissions."""
        return {
            "student": self.student,
            **to_plain(self),
            "state": self.state,
        }


def kinds(students: int = 12) -> tuple[str, ...]:
    """The kinds of a cohort of that size: first one of each, then mostly the usual ones. Raises CohortError."""
    most = len(invented.names(10_000))
    if not 1 <= students <= most:
        raise CohortError(f"A cohort of {students} can't be made: ask for 1 to {most} students.")
    return tuple(map(_kind, range(students)))


def plan(
    marks: Marking, points: Mapping[str, float], kinds: Sequence[str] = FIRST, seed: int = 1
) -> tuple[Planned, ...]:
    """The cohort of a module, one student per kind. `points` (in teaching order) says which questions it has.

    The known wrong answers of each question are dealt out in turn, so that as many of them occur as wrong answers are
    given; once all have occurred, the first of the marking is the most common.
    """
    names = invented.names(len(kinds))
    dice = random.Random(f"watchkeeper {seed}")
    questions = [name for name in points if name in marks.questions]
    weak = [dice.random() for _ in kinds]  # some have many wrong answers, some few
    answers = [_spoilt(kind, questions, dice) for kind in kinds]
    for question in questions:
        wrong = list(marks.questions[question].wrong)
        free = [number for number, given in enumerate(answers) if question not in given]
        for number, choice in _dealt({number: kinds[number] for number in free}, weak, wrong, dice).items():
            answers[number][question] = choice
    answers = [{name: given[name] for name in questions} for given in answers]
    reflections = [name for name in points if name in marks.reflections]
    return tuple(
        Planned(name, kind, given, _texts(kind, reflections, dice), _time(kind, dice))
        for name, kind, given in zip(names, kinds, answers, strict=True)
    )


def differences(people: Sequence[Planned], results: Sequence[Result]) -> list[str]:
    """One sentence per grade that is not what was intended: states, outcomes, recognized wrong ideas."""
    found = {one.student: one for one in results}
    said = []
    for person in people:
        result = found.get(person.student)
        state = result.state if result else MISSING
        if state != person.state:
            said.append(f"{person.student} ({person.kind}) is {state}, and was meant to be {person.state}.")
        if result and person.state in (GRADED, REPAIRED):
            marks = {mark.name: (mark.word, mark.misconception) for one in result.notebooks for mark in one.marks}
            for question in person.answers:
                meant = (person.word(question), person.misconception(question))
                if (given := marks.get(question)) != meant:
                    said.append(f"{person.student} ({person.kind}), {question}: {given}, and was meant to be {meant}.")
    return said


def _kind(number: int) -> str:
    if number < len(FIRST):
        return FIRST[number]
    later = number - len(FIRST)
    return RARE[later // EVERY % len(RARE)] if later % EVERY == EVERY - 1 else USUAL[later % len(USUAL)]


def _spoilt(kind: str, questions: Sequence[str], dice: random.Random) -> dict[str, str]:
    """Which of a submission's answers are special: several left out, one that crashes, one that never ends."""
    if kind == PARTIAL and len(questions) > 1:
        done = dice.randint(max(1, len(questions) // 4), max(1, len(questions) // 2))
        return dict.fromkeys(questions[done:], UNTOUCHED)
    if kind in (CRASHING, LOOPING) and questions:
        return {dice.choice(questions): CRASH if kind == CRASHING else LOOP}
    return dict.fromkeys(questions, UNTOUCHED) if kind == NEVER else {}


def _dealt(
    kinds: Mapping[int, str], weak: Sequence[float], wrong: Sequence[str], dice: random.Random
) -> dict[int, str]:
    """A choice for one question, by number of apprentice. Submissions that can't be graded get no wrong answers."""
    free = [number for number, kind in kinds.items() if kind not in (ALL_RIGHT, ALL_WRONG, NOT_JSON)]
    luck = {number: dice.random() for number in free}
    free.sort(key=lambda number: 0.6 * weak[number] + luck[number], reverse=True)
    many = max(math.ceil(dice.uniform(0.25, 0.5) * len(free)), min(len(wrong), int(MOST_WRONG * len(free))))
    chosen = [number for number, kind in kinds.items() if kind == ALL_WRONG] + free[:many]
    found = dict.fromkeys(kinds, RIGHT)
    for position, number in enumerate(chosen):
        found[number] = wrong[position if position < len(wrong) else dice.choice((0, 0, position % len(wrong)))]
    return found


def _texts(kind: str, reflections: Sequence[str], dice: random.Random) -> dict[str, str]:
    weights = (6, 1, 0, 0) if kind == ALL_RIGHT else (0, 1, 2, 5) if kind == PARTIAL else (3, 4, 2, 1)
    return {name: dice.choices(invented.QUALITIES, weights)[0] for name in reflections}


def _time(kind: str, dice: random.Random) -> datetime | None:
    if kind == NEVER:
        return None
    minutes = dice.randint(15, 4000)
    return DUE + timedelta(minutes=minutes) if kind == LATE else DUE - timedelta(minutes=minutes)
