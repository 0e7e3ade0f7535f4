"""Cause and echo by the tree, and the timeline of an incident."""

import itertools
import random
import tomllib
from math import inf

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from log_frames import CALLS, MS, logs_of, spans_of
from log_truth import HELD_BACK

from watchkeeper import Recording
from watchkeeper.logs import LogError, echoes, first_cause, timeline


def test_the_deepest_is_the_cause_though_an_echo_is_earlier() -> None:
    # The bank's clock is late: by time alone the front would be first.
    logs = logs_of(
        (97, "root", "front", 17, "page failed"),
        (92, "shop", "shop", 17, "order failed"),
        (99, "bank", "bank", 13, "vault is shut"),
        (30, "bank", "bank", 9, "hello"),
    )
    table = echoes(logs, spans_of(*CALLS))
    assert table["body"].tolist() == ["vault is shut", "order failed", "page failed"]
    assert table["role"].tolist() == ["cause", "echo", "echo"]
    assert set(table["cause"]) == {"bank"} and set(table["cause_record"]) == {2}
    assert table["depth"].tolist() == [4, 2, 0]
    found = first_cause(logs, spans_of(*CALLS))
    assert found.values.tolist() == [["bank", "vault is shut", 1, 1, 2, False, 92 * MS]]


@pytest.mark.parametrize("words", [("ERROR", "Warning"), ("err", "wrn"), ("SEVERE", "NOTICE"), ("critical", "ERROR")])
def test_a_severity_that_is_only_text_counts_like_its_number(words: tuple[str, str]) -> None:
    logs = logs_of((97, "root", "front", 17, "page failed"), (99, "bank", "bank", 0, "vault is shut"))
    named = logs.assign(severity=[words[1], words[0]], severity_number=[17, 0])
    assert first_cause(named, spans_of(*CALLS))["what"].tolist() == ["vault is shut"]
    assert first_cause(logs, spans_of(*CALLS))["silent"].tolist() == [True], "without a text it stays unknown"


def test_a_silent_cause() -> None:
    logs = logs_of((97, "root", "front", 17, "page failed"), (92, "shop", "shop", 17, "order failed"))
    table = echoes(logs, spans_of(*CALLS))
    assert set(table["role"]) == {"echo"} and set(table["cause_span_id"]) == {"bank"}
    assert first_cause(logs, spans_of(*CALLS)).iloc[0][["cause", "what", "silent"]].tolist() == [
        "bank",
        "work bank",
        True,
    ]


def test_a_call_that_failed_by_itself_is_the_edges_and_own_failures_are_own() -> None:
    rows = [row for row in CALLS if row[0] != "bank"]
    spans = spans_of(*rows)
    spans["attributes"] = [{"server.address": "bank:80"} if i == "to-bank" else {} for i in spans["span_id"]]
    table = echoes(logs_of((60, "shop", "shop", 17, "no answer")), spans)
    assert table[["role", "cause"]].values.tolist() == [["echo", "shop → bank"]]
    inside = spans_of(*rows[:3], ("render", "shop", "shop", "INTERNAL", 30, 40, "ERROR"))
    table = echoes(
        logs_of((60, "shop", "shop", 17, "x"), (98, "root", "front", 17, "y"), (61, "shop", "shop", 17, "z")), inside
    )
    assert table[["body", "role", "cause"]].values.tolist() == [
        ["x", "cause", "shop"],
        ["z", "echo", "shop"],
        ["y", "echo", "shop"],
    ]


def test_of_the_records_of_a_silent_cause_the_deepest_tells_though_it_is_later() -> None:
    inner = ("inner", "shop", "shop", "INTERNAL", 15, 80, "ERROR")
    rows = [*CALLS[:3], inner, ("render", "inner", "shop", "INTERNAL", 30, 40, "ERROR")]
    logs = logs_of((60, "shop", "shop", 17, "outer"), (70, "inner", "shop", 17, "inner"))
    table = echoes(logs, spans_of(*rows))
    assert table[["body", "role"]].values.tolist() == [["inner", "cause"], ["outer", "echo"]]


def test_errors_are_followed_before_what_healthy_spans_hid() -> None:
    # The post grumbles, deeper than the shop's own failure, but nothing that waited for it failed.
    rows = [row for row in CALLS if row[0] not in ("to-bank", "bank")]
    logs = logs_of((55, "post", "post", 13, "slow day"), (97, "root", "front", 17, "page failed"))
    table = echoes(logs, spans_of(*rows)).set_index("body")
    assert table.loc["page failed", "cause_span_id"] == "shop"
    assert table.loc["slow day", "role"] == "cause"
    # Where no span failed at all, what was there before below is the cause, and what came after is not.
    healthy = spans_of(*((*row[:6], "UNSET") for row in CALLS))
    assert echoes(logs, healthy)["role"].tolist() == ["cause", "echo"]
    assert echoes(logs.assign(time_ns=[99 * MS, 97 * MS]), healthy)["role"].tolist() == ["cause", "cause"]


def test_unjoined_records_alarms_of_ones_own_and_nothing() -> None:
    logs = logs_of((1, "", "load", 13, "gave up"), (2, "shop", "shop", 9, "odd"), (3, "gone", "shop", 17, "x"))
    table = echoes(logs, spans_of(*CALLS))
    assert set(table["role"]) == {"unjoined"} and set(table["cause"]) == {""}
    assert first_cause(logs, spans_of(*CALLS)).empty
    assert echoes(logs, spans_of(*CALLS), alarmed=logs["body"] == "odd")["body"].tolist() == ["odd"]
    assert echoes(logs.iloc[:0], spans_of()).empty and first_cause(logs, spans_of()).empty
    with pytest.raises(LogError, match="twice"):
        echoes(pd.concat([logs, logs]), spans_of(*CALLS))


SAID = st.tuples(st.sampled_from([row[0] for row in CALLS]), st.integers(0, 120))
STATUSES = st.lists(st.sampled_from(["ERROR", "UNSET"]), min_size=len(CALLS), max_size=len(CALLS))


@given(st.lists(SAID, min_size=1, max_size=6, unique=True), STATUSES, st.randoms(use_true_random=False))
def test_causes_do_not_depend_on_the_order_of_rows(said: list, status: list[str], chance: random.Random) -> None:
    spans = spans_of(*((*row[:6], one) for row, one in zip(CALLS, status, strict=True)))
    service = dict(zip(spans["span_id"], spans["service"], strict=True))
    times = itertools.count()
    logs = logs_of(*((at * 10 + next(times), i, service[i], 17, f"{i} {at}") for i, at in said))
    table = echoes(logs, spans)
    mixed = echoes(logs.sample(frac=1, random_state=chance.randint(0, 99)), spans.sample(frac=1, random_state=1))
    pd.testing.assert_frame_equal(table.sort_index(), mixed.sort_index())
    below = {i: p for i, p, *_ in CALLS}
    for own, cause in zip(table["span_id"], table["cause_span_id"], strict=True):
        while cause and cause != own:
            cause = below[cause]
        assert cause == own  # a cause is below its echoes, or in the same span


def test_a_chain_of_fifty_thousand() -> None:
    n = 50_000
    rows = [(f"s{k}", f"s{k - 1}" if k else "", "x", "INTERNAL", k, 2 * n - k, "ERROR") for k in range(n)]
    table = echoes(logs_of((n, "s0", "x", 17, "top"), (n - 1, f"s{n - 1}", "x", 17, "deep")), spans_of(*rows))
    assert table["body"].tolist() == ["deep", "top"] and table["role"].tolist() == ["cause", "echo"]


def test_the_shops_cause() -> None:
    recording = Recording.open(HELD_BACK / "carts-complaint")
    found = first_cause(recording.logs, recording.spans)
    assert found["cause"].tolist() == ["frontend"] and not found["silent"].any()
    recording = Recording.open(HELD_BACK / "wednesday-evening")
    assert first_cause(recording.logs, recording.spans)["cause"].tolist() == ["frontend → ads"]


def faulty() -> list[str]:
    return ["carts-complaint", "friday-deploy", "thursday-afternoon", "tuesday-lunch", "wednesday-evening"]


@pytest.mark.parametrize("name", faulty())
def test_the_timeline_of_an_incident_tells_of_its_service_when_it_began(name: str) -> None:
    private = tomllib.loads((HELD_BACK / name / "private.toml").read_text(encoding="utf-8"))
    events = timeline(Recording.open(HELD_BACK / name))
    after = events["time_ns"] - private["onset_ns"]
    told = events["service"].str.contains(private["service"]) & events["signal"].isin(["trace", "log"])
    assert after[told].between(-2_000 * MS, 10_000 * MS).any()
    assert events["time_ns"].is_monotonic_increasing and (events["until_ns"] >= events["time_ns"]).all()


@pytest.mark.parametrize("place", ["monday-morning", "held-back/monday-morning"])
def test_nothing_failed_on_monday(place: str) -> None:
    events = timeline(Recording.open(HELD_BACK.parent / place))
    what = events.loc[events["signal"].isin(["trace", "log"])]
    assert set(what["service"]) == {"all"} and what["what"].str.startswith("more traces").all()
    assert "deploy" in set(events["signal"])


def beat(*rows: tuple[float, str]) -> pd.DataFrame:
    return pd.DataFrame({"time_ns": [int(at * 1e9) for at, _ in rows], "body": [b for _, b in rows], "service": "shop"})


def test_logs_alone_more_fewer_and_first() -> None:
    usual = [(k / 2, "run 1") for k in range(240)]
    burst = [(60 + k / 50, "run 2") for k in range(250)]
    events = timeline(logs=beat(*usual, *burst, (70, "disk is full")))
    assert events[["signal", "what"]].values.tolist() == [
        ["log", 'more: "run <*>"'],
        ["log", 'first said: "disk is full"'],
    ]
    assert abs(events["time_ns"].iloc[0] - 60e9) < 1e9 and events["time_ns"].iloc[1] == 70e9
    silent = timeline(logs=beat(*(row for row in usual if not 50 <= row[0] < 80), *((k, "tick") for k in range(120))))
    assert silent["what"].tolist() == ['fewer: "run <*>"'] and silent["time_ns"].iloc[0] == 50e9
    assert timeline(logs=beat(*usual)).empty


def test_a_timeline_says_what_is_new_and_needs_something_to_look_at() -> None:
    usual = beat(*((k / 2, "run 1") for k in range(240)), (70, "disk is full"))
    assert timeline(logs=usual)[["service", "what"]].values.tolist() == [["shop", 'first said: "disk is full"']]
    assert timeline(logs=beat((0, "a"), (100, "a"))).empty
    for given_ in ({}, {"logs": usual.iloc[:3]}, *({"logs": usual, "seconds": each} for each in (0, 1e-10, 1e-6, inf))):
        with pytest.raises(LogError):
            timeline(**given_)
