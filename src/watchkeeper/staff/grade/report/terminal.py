"""The cohort report as text of at most 100 columns, for a terminal. `page.py` makes it a page for a browser."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from io import StringIO

from watchkeeper.check.outcome import NOT_ATTEMPTED, NOT_YET, PASSED, STOPPED
from watchkeeper.staff.grade.report.summary import STUCK_IF, Asked, Person, Summary
from watchkeeper.staff.grade.standing import number
from watchkeeper.words import duration, percent

COLUMNS = 100
NOTES = 3  # shown per apprentice, and then the number of the rest
LONGEST = 240  # characters of a note, which may quote a file's name
IDEAS = 10  # rows of wrong ideas in a short report


def text(found: Summary, anonymous: bool = False, whole: str = "") -> str:
    """The report. `anonymous` leaves out everything about single apprentices, for showing it to the class. `whole` is
    the command that prints all of it; if it is given, all but the most common wrong ideas are left out.
    """
    parts = [_head(found, anonymous), "" if anonymous else _people(found), _asked(found)]
    parts.append(_ideas(found, anonymous, whole))
    parts += ["" if anonymous else _stuck(found), _talk(found)]
    return "\n\n".join(part.rstrip() for part in parts if part.strip()) + "\n"


def plain(value: str) -> str:
    """A text from a submission without control characters, which a terminal would obey.

    >>> plain("a\\x1b[2Jb"), plain("two\\nlines"), plain("\\u202ereversed")
    ('a?[2Jb', 'two lines', 'reversed')
    """
    spaced = " ".join(value.split())
    kept = (one for one in spaced if unicodedata.category(one) != "Cf")
    return "".join(one if one.isprintable() else "?" for one in kept)


def eye(person: Person) -> list[str]:
    """What the mentor should look at, in at most four lines."""
    whole = [plain(one) for one in person.eye[:NOTES]]
    lines = [one if len(one) <= LONGEST else f"{one[:LONGEST]} ..." for one in whole]
    return lines + ([f"and {len(person.eye) - NOTES} more notes"] if len(person.eye) > NOTES else [])


def checks(person: Person, possible: float) -> str:
    """The judge's points and their share; "" for a submission that was not graded."""
    if person.checks is None:
        return ""
    return f"{person.checks:g} of {possible:g} ({percent(person.checks / possible if possible else 0, 0)})"


def points(person: Person) -> str:
    """The final points, as they are exported; "" for a submission without a grade."""
    found = person.standing
    return "" if found is None or found.points is None else f"{number(found.points)} of {number(found.possible)}"


def states(found: Summary) -> str:
    """How many apprentices there are, and in which states."""
    counts = ", ".join(f"{count} {state}" for state, count in found.states.items())
    number = len(found.people)
    return f"{number} apprentice{'' if number == 1 else 's'}: {counts or 'none'}."


def to_mark(found: Summary) -> str:
    """The reflections for the mentor to mark; "" if the module has none."""
    if not found.texts:
        return ""
    names = ", ".join(f"{name} ({worth:g})" for name, worth in found.texts.items())
    return f"Texts for you to mark, not in these: {names}. Until then, they count 0 in the points that are exported."


def ideas(asked: Asked, anonymous: bool) -> Iterator[tuple[str, str, str]]:
    """Wrong ideas: name, how many of those who tried, what it is. If anonymous, only those that two or more gave."""
    for idea in asked.ideas:
        if idea.count > 1 or not anonymous:
            yield idea.name, f"{idea.count} of {asked.tried}", idea.says


def _head(found: Summary, anonymous: bool) -> str:
    title = f"{found.module}: the cohort"
    said = [states(found), found.average, "" if anonymous else to_mark(found)]
    return "\n".join([title, "=" * len(title), "", *map(_folded, said)])


def _people(found: Summary) -> str:
    rows = [
        [
            person.student,
            person.state,
            checks(person, found.possible),
            points(person),
            duration(person.late.total_seconds(), most=2) if person.late else "",
            "\n".join(eye(person)),
        ]
        for person in found.people
    ]
    return _headed("Apprentices", _table(["apprentice", "state", "checks", "points", "late by", "to look at"], rows))


def _asked(found: Summary) -> str:
    rows = [
        [
            one.name,
            f"{one.possible:g}",
            *(str(one.counts[word]) for word in (PASSED, NOT_YET, STOPPED, NOT_ATTEMPTED)),
            percent(one.share, 0),
            str(one.n),
        ]
        for one in found.asked
    ]
    head = ["question", "points", "passed", "not yet", "code stopped", "not attempted", "mean share", "n"]
    return _headed("Questions", _table(head, rows, numbers=range(1, len(head))))


def _ideas(found: Summary, anonymous: bool, whole: str) -> str:
    rows = [[one.name, *idea] for one in found.asked for idea in ideas(one, anonymous)]
    if not rows:
        return ""
    head = ["question", "wrong idea", "given by", "what it is"]
    if not whole or len(rows) <= IDEAS:
        return _headed("Known wrong ideas", _table(head, rows, numbers=(2,)))
    shown = sorted(rows, key=lambda row: -int(row[2].partition(" ")[0]))[:IDEAS]
    left = f"All {len(rows)} of them: {whole}"
    return _headed(f"Known wrong ideas, the {IDEAS} most common", f"{_table(head, shown, numbers=(2,))}\n{left}")


def _stuck(found: Summary) -> str:
    rows = [[one.student, one.on, one.why] for one in found.stuck]
    body = _table(["apprentice", "on", "because"], rows) if rows else "No one, by the rules below."
    return _headed("Who is stuck", f"{body}\n{_folded(STUCK_IF)}")


def _talk(found: Summary) -> str:
    lines = [_folded(f"{number}. {one}", "   ") for number, one in enumerate(found.talk, 1)]
    return _headed("Worth talking about in the next session", "\n".join(lines) or "Nothing in particular.")


def _headed(heading: str, body: str) -> str:
    return f"{heading}\n{'-' * len(heading)}\n{body}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[int] = ()) -> str:
    """A table at most COLUMNS wide, whatever is in it; wide characters count as two."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for place, name in enumerate(head):
        table.add_column(Text(name), justify="right" if place in numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text("\n".join(map(plain, cell.split("\n")))) for cell in row))
    return _printed(table)


def _folded(value: str, indent: str = "") -> str:
    import textwrap

    return textwrap.fill(plain(value), COLUMNS, subsequent_indent=indent)


def _printed(table: object) -> str:
    from rich.console import Console

    out = StringIO()
    Console(file=out, width=COLUMNS, color_system=None, force_terminal=False, legacy_windows=False).print(table)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())
