"""Recordings: found by name or path, read when asked for, whole or said not to be."""

import hashlib
import json
import pickle
import shutil
from pathlib import Path

import pandas as pd
import pytest

from watchkeeper import Recording, otlp
from watchkeeper.errors import OtlpError, RecordingError
from watchkeeper.recording import Library, ahead

MS = 1_000_000


def spans(*rows: dict) -> pd.DataFrame:
    blank = {
        "trace_id": "a" * 32,
        "parent_span_id": "",
        "service": "frontend",
        "name": "work",
        "kind": "INTERNAL",
        "start_ns": MS,
        "end_ns": 2 * MS,
        "status": "UNSET",
        "status_message": "",
        "host": "h",
        "scope": "lib",
        "attributes": {},
        "events": [],
        "links": [],
    }
    return pd.DataFrame([blank | row for row in rows])


def span_id(number: int) -> str:
    return f"{number:016x}"


REQUESTS = spans(
    {
        "span_id": span_id(1),
        "service": "loadgenerator",
        "kind": "CLIENT",
        "start_ns": 5 * MS,
        "end_ns": 90 * MS,
        "status": "ERROR",
    },
    {
        "span_id": span_id(2),
        "parent_span_id": span_id(1),
        "kind": "SERVER",
        "start_ns": 6 * MS,
        "end_ns": 80 * MS,
        "attributes": {"http.request.method": "GET", "http.route": "/product/{id}"},
    },
    {
        "span_id": span_id(3),
        "parent_span_id": span_id(2),
        "kind": "SERVER",
        "service": "ads",
        "start_ns": 7 * MS,
        "attributes": {"http.request.method": "GET", "http.route": "/ads"},
        "end_ns": 9 * MS,
    },
    # A later piece of the trace, whose parent is lost: a root too, but not the longest.
    {"span_id": span_id(4), "parent_span_id": span_id(99), "start_ns": 10 * MS, "end_ns": 30 * MS, "service": "cart"},
    {"trace_id": "b" * 32, "span_id": span_id(5), "service": "email", "start_ns": MS, "end_ns": 3 * MS},
)


@pytest.fixture
def datasets(tmp_path: Path) -> Path:
    """Two recordings: lunch is whole, dinner has traces only."""
    for name in ("lunch", "dinner"):
        (tmp_path / "datasets" / name).mkdir(parents=True)
        otlp.write_spans(REQUESTS, tmp_path / "datasets" / name / "traces.jsonl.gz")
    lunch = tmp_path / "datasets" / "lunch"
    (lunch / "logs.jsonl").write_text("")
    (lunch / "metrics.jsonl").write_text("")
    (lunch / "deploys.jsonl").write_text('{"time_ns": 7, "service": "ads", "from": "1.0", "to": "1.1"}\n\n')
    checksum = hashlib.sha256((lunch / "traces.jsonl.gz").read_bytes()).hexdigest()
    (lunch / "card.toml").write_text(f'title = "Lunch"\n[sha256]\n"traces.jsonl.gz" = "{checksum.upper()}"\n')
    return tmp_path / "datasets"


def test_a_name_is_looked_up_in_the_folder_given(datasets: Path) -> None:
    lunch = Recording.open("lunch", datasets=datasets)
    assert (lunch.name, lunch.folder, lunch.card["title"]) == ("lunch", datasets / "lunch", "Lunch")
    assert len(lunch.spans) == 5
    assert lunch.logs.empty and lunch.metrics.empty


def test_or_in_the_folder_of_the_environment(datasets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCHKEEPER_DATASETS", str(datasets))
    assert Recording.open("dinner").name == "dinner"


def test_or_in_datasets_above(datasets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WATCHKEEPER_DATASETS", raising=False)
    below = datasets.parent / "release" / "module"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert Recording.open("lunch").folder == datasets / "lunch"


def test_a_name_that_is_not_there_says_what_is_and_where_it_looked(datasets: Path) -> None:
    (datasets / ".half").mkdir()
    (datasets / "held-back").mkdir()
    with pytest.raises(RecordingError) as caught:
        Recording.open("supper", datasets=datasets)
    assert str(caught.value) == f'there is no recording "supper" in {datasets}. There are: dinner, lunch.'


def test_with_no_recordings_at_all_it_says_what_to_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WATCHKEEPER_DATASETS", raising=False)
    monkeypatch.chdir(tmp_path)
    for name in ("supper", ""):
        with pytest.raises(RecordingError, match="set WATCHKEEPER_DATASETS"):
            Recording.open(name)


def test_nothing_is_read_before_it_is_asked_for(datasets: Path) -> None:
    (datasets / "lunch" / "logs.jsonl").write_text("not JSON\n")
    lunch = Recording.open("lunch", datasets=datasets)
    assert len(lunch.spans) == 5
    with pytest.raises(OtlpError, match="line 1"):
        _ = lunch.logs


def test_somebody_s_own_folder_and_file(datasets: Path, tmp_path: Path) -> None:
    own = tmp_path / "collector"
    own.mkdir()
    # Rotated and arbitrary names: some tell their signal, the others are opened to see.
    for name in ("trace-2026-11-22.json", "otel-output.jsonl"):
        otlp.write_spans(REQUESTS, own / name)
    assert len(Recording.open(own).spans) == 10
    alone = Recording.open(own / "otel-output.jsonl")
    assert (alone.name, len(alone.spans), alone.deploys.empty, alone.card) == ("otel-output", 5, True, {})
    with pytest.raises(RecordingError, match='"otel-output" has no logs; it holds traces'):
        _ = alone.logs


def test_what_is_readable_of_a_torn_file_is_kept_on_request(datasets: Path) -> None:
    path = datasets / "torn.jsonl"
    otlp.write_spans(REQUESTS, path)
    with path.open("a") as file:
        file.write('{"resourceSp')
    problems: list[OtlpError] = []
    assert len(Recording.open(path, problems=problems).spans) == 5
    assert problems[0].line == 2


def test_verify_compares_checksums(datasets: Path) -> None:
    lunch = Recording.open("lunch", datasets=datasets)
    assert lunch.verify() is lunch
    with (datasets / "lunch" / "traces.jsonl.gz").open("ab") as file:
        file.write(b"x")
    with pytest.raises(RecordingError, match=r"traces\.jsonl\.gz is not the file its card describes"):
        lunch.verify()
    (datasets / "lunch" / "traces.jsonl.gz").unlink()
    with pytest.raises(RecordingError, match=r"traces\.jsonl\.gz is missing"):
        lunch.verify()
    with pytest.raises(RecordingError, match="no card with checksums"):
        Recording.open("dinner", datasets=datasets).verify()


def test_deploys(datasets: Path) -> None:
    rows = Recording.open("lunch", datasets=datasets).deploys.to_dict("records")
    assert rows == [{"time_ns": 7, "service": "ads", "from": "1.0", "to": "1.1"}]
    assert Recording.open("dinner", datasets=datasets).deploys.dtypes["time_ns"] == "int64"


@pytest.mark.parametrize("line", ["{", "[]", "7", json.dumps({"time_ns": "x"})])
def test_a_deploy_that_is_none_gets_a_sentence(datasets: Path, line: str) -> None:
    (datasets / "lunch" / "deploys.jsonl").write_text(f"\n{line}\n")
    with pytest.raises(RecordingError, match="line 2: not a deploy"):
        _ = Recording.open("lunch", datasets=datasets).deploys


def test_a_card_that_is_no_toml_gets_a_sentence(datasets: Path) -> None:
    (datasets / "lunch" / "card.toml").write_text("title = \n")
    with pytest.raises(RecordingError, match=r"card\.toml cannot be read"):
        _ = Recording.open("lunch", datasets=datasets).card


def test_one_row_per_trace(datasets: Path) -> None:
    assert Recording.open("lunch", datasets=datasets).traces().to_dict("records") == [
        {
            "trace_id": "b" * 32,
            "route": "",
            "start_ns": MS,
            "duration_ms": 2,
            "status": "UNSET",
            "spans": 1,
            "services": 1,
            "root_span_id": span_id(5),
        },
        {
            "trace_id": "a" * 32,
            "route": "GET /product/{id}",
            "start_ns": 5 * MS,
            "duration_ms": 85,
            "status": "ERROR",
            "spans": 4,
            "services": 4,
            "root_span_id": span_id(1),
        },
    ]


def test_without_a_frontend_any_server_names_the_route(tmp_path: Path) -> None:
    otlp.write_spans(REQUESTS[REQUESTS["service"] != "frontend"], tmp_path / "t.jsonl")
    assert Recording.open(tmp_path / "t.jsonl").traces()["route"].tolist() == ["", "GET /ads"]


def test_a_trace_without_a_root_is_a_stretch_of_time(tmp_path: Path) -> None:
    loop = spans({"span_id": span_id(1), "parent_span_id": span_id(1), "start_ns": 2 * MS, "end_ns": 5 * MS})
    otlp.write_spans(loop, tmp_path / "t.jsonl")
    row = Recording.open(tmp_path / "t.jsonl").traces().iloc[0]
    assert row[["start_ns", "duration_ms", "status", "root_span_id"]].tolist() == [2 * MS, 3, "UNSET", ""]


def test_a_recording_without_spans_has_no_traces(tmp_path: Path) -> None:
    (tmp_path / "traces.jsonl").touch()
    assert Recording.open(tmp_path).traces().empty


def many(tmp_path: Path, *odd: dict, good: int = 29) -> Recording:
    """Requests of 10 to 38 ms, and odd ones among them, from a file."""
    now = 1_750_000_000 * 10**9
    server = {"kind": "SERVER", "attributes": {"http.request.method": "GET", "http.route": "/"}}
    rows = [
        server
        | {
            "trace_id": f"{n + 1:032x}",
            "span_id": span_id(n + 1),
            "start_ns": now + n * MS,
            "end_ns": now + (2 * n + 10) * MS,
        }
        for n in range(good)
    ]
    rows += [server | {"trace_id": "f" * 32, "span_id": "f" * 16, "start_ns": now} | each for each in odd]
    otlp.write_spans(spans(*rows), tmp_path / "traces.jsonl")
    return Recording.open(tmp_path / "traces.jsonl", problems=[])


NOW = 1_750_000_000 * 10**9
ODD = {
    "it never ended": {"end_ns": 0},
    "it ends before it starts": {"end_ns": NOW - MS},
    "its end is in microseconds": {"end_ns": NOW // 1000},
    "both times are in milliseconds": {"start_ns": NOW // MS, "end_ns": NOW // MS + 100},
    "it takes a century": {"end_ns": 2**63 - 1},
}


@pytest.mark.parametrize("case", ODD)
def test_a_request_without_a_possible_duration_is_counted_nowhere(tmp_path: Path, case: str) -> None:
    recording = many(tmp_path, ODD[case])
    usual, requests = many(tmp_path / "..").traces(), recording.traces()
    assert len(requests) == 30
    odd = requests[requests["trace_id"] == "f" * 32]
    assert odd["duration_ms"].isna().all() and odd["root_span_id"].item() == "f" * 16
    for number in ("mean", "min", "max", "median", "count"):
        assert getattr(requests["duration_ms"], number)() == getattr(usual["duration_ms"], number)()
    for quantile in (0, 0.5, 0.99, 1):
        assert recording.trace_at("GET /", quantile)["trace_id"].iloc[0] != "f" * 32
    assert recording.trace_at("GET /", 1)["span_id"].tolist() == [span_id(29)]
    # Its first time does not pull the others apart.
    assert requests["start_ns"].max() - requests["start_ns"].min() <= (NOW if "both" in case else 28 * MS)


def test_only_requests_without_a_possible_duration_have_no_rank(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="no request of 'GET /' with a known duration: none of 1"):
        many(tmp_path, {"end_ns": 0}, good=0).trace_at("GET /", 0.5)


def test_a_root_that_never_ended_is_not_replaced_by_a_piece_of_its_trace(tmp_path: Path) -> None:
    lost = {"span_id": "e" * 16, "parent_span_id": "d" * 16, "end_ns": NOW + 5 * MS}
    requests = many(tmp_path, {"end_ns": 0}, lost, good=1).traces()
    assert requests.set_index("trace_id")["duration_ms"].isna().to_dict() == {f"{1:032x}": False, "f" * 32: True}
    # A piece that never ended does not matter: the request has the duration of its own root.
    requests = many(tmp_path, {"end_ns": NOW + 7 * MS}, lost | {"end_ns": 0}, good=0).traces()
    assert requests["duration_ms"].tolist() == [7] and requests["root_span_id"].tolist() == ["f" * 16]


def test_a_piece_with_a_time_in_another_unit_does_not_begin_its_trace(tmp_path: Path) -> None:
    piece = {"span_id": "e" * 16, "parent_span_id": "f" * 16, "start_ns": NOW // 1000, "end_ns": NOW // 1000 + 5}
    requests = many(tmp_path, {"end_ns": NOW + 7 * MS}, piece, good=0).traces()
    assert (requests["start_ns"].tolist(), requests["duration_ms"].tolist()) == ([NOW], [7])


def test_a_span_that_was_recorded_twice_counts_once(tmp_path: Path) -> None:
    server = {"end_ns": NOW + 7 * MS}
    inner = {"span_id": "e" * 16, "parent_span_id": "f" * 16, "end_ns": NOW + 3 * MS}
    requests = many(tmp_path, server, inner, inner, server, good=0).traces()
    assert requests[["duration_ms", "spans"]].values.tolist() == [[7, 2]]


def test_a_server_that_shares_its_client_s_id_is_no_root(tmp_path: Path) -> None:
    client = {"kind": "CLIENT", "attributes": {}, "service": "browser", "end_ns": NOW + 9 * MS}
    requests = many(tmp_path, {"end_ns": NOW + 8 * MS, "status": "ERROR"}, client, good=0).traces()
    assert requests[["route", "duration_ms", "status", "spans"]].values.tolist() == [["GET /", 9, "UNSET", 2]]


def test_the_spans_of_one_trace(datasets: Path) -> None:
    lunch = Recording.open("lunch", datasets=datasets)
    one = lunch.trace("B" * 32)
    assert (one.index.tolist(), one["span_id"].tolist()) == ([0], [span_id(5)])
    with pytest.raises(RecordingError, match="has no trace cafe"):
        lunch.trace("cafe")


def test_what_traces_returns_is_the_caller_s_own(datasets: Path) -> None:
    lunch = Recording.open("lunch", datasets=datasets)
    table = lunch.traces()
    table["route"] = "spoiled"
    assert lunch.traces()["route"].tolist() == ["", "GET /product/{id}"]


def change(table: pd.DataFrame) -> None:
    """Everything that a reader may do to a table."""
    name = next(column for column in table.columns if column.endswith("_ns"))
    if len(table):
        table.loc[table.index[0], name] = -1
        table.iloc[0, list(table.columns).index(name)] = -2
        table.at[table.index[0], "service" if "service" in table.columns else "route"] = "mine"
    table[name] += 1
    table.sort_values(name, ascending=False, inplace=True)
    table.drop(columns=name, inplace=True)
    table.columns = [column.upper() for column in table.columns]
    table["new"] = 1
    table.attrs["note"] = "mine"
    table.index = table.index + 100


@pytest.mark.parametrize("what", ["spans", "logs", "metrics", "deploys", "traces", "trace", "trace_at"])
def test_a_changed_table_is_changed_for_no_one_else(datasets: Path, what: str) -> None:
    def table() -> pd.DataFrame:
        found = getattr(lunch, what)
        return (
            found(*{"trace": ["a" * 32], "trace_at": ["GET /product/{id}", 0.5]}.get(what, []))
            if callable(found)
            else found
        )

    lunch = Library(datasets, keep=True).open("lunch")
    mine, before = table(), table().copy(deep=True)
    change(mine)
    pd.testing.assert_frame_equal(table(), before)
    assert not table().attrs
    pd.testing.assert_frame_equal(lunch.traces(), Recording.open("lunch", datasets).traces())


def test_a_table_that_was_given_stays_the_giver_s_own(datasets: Path) -> None:
    given = Recording.open("lunch", datasets).spans
    made = Recording.of_tables("on paper", spans=given, deploys=pd.DataFrame({"time_ns": [1], "service": ["ads"]}))
    before = given.copy(deep=True)
    change(given)
    pd.testing.assert_frame_equal(made.spans, before)
    change(made.spans)
    pd.testing.assert_frame_equal(made.spans, before)
    made.card["title"] = "mine"
    assert made.card == {}


def test_every_signal_has_a_property_that_says_what_its_rows_are() -> None:
    for signal in otlp.SIGNALS:
        assert getattr(Recording, signal.table).__doc__.startswith("One row per "), signal.name


def test_a_recording_of_tables_has_what_it_was_given(
    datasets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = Recording.open("dinner", datasets).spans
    monkeypatch.chdir(tmp_path)
    (tmp_path / "card.toml").write_text('title = "another one"')
    (tmp_path / "deploys.jsonl").write_text('{"time_ns": 7, "service": "ads", "from": "1.0", "to": "1.1"}')
    made = Recording.of_tables("on paper", spans=given)
    assert (made.name, made.signals, made.card, len(made.deploys)) == ("on paper", ("traces",), {}, 0)
    pd.testing.assert_frame_equal(made.spans, given)
    assert len(made.traces()) == 2 and len(made.trace("b" * 32)) == 1
    with pytest.raises(RecordingError, match='"on paper" has no logs; it holds traces'):
        _ = made.logs
    deploys = pd.DataFrame({"time_ns": [1]})
    pd.testing.assert_frame_equal(Recording.of_tables("x", deploys=deploys).deploys, deploys)


def test_load_reads_what_there_is(datasets: Path) -> None:
    lunch, dinner = (Recording.open(name, datasets).load() for name in ("lunch", "dinner"))
    shutil.rmtree(datasets)
    assert (lunch.signals, dinner.signals) == (("traces", "logs", "metrics"), ("traces",))
    assert len(lunch.spans) == len(dinner.spans) == 5 and lunch.logs.empty and lunch.metrics.empty
    assert (lunch.card["title"], len(lunch.deploys), dinner.card, len(dinner.deploys)) == ("Lunch", 1, {}, 0)


def test_a_pickled_recording_takes_its_tables_along_and_nothing_else(datasets: Path) -> None:
    lunch = Recording.open("lunch", datasets)
    lunch.traces(), lunch.trace("b" * 32)
    packed = pickle.dumps(lunch)
    shutil.rmtree(datasets)
    again = pickle.loads(packed)
    assert set(vars(again)) == {*("folder", "name", "left_out", "_card", "_tables", "_files", "_problems")}
    assert again.signals == ("traces", "logs", "metrics") and again.folder == datasets / "lunch"
    pd.testing.assert_frame_equal(again.traces(), lunch.traces())
    assert repr(again) == repr(lunch) == '<Recording "lunch": traces, logs, metrics>'
    assert again.card == lunch.card and again.load() is again


def test_a_library_opens_by_name_and_keeps_open_if_asked(datasets: Path) -> None:
    fresh, keeping = Library(datasets), Library(datasets, keep=True)
    assert fresh.open("lunch") is not fresh.open("lunch")
    assert keeping.open("lunch") is keeping.open("lunch") is not Library(datasets, keep=True).open("lunch")
    with pytest.raises(RecordingError, match='no recording "supper"'):
        keeping.open("supper")


def test_what_was_read_ahead_is_handed_out_once(datasets: Path) -> None:
    Library(datasets).read_ahead(["lunch", "supper"])
    otlp.write_spans(REQUESTS[:1], datasets / "lunch" / "traces.jsonl.gz")
    first, second = Recording.open("lunch", datasets), Recording.open("lunch", datasets)
    assert [len(one.spans) for one in (first, second)] == [5, 1]
    assert len(first.spans) == 5


def test_what_was_read_ahead_is_only_for_the_same_files(datasets: Path) -> None:
    otlp.write_spans(REQUESTS[:1], datasets / "lunch" / "traces-2.jsonl")
    Library(datasets).read_ahead(["lunch"])
    try:
        assert len(Recording.open(datasets / "lunch" / "traces-2.jsonl").spans) == 1
        assert len(Recording.open("dinner", datasets).spans) == 5
        assert len(Recording.open("lunch", datasets, problems=[]).spans) == 6
    finally:
        assert len(Recording.open("lunch", datasets).spans) == 6
        assert (
            ahead.take(otlp.TRACES, [datasets / "lunch" / "traces.jsonl.gz", datasets / "lunch" / "traces-2.jsonl"])
            is None
        )
