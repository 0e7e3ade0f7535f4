"""The codec: every value comes back unchanged, and for damaged data the error names the place."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from watchkeeper.check.codec import Damaged, Tagged, from_plain, to_plain
from watchkeeper.check.key import find, load, packed, reflections
from watchkeeper.errors import KeyProblem
from watchkeeper.staff.author.source import compact
from watchkeeper.staff.grade.gradebook import autograded
from watchkeeper.staff.grade.result import GRADED, Graded, Mark, Result

ROOT = Path(__file__).parents[2]
KEYS = sorted(ROOT.glob("release/*/key.json"))


class Shape(Tagged):
    """Either of the two below."""


@dataclass(frozen=True)
class Circle(Shape):
    radius: float


@dataclass(frozen=True)
class Group(Shape):
    of: dict[str, Shape]


@dataclass(frozen=True)
class Everything:
    name: str
    count: int
    share: float
    sure: bool
    raw: bytes
    when: datetime | None
    words: tuple[str, ...]
    rows: list[list[str] | None]
    anything: Any
    shape: Shape
    more: dict[str, Circle] = field(default_factory=dict)


WHOLE = Everything(
    "a",
    3,
    0.5,
    True,
    b"\0\xff",
    datetime(2026, 3, 6, 17, tzinfo=UTC),
    ("x", "é\udc80"),
    [["a"], None],
    {"deep": [1, None]},
    Group({"one": Circle(1), "two": Group({})}),
    {"b": Circle(2.5)},
)
PLAIN = to_plain(WHOLE)


def test_every_type_comes_back_from_json_unchanged():
    assert from_plain(Everything, json.loads(json.dumps(PLAIN))) == WHOLE


def test_an_integer_in_a_float_field_is_written_as_an_integer():
    assert json.dumps(to_plain(from_plain(Circle, {"is": "Circle", "radius": 1}))) == '{"is": "Circle", "radius": 1}'


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": 3}, "name is int, not str"),
        ({"count": True}, "count is bool, not int"),
        ({"count": 3.5}, "count is float, not int"),
        ({"share": "0.5"}, "share is str, not float"),
        ({"share": None}, "share is NoneType, not float"),
        ({"sure": 1}, "sure is int, not bool"),
        ({"raw": "not base64!"}, "raw: 'not base64!' can't be read"),
        ({"when": "yesterday"}, "when: 'yesterday' can't be read"),
        ({"words": "ab"}, "words is str, not"),
        ({"words": ["a", None]}, "words[1] is NoneType, not str"),
        ({"rows": [["a"], [4]]}, "rows[1][0] is int, not str"),
        ({"shape": {"is": "Square"}}, "shape: no Shape is called 'Square'"),
        ({"shape": {"is": ["Circle"]}}, "no Shape is called"),
        ({"shape": {"is": "Shape"}}, "no Shape is called"),
        ({"shape": {"is": "Group", "of": {"one": {"is": "Circle"}}}}, "shape.of.one.radius is missing"),
        ({"more": {"b": {"radius": 1, "color": "red"}}}, "more.b"),
        ({"extra": 1}, "extra is unknown"),
    ],
)
def test_the_error_names_the_place_that_does_not_fit(change, said):
    with pytest.raises(Damaged) as told:
        from_plain(Everything, PLAIN | change)
    assert said in str(told.value)


@pytest.mark.parametrize("data", [None, [], "text", 3, {}])
def test_data_of_another_type_is_damaged(data):
    with pytest.raises(Damaged):
        from_plain(Everything, data)


def test_data_that_is_nested_too_deeply_is_damaged():
    deep: dict[str, Any] = {"is": "Circle", "radius": 1}
    for _ in range(5000):
        deep = {"is": "Group", "of": {"in": deep}}
    with pytest.raises(Damaged, match="too deeply"):
        from_plain(Shape, deep)


@pytest.mark.parametrize("path", KEYS, ids=lambda path: path.parent.name)
def test_a_committed_key_is_written_again_byte_for_byte(path):
    data = json.loads(path.read_text(encoding="utf-8"))
    again = packed(data["module"], data["edition"], reflections(path.parent), load(path.parent).values())
    assert compact(again) == path.read_text(encoding="utf-8")


def damage(key: dict[str, Any], name: str, change: Any) -> dict[str, Any]:
    entry = dict(key["questions"]["the-root"])
    if change is ...:
        del entry[name]
    else:
        entry[name] = change
    return key | {"questions": key["questions"] | {"the-root": entry}}


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("points", ..., "points is missing"),
        ("points", "3", "points is str, not float"),
        ("answer", {"is": "Shape of things"}, "no AnswerType is called"),
        ("answer", {"is": "Number"}, "answer.unit is missing"),
        ("hints", ["not veiled"], ""),
        ("hints", None, ""),
        ("passed", base64.b64encode(b"\xff").decode(), ""),
        ("wrong", [{"name": ""}], "hint"),
        ("right", {"": [3]}, "right.[0] is int"),
    ],
)
def test_a_damaged_question_is_reported_as_a_damaged_key(tmp_path, monkeypatch, name, change, said):
    whole = json.loads((ROOT / "release" / "00-welcome" / "key.json").read_text(encoding="utf-8"))
    (tmp_path / "key.json").write_text(json.dumps(damage(whole, name, change)))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(KeyProblem) as told:
        find("the-root")
    assert str(told.value).startswith("key.json is damaged (") and "from the kit" in str(told.value)
    assert said in str(told.value)
    assert find("what-waits").points == 1


def test_a_question_of_an_unknown_kind_asks_for_a_newer_kit(tmp_path, monkeypatch):
    whole = json.loads((ROOT / "release" / "00-welcome" / "key.json").read_text(encoding="utf-8"))
    (tmp_path / "key.json").write_text(json.dumps(damage(whole, "kind", "sing")))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(KeyProblem, match="Update the kit"):
        find("the-root")


def test_a_result_keeps_the_format_of_graded_json():
    """Compare with a `graded.json` of edition 2026.1, field by field: schools have such files."""
    mark = Mark("q", 1.5, 3, 0.5, "not yet", ("one", "two"), "mixed_up")
    result = Result(
        "ada", "00", GRADED, notebooks=(Graded("first", {}, (mark,), ("a note",), "", 1.25),), time=WHOLE.when
    )
    said = (
        '{"student": "ada", "module": "00", "state": "graded", "reason": "", "notebooks": [{"name": "first", '
        '"notebook": {}, "marks": [{"name": "q", "points": 1.5, "possible": 3, "share": 0.5, "word": "not yet", '
        '"lines": ["one", "two"], "misconception": "mixed_up"}], "notes": ["a note"], "stopped": "", '
        '"seconds": 1.25}], "time": "2026-03-06T17:00:00+00:00", "edition": "", "content": "", "notes": []}'
    )
    plain = to_plain(result)
    assert plain["notebooks"][0].pop("unread") is False  # came later, so it is optional
    assert json.dumps(plain) == said
    assert from_plain(Result, json.loads(said)) == result


@pytest.mark.parametrize("text", ["{}", "[]", "torn", '{"student": 3}', "null"])
def test_a_damaged_graded_json_counts_as_missing(tmp_path, text):
    place = tmp_path / "autograded" / "ada" / "00"
    place.mkdir(parents=True)
    (place / autograded.RECORD).write_text(text)
    assert autograded.recorded(tmp_path, "ada", "00") is None
