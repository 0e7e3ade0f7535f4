"""The recorder: everything that was said, nothing about this machine, all or nothing."""

from __future__ import annotations

import getpass
import gzip
import hashlib
import re
import signal
import socket
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from shop_probe import eventually

from watchkeeper import Recording
from watchkeeper.shop.roster import Roster
from watchkeeper.staff.errors import RecordingSpoilt
from watchkeeper.staff.recorder import record as recorder


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("recordings")
    return recorder.record("banner-in-layout", seed=3, out=out, recording="short", public=False, seconds=8, rate=6)


def test_a_recording_is_whole(folder):
    names = {path.name for path in folder.iterdir()}
    assert names == {
        "traces.jsonl.gz",
        "logs.jsonl.gz",
        "metrics.jsonl.gz",
        "deploys.jsonl",
        "card.toml",
        "private.toml",
    }
    card = tomllib.loads((folder / "card.toml").read_text("utf-8"))
    for name, digest in card["sha256"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
    recording = Recording.open(folder)
    assert len(recording.spans) == card["counts"]["spans"]
    assert recording.spans.trace_id.nunique() == card["counts"]["traces"]
    assert len(recording.logs) == card["counts"]["log_records"]
    assert list(recording.deploys["to"]) == ["2.5.0", "2.4.0"]
    assert list(folder.parent.iterdir()) == [folder]


def test_each_request_is_one_whole_trace_with_the_shopper_at_its_root(folder):
    spans = Recording.open(folder).spans
    known = set(zip(spans.trace_id, spans.span_id, strict=True))
    parents = zip(spans.trace_id, spans.parent_span_id, strict=True)
    assert all(parent[1] == "" or parent in known for parent in parents)
    roots = spans[spans.parent_span_id == ""]
    assert set(roots.service) <= {"loadgenerator", "email"}
    assert set(roots[roots.service == "email"].kind) <= {"CONSUMER"}
    assert (spans.service == "loadgenerator").sum() == (roots.service == "loadgenerator").sum()


def test_logs_are_joined_to_spans(folder):
    recording = Recording.open(folder)
    spans = set(recording.spans.span_id)
    ours = recording.logs[recording.logs.service != "loadgenerator"]
    within = ours[ours.span_id != ""]
    assert len(within) > 50 and set(within.span_id) <= spans
    background = ours[ours.span_id == ""]  # starting up, looking round: no request, so no trace
    assert set(background.trace_id) == {""} and background.body.str.endswith("routes").sum() >= len(
        Roster.read().services
    )
    assert len(background) < len(within)


def test_metrics_tell_durations_that_fit_their_bounds(folder):
    metrics = Recording.open(folder).metrics
    names = set(metrics.name)
    assert {
        "http.server.request.duration",
        "http.server.active_requests",
        "shop.request.errors",
        "process.cpu.time",
        "process.memory.usage",
        "shop.store.size",
        "shop.outbox.waiting",
    } <= names


def test_nothing_of_this_machine_is_in_it(folder):
    text = "".join(gzip.decompress(path.read_bytes()).decode() for path in folder.glob("*.gz"))
    text += "".join(path.read_text("utf-8") for path in folder.glob("*.toml"))
    for private in (str(Path.home()), str(Path(__file__).parents[2]), sys.prefix, "/tmp/"):
        assert private not in text
    for word in (socket.gethostname(), getpass.getuser()):
        assert not re.search(rf'"{re.escape(word)}"', text)


def test_a_stack_trace_names_files_of_the_shop_whatever_the_version(folder):
    events = [event for events in Recording.open(folder).spans.events for event in events]
    stacks = [event["attributes"].get("exception.stacktrace", "") for event in events]
    broken = [stack for stack in stacks if "UndefinedError" in stack]
    assert any('File "watchkeeper/shop/services/frontend.py"' in stack for stack in broken)  # the span of the page
    assert all('File "watchkeeper/shop/templates/layout.html", line 15' in stack for stack in broken)
    assert not any("2.5.0" in stack for stack in broken)


def test_public_copies_hide_which_statement_wrote_a_line_and_what_was_done(folder, tmp_path):
    assert any("code.line.number" in one for one in Recording.open(folder).logs.attributes)
    public = recorder.record("nothing-wrong", seed=3, out=tmp_path, seconds=3)
    assert public.name == "monday-morning" and not (public / "private.toml").exists()
    assert not any("code." in str(one) for one in Recording.open(public).logs.attributes)


def test_a_lost_span_spoils_the_recording(tmp_path):
    telemetry = tmp_path / "telemetry"
    telemetry.mkdir()
    (telemetry / "ads-1.traces.jsonl").write_text("{}\n{}\n")
    with pytest.raises(RecordingSpoilt, match="ads-1 did not end in order"):
        recorder.check_complete(telemetry)
    (telemetry / "ads-1.counts.json").write_text('{"service": "ads", "started": 3, "ended": 3}')
    with pytest.raises(RecordingSpoilt, match="started 3 spans, ended 3, wrote 2"):
        recorder.check_complete(telemetry)


@pytest.mark.parametrize("signal_", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "term"])
def test_an_interrupted_recording_leaves_nothing(tmp_path, signal_):
    command = [
        sys.executable,
        "-m",
        "watchkeeper.staff.commands.shop",
        "record",
        "nothing-wrong",
        "--out",
        str(tmp_path),
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    assert eventually(lambda: any(tmp_path.iterdir()))
    process.send_signal(signal_)
    assert process.wait(30) != 0
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_no_recording_is_not_replaced(tmp_path):
    (tmp_path / "monday-morning").mkdir()
    with pytest.raises(Exception, match="is not a recording"):
        recorder.record("nothing-wrong", seed=1, out=tmp_path)
