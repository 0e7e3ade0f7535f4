"""Everything people read is plain English: no phrase of `english.RULES`, with the exceptions below."""

from pathlib import Path

import english
import pytest
from english import RULES, Rule
from tree import ROOT, tracked

# Places that still have such phrases. Cleaning one means deleting it here; nothing else may be added.
NOT_YET = (
    "course/",  # the lessons' prose is rewritten with the trade's words
)

# (file, phrase, why it stays). Each must still be found.
SAID = "is on cards of recordings that stay as they are"
RECORDER = "src/watchkeeper/staff/recorder"
EXCEPTIONS = (
    ("src/watchkeeper/logs/grep.py", "e-mail", "the name of a rule, which answers contain"),
    ("tests/author/test_verify.py", "whoever", "quotes a question of the course"),
    ("handbook/shop.md", "roll-back", "a command is called that"),
    ("src/watchkeeper/shop/seed.py", "stands on", "a thing that stands on something"),
    ("src/watchkeeper/shop/services/recommendation/recommendation.py", "whoever", "is in the logs of recordings"),
    *((f"{RECORDER}/{name}.py", "nobody", SAID) for name in ("card", "compose")),
    *(
        (f"{RECORDER}/scenarios/{name}.py", phrase, SAID)
        for name, phrases in {
            "critical_path": ("somebody", "nobody", "anew", "roll-back", "SELECT a request", "SELECTs a request"),
            "latency": ("whoever", "anew"),
            "logs": ("somebody",),
            "tracing": ("whoever", "nobody", "roll-back", "spans a page"),
        }.items()
        for phrase in phrases
    ),
)

# Files that are not checked.
SKIPPED = (
    "tests/project/english.py",  # both hold phrases as examples
    "tests/project/test_english.py",
)
READ = (
    "*.py",
    "*.md",
    "*.j2",
    "*.yml",
    "*.cff",
    "*.css",
    "Makefile",
    ".ci/run",
    "pyproject.toml",
    "course/course.toml",
)


def files() -> list[str]:
    """The tracked files that the rules are held against."""
    names = [path.relative_to(ROOT).as_posix() for path in tracked(*READ)]
    return [name for name in names if name not in SKIPPED]


def excused(name: str, phrase: str) -> bool:
    return any((name, phrase.lower()) == (file, known.lower()) for file, known, _ in EXCEPTIONS)


@pytest.fixture(scope="module")
def found() -> dict[str, list[english.Finding]]:
    """The findings of each file, exceptions included."""
    return {name: english.findings(ROOT / name) for name in files()}


def test_what_people_read_is_plain_english(found: dict[str, list[english.Finding]]) -> None:
    said = [
        f"{name}:{one.line}: {one.phrase!r}. Better: {one.better}"
        for name, several in found.items()
        if not name.startswith(NOT_YET)
        for one in several
        if not excused(name, one.phrase)
    ]
    assert said == []


@pytest.mark.parametrize("place", NOT_YET)
def test_a_place_that_is_clean_is_not_listed_as_not_yet(place: str, found: dict[str, list[english.Finding]]) -> None:
    assert any(found[name] for name in found if name.startswith(place)), f"{place} is clean: delete it from NOT_YET"


@pytest.mark.parametrize(("file", "phrase", "why"), EXCEPTIONS)
def test_an_exception_is_still_needed(
    file: str, phrase: str, why: str, found: dict[str, list[english.Finding]]
) -> None:
    assert why
    assert phrase.lower() in [one.phrase.lower() for one in found[file]], "delete it from EXCEPTIONS"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.found)
def test_each_rule_finds_its_example_and_spares_the_other(rule: Rule) -> None:
    assert [one.better for one in english.in_text(rule.found)][:1] == [rule.better]
    assert list(english.in_text(rule.clean)) == []


def test_phrases_are_found_across_lines_and_told_by_line(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# A page\n\nOne row\na span, and\nit is no list.\n\nDone anew.\n", encoding="utf-8")
    assert [(one.line, one.phrase) for one in english.findings(page)] == [
        (3, "One row a span"),
        (5, "is no list"),
        (7, "anew"),
    ]


def test_in_code_comments_and_strings_are_read_and_names_are_not(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    lines = [
        '"""One row a span."""',
        "nobody = 1  # asked by",
        "# turns, anew",
        "say(f'{share} % of `anew`', 'nobody', x is None)",
        "colour = {'licence': 'is no list' 'or file'}",
    ]
    module.write_text("\n".join(lines), encoding="utf-8")
    found = [(one.line, one.phrase.strip()) for one in english.findings(module)]
    assert found == [(1, "One row a span"), (2, "by turns"), (3, "anew"), (4, "%"), (5, "is no listor")]
