"""The waterfall: what it says, what it must not say, and what a hostile or odd trace does to it."""

import base64
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable

import pandas as pd
import pytest

from watchkeeper.errors import TraceError
from watchkeeper.plot import Figure, log_timeline, waterfall
from watchkeeper.plot.palette import INK
from watchkeeper.traces import Forest

Make = Callable[..., pd.DataFrame]
SVG = "{http://www.w3.org/2000/svg}"


def words(figure: Figure) -> list[str]:
    """All text that the picture shows; parsing it proves it well-formed."""
    root = ElementTree.fromstring(figure.svg.encode())
    return ["".join(element.itertext()) for element in root.iter(f"{SVG}text")]


def everything(figure: Figure) -> str:
    """Each face of a figure, with the picture decoded."""
    return "\n".join([figure.svg, figure.alt, figure.text, figure._repr_html_()])


# --- what it says ----------------------------------------------------------------------------------------------------


def test_picture_alt_and_twin_say_the_same(page: pd.DataFrame) -> None:
    figure = waterfall(page)
    finding = (
        "The request took 100 ms: 19 spans of 4 services, 1 error. The critical path runs through 18 of the 19 spans; "
        "most of it, 58.0 of 100 ms (58%), is cart serving “GET /carts”."
    )
    assert figure.finding == finding
    assert figure.alt.endswith(finding) and finding in figure.text and repr(figure) == figure.text
    shown = figure._repr_html_()
    assert f"<p>{finding}</p>" in shown and f'{finding}"' in shown.split("alt=")[1]
    assert "58.0" in words(figure)


def test_work_that_begins_long_after_the_root_does_not_squeeze_the_rest(make: Make) -> None:
    late = make(("r", "", "web", "GET /", "CLIENT", 0, 100), ("a", "r", "ads", "GET /ads", "SERVER", 40_000, 40_001))
    figure = waterfall(late)
    assert any("begins at 40,000 ms" in word for word in words(figure))
    assert "40,000" in figure.text
    assert {"0 ms", "100"} <= set(words(figure))


def test_html_is_an_image_with_a_data_url(page: pd.DataFrame) -> None:
    figure = waterfall(page)
    shown = figure._repr_html_()
    encoded = re.match(r'<img src="data:image/svg\+xml;base64,([^"]+)" alt="[^"]+"', shown)
    assert encoded and base64.b64decode(encoded[1]).decode() == figure.svg
    assert "<svg" not in shown and "<script" not in shown


def test_numbers_of_the_path_sum_to_the_request(page: pd.DataFrame) -> None:
    table = waterfall(page).table
    at = table.columns.index("on path, ms")
    assert sum(float(row[at] or 0) for row in table.rows) == pytest.approx(100, abs=0.05)


def test_off_path_row_has_no_number_on_the_path(page: pd.DataFrame) -> None:
    table = waterfall(page).table
    row = next(row for row in table.rows if row[1] == "GET /ads")
    assert row[table.columns.index("on path, ms")] == "" and "error" in row[-1]


def test_alike_siblings_share_a_row_with_their_number(page: pd.DataFrame) -> None:
    rows = waterfall(page).table.rows
    assert [(row[1], row[-1]) for row in rows[5:]] == [("GET /convert", "7 alike, added up")] * 2
    assert "frontend ×7 GET /convert" in words(waterfall(page))
    assert len(waterfall(page, fold=False).table.rows) == 19


def test_four_alike_are_not_folded(make: Make) -> None:
    root = ("r", "", "shop", "GET /", "SERVER", 0, 10)
    calls = [(f"c{n}", "r", "shop", "SELECT", "CLIENT", n, n + 1) for n in range(4)]
    assert len(waterfall(make(root, *calls)).table.rows) == 5


def test_order_of_rows_in_the_input_changes_nothing(page: pd.DataFrame) -> None:
    assert waterfall(page.iloc[::-1]).svg == waterfall(page).svg


def test_errors_are_said_in_a_word_and_drawn_as_a_cross(page: pd.DataFrame) -> None:
    healthy = page.assign(status="UNSET")
    cross = "l8 8m0 -8l-8 8"
    assert words(waterfall(page)).count("error") == 2, "in the legend and on the row"
    assert waterfall(page).svg.count(cross) > 0 == waterfall(healthy).svg.count(cross)
    assert "error" not in " ".join(words(waterfall(healthy)))


def test_highlight_marks_by_tone_and_word(page: pd.DataFrame) -> None:
    figure = waterfall(page, highlight="a")
    assert "Marked: frontend waiting for “GET /ads”." in figure.finding
    assert [row[1] for row in figure.table.rows if "marked" in row[-1]] == ["GET /ads"]
    assert "marked" in words(figure) and "marked" not in words(waterfall(page))


def test_a_title_of_ones_own(page: pd.DataFrame) -> None:
    assert words(waterfall(page, title="Before the fix"))[0] == "Before the fix"


# --- what it must not say --------------------------------------------------------------------------------------------


def test_without_the_path_no_word_and_no_line_of_it(page: pd.DataFrame) -> None:
    figure = waterfall(page, path=False)
    said = everything(figure).replace("<path ", "")
    assert "path" not in said and "critical" not in said
    black = f'stroke="{INK}"'
    assert black not in figure.svg and black in waterfall(page).svg


def test_without_the_path_the_path_is_not_even_computed(page: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("critical_path was called")

    monkeypatch.setattr("watchkeeper.plot.scene.critical_path", refuse)
    waterfall(page, path=False)
    with pytest.raises(AssertionError, match="was called"):
        waterfall(page)


def test_a_figure_builds_its_trees_once(page: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[int] = []
    of = Forest.of
    monkeypatch.setattr(Forest, "of", lambda spans: built.append(len(spans)) or of(spans))
    logs = pd.DataFrame(columns=["time_ns", "severity_number", "body", "trace_id", "span_id", "service"])
    for draw in (waterfall, lambda spans: log_timeline(spans, logs)):
        built.clear()
        draw(page)
        assert built == [len(page)]


def test_the_same_rows_with_and_without_the_path(make: Make) -> None:
    spans = many(make, 400)
    columns = slice(0, 2)
    with_path, without = (waterfall(spans, path=path, limit=20, fold=False).table.rows for path in (True, False))
    assert [row[columns] for row in with_path] == [row[columns] for row in without]


# --- hostile and odd traces ------------------------------------------------------------------------------------------

HOSTILE = (
    '</text></svg><script>alert(1)</script>" onerror="alert(1)',
    "'><img src=x onerror=alert(1)>",
    "]]>&amp;&lt;<!--",
    "null\x00 bell\x07 escape\x1b[31m newline\n tab\t",
    "\ud800 lone surrogate",
    "\u202eright to left\u202c",
    "名前が長い" * 50,
    "x" * 1_000_000,
    "",
    "Ünïcödé 🦩 é",
)


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_names_are_text(make: Make, name: str) -> None:
    spans = make(("a", "", name, name, "SERVER", 0, 10), ("b", "a", name, name, name or "CLIENT", 1, 2, "ERROR"))
    spans["trace_id"] = name or "t"
    figure = waterfall(spans, highlight="b", title=name)
    words(figure)
    shown = figure._repr_html_()
    assert len(shown) < 30_000
    for markup in ("<script", "<img src=x", "onerror=alert(1)>", '" onerror'):
        assert markup not in figure.svg and markup not in shown
    for char in "\x00\x07\x1b\ud800\u202e":
        assert char not in everything(figure)
    assert figure.text.count("\n") == 5, "title, finding, empty line, heading and two rows: no name breaks a line"


def test_labels_are_cut_to_their_column(make: Make) -> None:
    name = "W" * 200
    label = next(text for text in words(waterfall(make(("a", "", name, name, "SERVER", 0, 10))))[1:] if "W" in text)
    assert label.count("…") == 2 and len(label) < 40


def test_one_span_of_no_length(make: Make) -> None:
    figure = waterfall(make(("a", "", "shop", "GET /", "SERVER", 5, 5)))
    words(figure)
    assert figure.finding == "The request took 0 ms: 1 span of 1 service, no errors. No time is on the critical path."


def test_zero_length_span_is_still_seen(make: Make) -> None:
    figure = waterfall(make(("a", "", "s", "GET /", "SERVER", 0, 10), ("b", "a", "s", "tick", "INTERNAL", 4, 4)))
    widths = [float(right) - float(left) for left, right in re.findall(r"M([\d.]+) [\d.]+H([\d.]+)v12", figure.svg)]
    assert len(widths) == 2 and min(widths) == 2


def test_children_that_stick_out_stay_on_the_picture(make: Make) -> None:
    spans = make(("a", "", "s", "GET /", "SERVER", 10, 20), ("b", "a", "s", "late", "INTERNAL", 5, 40))
    figure = waterfall(spans)
    numbers = [float(number) for number in re.findall(r"[MH](-?[\d.]+)", figure.svg)]
    assert min(numbers) >= 0 and max(numbers) <= 900
    assert figure.finding.startswith("The request took 10.0 ms")


def test_orphans_and_several_roots_are_named(make: Make) -> None:
    spans = make(
        ("a", "", "s", "first", "SERVER", 0, 10),
        ("b", "gone", "s", "orphan", "SERVER", 2, 50),
        ("c", "", "s", "x", "SERVER", 3, 4),
    )
    figure = waterfall(spans)
    assert [(row[1], row[-1]) for row in figure.table.rows] == [("first", ""), ("orphan", "no parent"), ("x", "")]
    assert "most of it, 48.0 of 48.0 ms (100%)" in figure.finding, "the trace's path is its longest root's"


def test_cycles_and_repeated_ids_are_drawn_once_and_named(make: Make) -> None:
    spans = make(
        ("a", "", "s", "root", "SERVER", 0, 10),
        ("b", "b", "s", "self", "SERVER", 1, 2),
        ("c", "d", "s", "c", "SERVER", 2, 3),
        ("d", "c", "s", "d", "SERVER", 3, 4),
        ("a", "", "s", "again", "SERVER", 5, 6),
    )
    notes = {row[1]: row[-1] for row in waterfall(spans).table.rows}
    loop = dict.fromkeys(("self", "c", "d"), "own ancestor")
    assert notes == {"root": "", **loop, "again": "repeated id"}


# --- size ------------------------------------------------------------------------------------------------------------


def many(make: Make, count: int) -> pd.DataFrame:
    """A root with `count` queries of different names, each longer than the one before."""
    step = 1000 / count
    calls = [(f"q{n}", "r", "db", f"SELECT {n}", "CLIENT", n * step, n * step + step * n / count) for n in range(count)]
    return make(("r", "", "shop", "GET /", "SERVER", 0, 1000), *calls)


def test_five_thousand_spans_are_cut_to_the_longest(make: Make) -> None:
    figure = waterfall(many(make, 5000))
    assert len(figure.table.rows) == 60 and len(figure.svg) < 60_000
    kept = [int(row[1].removeprefix("SELECT ")) for row in figure.table.rows[1:]]
    assert kept == sorted(kept) and kept[0] >= 4930, "the longest, in time order"
    assert "+4941 rows" in words(figure)
    assert "… 4,941 shorter rows not shown; " in figure.text and "… 4,941 shorter rows" in words(figure)[-1]


def test_five_thousand_alike_spans_are_one_row(make: Make) -> None:
    spans = many(make, 5000)
    figure = waterfall(spans.assign(name=spans["name"].str.replace(r"\d+", "x", regex=True)))
    assert len(figure.table.rows) == 2 and len(figure.svg) < 60_000
    assert "db ×5,000 SELECT x" in words(figure)


def test_a_chain_ten_thousand_deep(make: Make) -> None:
    chain = [(f"s{n}", f"s{n - 1}" if n else "", "s", f"call {n}", "SERVER", n, 20_001 - n) for n in range(10_000)]
    figure = waterfall(make(*chain))
    assert len(figure.table.rows) == 60 and len(figure._repr_html_()) < 120_000


# --- users' mistakes -------------------------------------------------------------------------------------------------


def test_mistakes_are_one_sentence_with_what_to_do_next(page: pd.DataFrame) -> None:
    with pytest.raises(TraceError, match=r"spans are of 2; use recording\.trace\(trace_id\)"):
        waterfall(pd.concat([page, page.assign(trace_id="other")]))
    with pytest.raises(TraceError, match=r"no span to draw; look for the trace's id in recording\.traces\(\)"):
        waterfall(page.iloc[:0])
    with pytest.raises(TraceError, match="needs the column service, status; give it rows of Recording"):
        waterfall(page.drop(columns=["service", "status"]))
    with pytest.raises(TraceError, match="highlight names the span 'zz', which is not in this trace"):
        waterfall(page, highlight=["a", "zz"])


def test_the_input_is_left_as_it_is(page: pd.DataFrame) -> None:
    before = page.copy()
    waterfall(page, highlight="a")
    pd.testing.assert_frame_equal(page, before)


NOW = 1_750_000_000 * 10**9


def odd_one(page: pd.DataFrame, row: int, start_ns: int | None, end_ns: int) -> pd.DataFrame:
    """The page at a time of our days, with other times for one of its spans."""
    now = page.assign(start_ns=page["start_ns"] + NOW, end_ns=page["end_ns"] + NOW)
    at = now.index[row]
    now.loc[at, ["start_ns", "end_ns"]] = [now.loc[at, "start_ns"] if start_ns is None else start_ns, end_ns]
    now.loc[at, "duration_ms"] = (now.loc[at, "end_ns"] - now.loc[at, "start_ns"]) / 1e6
    return now


@pytest.mark.parametrize("end_ns", [0, NOW - 5, 2**63 - 1])
def test_a_request_that_never_ended_has_no_duration(page: pd.DataFrame, end_ns: int) -> None:
    figure = waterfall(odd_one(page, 0, None, end_ns))
    assert figure.finding.startswith("The request's duration is unknown: 19 spans of 4 services, 1 error. ")
    assert (
        "The duration of 1 span is unknown" in figure.finding and "No time is on the critical path." in figure.finding
    )
    top = dict(zip(figure.table.columns, figure.table.rows[0], strict=True))
    assert (top["starts at, ms"], top["duration, ms"], top["notes"]) == ("0", "unknown", "no duration")
    assert not re.search(r"-\d{4}|nan|inf\b", figure.text)


@pytest.mark.parametrize(("start_ns", "end_ns"), [(None, 0), (NOW // 1000, NOW // 1000 + 9), (0, NOW)])
def test_one_span_with_impossible_times_does_not_stretch_the_picture(
    page: pd.DataFrame, start_ns: int | None, end_ns: int
) -> None:
    figure = waterfall(odd_one(page, 3, start_ns, end_ns))
    assert (
        figure.finding.startswith("The request took 100 ms: ") and "The duration of 1 span is unknown" in figure.finding
    )
    rows = [dict(zip(figure.table.columns, row, strict=True)) for row in figure.table.rows]
    assert [row["duration, ms"] for row in rows].count("unknown") == 1
    assert all(0 <= float(row["starts at, ms"]) <= 100 for row in rows)


def test_a_client_and_a_server_with_one_id_have_a_row_each(page: pd.DataFrame) -> None:
    shared = page.replace({"span_id": {"cs": "c"}})
    shared.loc[shared["service"] == "cart", "parent_span_id"] = "f"
    plain, figure = waterfall(page), waterfall(shared)
    assert figure.finding == plain.finding and figure.table.rows == plain.table.rows
