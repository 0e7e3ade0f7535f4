"""A folder of files from elsewhere: each one is used, or is an error, or is listed with the reason."""

import gzip
import json
import re
from pathlib import Path

import pandas as pd
import pytest

from watchkeeper import Recording, otlp
from watchkeeper.errors import OtlpError, RecordingError
from watchkeeper.recording import Library

RESOURCE = {"attributes": [{"key": "service.name", "value": {"stringValue": "web"}}]}
SPAN = {
    "traceId": "a" * 32,
    "spanId": "b" * 16,
    "name": "GET /",
    "startTimeUnixNano": "1000",
    "endTimeUnixNano": "3000",
}
TRACES = {"resourceSpans": [{"resource": RESOURCE, "scopeSpans": [{"spans": [SPAN]}]}]}
AGAIN = {"resourceSpans": [{"resource": RESOURCE, "scopeSpans": [{"spans": [SPAN | {"spanId": "d" * 16}]}]}]}
LOGS = {"resourceLogs": [{"resource": RESOURCE, "scopeLogs": [{"logRecords": [{"timeUnixNano": "5"}]}]}]}
POINT = {"name": "up", "gauge": {"dataPoints": [{"timeUnixNano": "9", "asInt": "4"}]}}
METRICS = {"resourceMetrics": [{"resource": RESOURCE, "scopeMetrics": [{"metrics": [POINT]}]}]}
JAEGER = {
    "data": [
        {"traceID": "7", "spans": [{"spanID": "c", "startTime": 1, "duration": 2, "process": {"serviceName": "x"}}]}
    ]
}
ZSTD = b"\x28\xb5\x2f\xfd" + b"\0" * 40


def put(folder: Path, **files: object) -> Path:
    """Write files; `__` in a name stands for a dot. Objects become a line of JSON each, bytes stay, .gz is packed."""
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        path = folder / name.replace("__", ".")
        lines = content if isinstance(content, list) else [content]
        raw = content if isinstance(content, bytes) else b"".join(json.dumps(line).encode() + b"\n" for line in lines)
        path.write_bytes(gzip.compress(raw) if ".gz" in path.name and raw[:2] != b"\x1f\x8b" else raw)
    return folder


def sizes(recording: Recording) -> dict[str, int]:
    return {
        signal.name: len(getattr(recording, signal.table))
        for signal in otlp.SIGNALS
        if signal.name in recording.signals
    }


@pytest.mark.parametrize("name", ["telemetry.json", "traces.jsonl", "logs.jsonl.gz", "x", "dump.txt"])
def test_a_file_with_all_signals_gives_all_of_them(tmp_path: Path, name: str) -> None:
    put(tmp_path / "mixed", **{name.replace(".", "__"): [TRACES, LOGS, METRICS, AGAIN, LOGS]})
    alone = Recording.open(tmp_path / "mixed" / name)
    assert sizes(alone) == {"traces": 2, "logs": 2, "metrics": 1}
    put(tmp_path / "mixed", more__jsonl=LOGS)
    problems: list[OtlpError] = []
    for folder in (Recording.open(tmp_path / "mixed"), Recording.open(tmp_path / "mixed", problems=problems)):
        assert sizes(folder) == {"traces": 2, "logs": 3, "metrics": 1}
        assert repr(folder) == '<Recording "mixed": traces, logs, metrics>' and folder.left_out == {}
    assert problems == []


def test_what_a_mixed_file_lacks_is_said_without_a_circle(tmp_path: Path) -> None:
    put(tmp_path, all__json=[TRACES, METRICS])
    for path in (tmp_path / "all.json", tmp_path):
        with pytest.raises(RecordingError, match=r"has no logs; it holds traces, metrics$"):
            _ = Recording.open(path).logs


def test_mixed_files_are_read_ahead_once_for_each_signal(tmp_path: Path) -> None:
    put(tmp_path / "mixed", all__json=[TRACES, LOGS, METRICS])
    Library(tmp_path).read_ahead(["mixed"])
    put(tmp_path / "mixed", all__json=[TRACES, TRACES, LOGS, METRICS])
    ahead = Recording.open("mixed", tmp_path)
    assert ahead.metrics["value"].tolist() == [4]
    assert sizes(ahead) == {"traces": 1, "logs": 1, "metrics": 1}
    assert sizes(Recording.open("mixed", tmp_path)) == {"traces": 2, "logs": 1, "metrics": 1}


def test_rotated_files_and_odd_names_are_all_read(tmp_path: Path) -> None:
    names = (
        "traces__jsonl",
        "traces__jsonl__1",
        "traces__jsonl__2__gz",
        "traces-2026-11-29T10-00-00__jsonl",
        "traces-2026-11-28__jsonl__gz",
        "spans__json",
        "Traces__JSON",
        "otel__ndjson",
        "export__otlp",
        "trace",
        "dump",
    )
    put(tmp_path, **dict.fromkeys(names, TRACES), jaeger__json=JAEGER)
    assert sizes(Recording.open(tmp_path)) == {"traces": len(names) + 1}


def test_other_files_do_not_block_the_folder_and_are_listed(tmp_path: Path) -> None:
    put(
        tmp_path / "own",
        traces__jsonl=TRACES,
        package__json={"name": "shop", "version": "1.0.0"},
        dashboard__json={"panels": [{"targets": [{"query": "traceID"}]}], "title": "Shop"},
        config__yaml=b"receivers:\n  otlp:\n",
        notes__md=b"# Notes\n",
        picture__png=b"\x89PNG\r\n\x1a\n\0\0",
        empty__json=b"",
        collector__log=b"2026-11-29 started\n",
        otel_collector_config__json={"service": {"pipelines": {}}},
        otel_stack_trace__txt=b"Traceback (most recent call last):\n",
        logs__csv=b"time,body\n",
        events__jsonl=[{"event": "release"}, {"event": "holiday"}],
        deploys__jsonl=b"",
        card__toml=b'title = "Own"\n',
        private__toml=b"",
    )
    (tmp_path / "own" / "older").mkdir()
    problems: list[OtlpError] = []
    strict, lenient = Recording.open(tmp_path / "own"), Recording.open(tmp_path / "own", problems=problems)
    assert sizes(strict) == sizes(lenient) == {"traces": 1}
    others = [
        "collector.log",
        "config.yaml",
        "dashboard.json",
        "empty.json",
        "events.jsonl",
        "logs.csv",
        "notes.md",
        "older",
        "otel_collector_config.json",
        "otel_stack_trace.txt",
        "package.json",
        "picture.png",
    ]
    assert list(strict.left_out) == others
    assert [Path(problem.path).name for problem in problems] == others
    assert all(problem.text.startswith("left out: ") for problem in problems)
    assert strict.left_out["package.json"].startswith("an object with name, version: neither OTLP")
    assert (strict.left_out["empty.json"], strict.left_out["older"]) == (
        "an empty file",
        "a folder; open it on its own",
    )
    assert repr(strict).endswith("traces; left out: " + ", ".join(others) + ">")
    with pytest.raises(RecordingError, match=r"it holds traces\. Left out: collector\.log \(not JSON"):
        _ = strict.metrics


LOOKS_LIKE_IT = {
    "traces-2026-11-28T10-00-00__jsonl__zst": (ZSTD, r"zstd -d --rm .*traces-2026-11-28T10-00-00\.jsonl\.zst"),
    "traces__pb": (b"\n\xb4\x02\n\x1e\n\x1c\n\x0cservice.name", "protobuf"),
    "spans__parquet": (b"PAR1\x15\x04", "a Parquet file"),
    "traces__jsonl__1": (b"<html>", "a web page"),
    "trace": (b'{"resourceSpans": [', "ends in the middle"),
}


@pytest.mark.parametrize("name", LOOKS_LIKE_IT)
def test_a_file_named_after_a_signal_that_cannot_be_read_is_an_error_of_that_signal(tmp_path: Path, name: str) -> None:
    content, sentence = LOOKS_LIKE_IT[name]
    put(tmp_path, good__jsonl=[TRACES, LOGS], **{name: content})
    recording = Recording.open(tmp_path)
    assert len(recording.logs) == 1
    with pytest.raises(OtlpError, match=sentence):
        _ = recording.spans
    problems: list[OtlpError] = []
    assert len(Recording.open(tmp_path, problems=problems).spans) == 1
    assert len(problems) == 1 and re.search(sentence, problems[0].text)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("otel__jsonl__zst", ZSTD, "zstd"),
        ("backup__jsonl", b'{"resourceSpans": [', "ends in the middle"),
        ("export__json", b'{"data": [{"traceID": "7", ', "ends in the middle"),
        ("export__json__gz", b'{"resource_logs": [{', "ends in the middle"),
        ("otel__json", json.dumps(TRACES).encode("utf-16"), "UTF-16"),
        # Without mtime=0 the test would have another name in each of the processes.
        ("telemetry__jsonl__gz", gzip.compress(b"x" * 99, mtime=0)[:20], "gzip"),
        ("export__json__zst", ZSTD, "zstd"),
        ("zipkin__json", [{"traceId": "a", "id": "b", "timestamp": 1}], "Zipkin"),
        ("dump__json", [{"traceId": "a", "id": "b", "timestamp": 1}], "Zipkin"),
    ],
)
def test_a_file_that_looks_like_telemetry_otherwise_is_an_error_of_the_folder(
    tmp_path: Path, name: str, content: object, sentence: str
) -> None:
    put(tmp_path, traces__jsonl=TRACES, **{name: content})
    with pytest.raises(OtlpError, match=sentence):
        Recording.open(tmp_path)
    problems: list[OtlpError] = []
    assert sizes(Recording.open(tmp_path, problems=problems)) == {"traces": 1}
    assert [Path(problem.path).name for problem in problems] == [name.replace("__", ".")]
    assert sentence in problems[0].text


def test_a_packed_file_next_to_its_unpacked_form_is_left_out(tmp_path: Path) -> None:
    put(tmp_path, traces__jsonl=TRACES, traces__jsonl__zst=ZSTD, otel__jsonl=LOGS, otel__jsonl__xz=b"\xfd7zXZ\0")
    put(tmp_path, otel__jsonl__gz=LOGS, traces__jsonl__gz=[TRACES, TRACES])
    recording = Recording.open(tmp_path)
    # A gzip file of another size is another file.
    assert sizes(recording) == {"traces": 3, "logs": 1}
    assert recording.left_out == {
        "otel.jsonl.gz": "packed, and otel.jsonl is here",
        "otel.jsonl.xz": "packed, and otel.jsonl is here",
        "traces.jsonl.zst": "packed, and traces.jsonl is here",
    }


@pytest.mark.parametrize("name", ["traces__json", "anything"])
def test_a_single_file_that_cannot_be_read_is_refused_when_it_is_opened(tmp_path: Path, name: str) -> None:
    put(tmp_path, **{name: ZSTD})
    with pytest.raises(OtlpError, match="packed with zstd"):
        Recording.open(tmp_path / name.replace("__", "."))
    put(tmp_path, anything=b"")
    with pytest.raises(OtlpError, match="anything: an empty file"):
        Recording.open(tmp_path / "anything")


def test_a_folder_without_telemetry_says_what_it_holds(tmp_path: Path) -> None:
    put(tmp_path / "a", package__json={"name": "shop"})
    with pytest.raises(RecordingError, match=r"a holds no telemetry\. Left out: package\.json \(an object with name"):
        Recording.open(tmp_path / "a")
    put(tmp_path / "b", notes__md=b"# Notes")
    with pytest.raises(RecordingError, match=r"b holds no telemetry\. Left out: notes\.md \(not JSON"):
        Recording.open(tmp_path / "b")
    (tmp_path / "c" / "d").mkdir(parents=True)
    with pytest.raises(RecordingError, match=r"the folder .*c holds no files \(it holds d\)"):
        Recording.open(tmp_path / "c")


def test_telemetry_under_the_name_of_a_document_is_found(tmp_path: Path) -> None:
    put(tmp_path, otel__log=[TRACES, LOGS], notes__txt=b"Notes")
    assert sizes(Recording.open(tmp_path)) == {"traces": 1, "logs": 1}


def test_what_was_left_out_survives_pickling(tmp_path: Path) -> None:
    put(tmp_path, traces__jsonl=TRACES, package__json={"name": "shop"})
    recording = Recording.open(tmp_path)
    assert pd.read_pickle(pickled(recording, tmp_path)).left_out == recording.left_out != {}


def pickled(recording: Recording, folder: Path) -> Path:
    pd.to_pickle(recording, folder / "recording.pickle")
    return folder / "recording.pickle"


def test_names_are_trusted_only_next_to_a_card_and_only_the_recorder_s(tmp_path: Path) -> None:
    put(tmp_path, card__toml=b"", traces__jsonl=[TRACES, LOGS], logs__jsonl__gz=LOGS, other__jsonl=METRICS)
    recording = Recording.open(tmp_path)
    assert sizes(recording) == {"traces": 1, "logs": 1, "metrics": 1}
    (tmp_path / "card.toml").unlink()
    assert sizes(Recording.open(tmp_path)) == {"traces": 1, "logs": 2, "metrics": 1}
