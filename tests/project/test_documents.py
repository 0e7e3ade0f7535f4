"""Links in README, handbook and the other pages lead somewhere, and what the pages list exists."""

import re
from pathlib import Path

import pytest
from test_rooms import LEARNER, STAFF
from tree import ROOT, tracked

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^(```|~~~).*?^\1|^    .*?$", re.M | re.S)
ELSEWHERE = ("https://", "http://", "mailto:")


def links(text: str) -> list[str]:
    """The targets of a page's links, outside of code."""
    return LINK.findall(FENCE.sub("", text))


def anchors(text: str) -> set[str]:
    """The names that a page's headings can be linked by, as GitHub makes them."""
    headings = re.findall(r"^#+ +(.+?) *$", FENCE.sub("", text), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def problem(page: Path, target: str) -> str:
    """What is wrong with a link, or "" if it leads somewhere."""
    name, _, anchor = target.partition("#")
    path = (page.parent / name).resolve() if name else page
    if not path.is_relative_to(ROOT) or not path.exists():
        return f"{target}: there is no such file"
    if anchor and anchor not in anchors(path.read_text(encoding="utf-8")):
        return f"{target}: {path.name} has no such heading"
    return ""


def pages() -> list[str]:
    return [path.relative_to(ROOT).as_posix() for path in tracked("*.md")]


@pytest.mark.parametrize("name", pages())
def test_links_resolve(name: str) -> None:
    page = ROOT / name
    inside = [target for target in links(page.read_text(encoding="utf-8")) if not target.startswith(ELSEWHERE)]
    assert [said for target in inside if (said := problem(page, target))] == []


def test_a_link_to_nowhere_is_noticed(tmp_path: Path) -> None:
    page = ROOT / "README.md"
    assert problem(page, "handbook/no-such-page.md")
    assert problem(page, "README.md#no-such-heading")
    assert problem(page, "../elsewhere.md")
    assert not problem(page, "LICENSE")


def test_links_are_found_outside_of_code() -> None:
    assert links("[a](b.md) ![c](d.png)\n```\n[e](f)\n```\n    [g](h)\n[i](#j)") == ["b.md", "d.png", "#j"]


def test_headings_give_anchors() -> None:
    assert anchors("# I want to add: a question!\n## Two words") == {"i-want-to-add-a-question", "two-words"}


@pytest.mark.parametrize("door", ["apprentice", "mentor", "instructor", "contributor"])
def test_the_readme_has_a_door_for_everyone(door: str) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert re.search(rf"^## .*{door}", text, re.M | re.I)


def named_tests(page: str) -> list[Path]:
    """The test files in the last column of the table of attacks. Those of `tests/attacks/` are named without folder."""
    rows = [line.strip("| ") for line in page.splitlines() if line.startswith("| ")]
    names = [name.strip() for row in rows[1:] for name in row.rsplit("|", 1)[1].split(",")]
    return [ROOT / name if "/" in name else ROOT / "tests" / "attacks" / f"{name}.py" for name in names]


def test_the_table_of_attacks_names_tests_that_exist() -> None:
    named = named_tests((ROOT / "SECURITY.md").read_text(encoding="utf-8"))
    assert len(named) > 35
    assert [path for path in named if not path.is_file()] == []


def test_a_test_that_does_not_exist_is_noticed() -> None:
    missing, there = named_tests("| attack | test |\n|---|---|\n| forks | test_no_such, tests/grade/test_safe.py |\n")
    assert missing == ROOT / "tests" / "attacks" / "test_no_such.py" and not missing.exists()
    assert there.exists()


def rooms(page: str) -> list[str]:
    """The rooms that a page lists: indented lines of a name, spaces and a sentence. Those below `staff/` say so."""
    listed, inside = [], ""
    for line in page.splitlines():
        if line == "    staff/":
            inside = "staff."
        elif found := re.fullmatch(r"    (?:  )?(\w+) {2,}\S.*", line):
            listed.append(inside + found[1])
    return listed


def test_contributing_lists_every_room_in_its_order() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert rooms(page) == [*LEARNER, *(f"staff.{room}" for room in STAFF)]


def test_rooms_are_read_off_a_list() -> None:
    assert rooms("    make test\n\n    errors   what is raised\n    staff/\n      grade   marks\n") == [
        "errors",
        "staff.grade",
    ]
