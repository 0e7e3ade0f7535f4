"""The cohort report as one HTML file, for the screen and for paper: no script, and nothing is loaded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from watchkeeper.check.outcome import EDGE, NOT_ATTEMPTED, NOT_YET, PASSED, STOPPED
from watchkeeper.staff.grade.report import terminal
from watchkeeper.staff.grade.report.summary import STUCK_IF, Asked, Summary
from watchkeeper.staff.grade.result import FAILED, GRADED, MISSING, REPAIRED
from watchkeeper.words import duration, percent

TEMPLATE = Path(__file__).with_name("page.html.j2")
ORDER = (PASSED, NOT_YET, STOPPED, NOT_ATTEMPTED)

# The word says it; the color only makes it easier to find.
STATE = {GRADED: EDGE[PASSED], REPAIRED: "#0072B2", FAILED: EDGE[STOPPED], MISSING: EDGE[NOT_ATTEMPTED]}


def html(found: Summary, anonymous: bool = False) -> str:
    """The page. `anonymous` leaves out everything about single apprentices, for showing it to the class."""
    import jinja2

    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["plain"] = terminal.plain
    template = environment.from_string(TEMPLATE.read_text(encoding="utf-8"))
    return template.render(
        found=found,
        anonymous=anonymous,
        terminal=terminal,
        percent=percent,
        stuck_if=STUCK_IF,
        words=ORDER,
        edges=EDGE,
        state_edges=STATE,
        late={one.student: duration(one.late.total_seconds(), most=2) for one in found.people if one.late},
        bars={one.name: list(bar(one)) for one in found.asked},
        ideas={one.name: list(terminal.ideas(one, anonymous)) for one in found.asked},
    )


def write(found: Summary, path: Path, anonymous: bool = False) -> Path:
    """Write the page to a file, which may replace an earlier one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(html(found, anonymous), encoding="utf-8")
    return path


def bar(asked: Asked) -> Iterator[tuple[str, float, float]]:
    """The parts of a question's bar, which is 100 wide: word, start, width."""
    start = 0.0
    for word in ORDER:
        width = 100 * asked.counts[word] / asked.n if asked.n else 0.0
        if width:
            yield word, start, width
        start += width
