"""new-kinds: which kinds of record are new since the lead-in?"""

from collections import Counter

import numpy as np
import pandas as pd

from watchkeeper import logs
from watchkeeper.staff.author.writing import SetOf, Text, question, records, table

from .shared import kinds

LEAD_IN_S = 20
EXPECTED = 10

S = 1_000_000_000
# Not in the order of time. One kind begins with second 20 itself, one comes exactly 35 times in 70 s (10 expected), and
# one (tug) has a template that its lines of the lead-in alone would not give.
TIMED = (
    [(n * S, "cart", 9, f"cart of {n}") for n in (4, *range(4), *range(5, 90))]
    + [(22 * S + n * 1_200_000_000, "shop", 9, f"no cart within {n} ms") for n in range(50)]
    + [(30 * S + n * 1_500_000_000, "shop", 17, f"page {n} failed") for n in range(40)]
    + [(40 * S + n * S, "mail", 17, f"page {n} failed") for n in range(12)]
    + [(n * 300_000_000, "mail", 9, f"sent {n}") for n in range(60)]
    + [(25 * S + n * 2 * S, "ads", 13, f"quota of {n} used up") for n in range(25)]
    + [(2 * S + n * 4 * S, "port", 9, f"tide {n}") for n in range(5)]
    + [(20 * S + n * S, "port", 9, f"tide {n}") for n in range(60)]
    + [(20 * S + n * 1_500_000_000, "port", 9, f"buoy {n} lit again") for n in range(44)]
    + [(26 * S + n * 1_500_000_000, "port", 9, f"crane {n} rests at night") for n in range(35)]
    + [(3 * S + n * 3 * S, "port", 9, "tug Oslo leaves") for n in range(4)]
    + [
        (25 * S + n * 1_500_000_000, "port", 9, f"tug {('Oslo', 'Hull', 'Leith', 'Cork')[n % 4]} leaves")
        for n in range(40)
    ]
    + [(90 * S, "mail", 9, "good night")]
)
# From second 27 to 57 nobody writes: whoever measures from the first late record takes 170 s for 200.
LONGER = (
    [(7 * S + n * 2 * S, "cart", 9, f"cart of {n}") for n in range(10)]
    + [(57 * S + n * 1_500_000_000, "cart", 9, f"cart of {n}") for n in range(100)]
    + [(60 * S + n * 1_300_000_000, "shop", 9, f"no cart within {n} ms") for n in range(120)]
    + [(60 * S + n * 1_500_000_000, "port", 9, f"lamp {n} lit") for n in range(90)]
    + [(57 * S + n * 3 * S, "shop", 17, f"page {n} failed") for n in range(38)]
    + [(60 * S + n * 2_500_000_000, "ads", 13, f"quota of {n} used up") for n in range(60)]
    + [(61 * S + n * 4 * S, "ads", 9, f"banner {n} drawn anew") for n in range(15)]
    + [(227 * S, "mail", 9, "good night")]
)

q = question(
    kind="compute", points=3, answer=SetOf(Text("a kind")), yours=["watchkeeper.logs.changes", "watchkeeper.logs.rates"]
)
q.inputs(
    table("90 s of made-up records", ("time_ns", "service", "severity_number", "body"), TIMED),
    table("220 s of made-up records", ("time_ns", "service", "severity_number", "body"), LONGER),
    records("sunday-night"),
)
q.hints(
    "Two lists: the kinds of the lead-in, and how often each kind comes after it.",
    "seconds = (records.time_ns - records.time_ns.min()) / 1e9; the lead-in is seconds < 20.",
    "The rate after: records by seconds after the lead-in. How many would 20 s hold at it?",
)
q.passed("A deploy, a new kind of line: that pair is the quickest clue a log can give you.")


def parted(frame, names=None):
    """The names of kinds in the lead-in, the counts after it, and the seconds after it."""
    names = kinds(frame) if names is None else names
    seconds = (frame.time_ns - frame.time_ns.min()) / 1e9
    return set(names[seconds < LEAD_IN_S]), names[seconds >= LEAD_IN_S].value_counts(), seconds.max() - LEAD_IN_S


@q.wrong(
    "Those are all that were first seen late, by chance or not.",
    "Ask for each how many were to be expected in the lead-in: 10?",
    misconception="whatever is first seen late is new (12)",
)
def first_seen_late(frame):
    known, later, _ = parted(frame)
    return set(later.index) - known


@q.wrong(
    "Those are the rarest. Rare is not new: some come once in every run.",
    "New: none in the lead-in, though at least 10 would be expected there.",
    misconception="rare is important (12)",
)
def the_rarest(frame):
    counts = kinds(frame).value_counts()
    return set(counts.index[counts == counts.min()])


@q.wrong(
    "Those are written most. Volume is no news.",
    "Ask which kinds have no record at all in the lead-in.",
    misconception="log volume is severity (module 4, 1)",
)
def written_most(frame):
    _, later, _ = parted(frame)
    return set(later.index[:2])


@q.wrong("A kind with exactly 10 expected is missing.", "At least 10: >= 10.")
def more_than_ten(frame):
    known, later, after_s = parted(frame)
    return {name for name, count in later.items() if name not in known and count / after_s * LEAD_IN_S > EXPECTED}


def fresh(known, later, after_s):
    return {name for name, count in later.items() if name not in known and count / after_s * LEAD_IN_S >= EXPECTED}


@q.wrong(
    "You began with the first row; rows need not be in order of time.",
    "The earliest is the smallest: records.time_ns.min().",
    misconception="the first row is the earliest record",
)
def start_of_the_table(frame):
    """The first row taken for the earliest record."""
    names, seconds = kinds(frame), (frame.time_ns - frame.time_ns.iloc[0]) / 1e9
    late = seconds >= LEAD_IN_S
    return fresh(set(names[~late]), names[late].value_counts(), seconds.max() - LEAD_IN_S)


@q.wrong(
    "A record at second 20 itself counts as lead-in in your answer.",
    "The lead-in is what lies below 20: < 20, and the rest is >= 20.",
)
def lead_in_with_its_end(frame):
    names, seconds = kinds(frame), (frame.time_ns - frame.time_ns.min()) / 1e9
    late = seconds > LEAD_IN_S
    return fresh(set(names[~late]), names[late].value_counts(), seconds.max() - LEAD_IN_S)


@q.wrong(
    "Your time after begins with the first record after the lead-in.",
    "It begins with second 20, also when nobody writes for a while.",
)
def from_the_first_late_record(frame):
    names, seconds = kinds(frame), (frame.time_ns - frame.time_ns.min()) / 1e9
    late = seconds >= LEAD_IN_S
    return fresh(set(names[~late]), names[late].value_counts(), seconds.max() - seconds[late].min())


@q.wrong(
    "You named the kinds of the two stretches apart: one kind got two names.",
    "Call kinds(records) once for all records, then part what it returns.",
    misconception="a kind has one name, whatever records are named with it",
)
def kinds_apart(frame):
    """The kinds of the two stretches, named apart."""
    seconds = (frame.time_ns - frame.time_ns.min()) / 1e9
    early, late = frame[seconds < LEAD_IN_S], frame[seconds >= LEAD_IN_S]
    return fresh(set(kinds(early)), kinds(late).value_counts(), seconds.max() - LEAD_IN_S)


@q.wrong(
    "42 was the count in the example; other kinds and times need others.",
    "Records per second after the lead-in, times 20: is that 10 or more?",
)
def count_of_the_example(frame):
    known, later, _ = parted(frame)
    return {name for name, count in later.items() if name not in known and count >= 42}


@q.wrong(
    "Kinds that were in the lead-in are among yours.", "New: not one record in the lead-in. Take the known ones out."
)
def known_ones_too(frame):
    _, later, after_s = parted(frame)
    return fresh(set(), later, after_s)


@q.wrong(
    "You asked for 10 records after the lead-in, not for 10 expected in it.",
    "Records per second after it, times the 20 seconds before.",
)
def ten_in_all(frame):
    known, later, _ = parted(frame)
    return {name for name, count in later.items() if name not in known and count >= EXPECTED}


@q.wrong(
    "Of some kind in your set fewer than 10 were to be expected.",
    "Records per second after the lead-in, times 20: is that 10 or more?",
)
def fewer_than_ten(frame):
    known, later, after_s = parted(frame)
    return {name for name, count in later.items() if name not in known and count / after_s * LEAD_IN_S >= EXPECTED / 2}


@q.wrong(
    "You divided by all of the time, the lead-in included.", "The rate after counts the seconds after the lead-in only."
)
def rate_over_all_the_time(frame):
    known, later, after_s = parted(frame)
    return fresh(known, later, after_s + LEAD_IN_S)


@q.wrong(
    "You divided by the example's 70 s; this recording is longer.",
    "Take the seconds after the lead-in from the records.",
)
def seconds_of_the_example(frame):
    known, later, _ = parted(frame)
    return fresh(known, later, 70)


@q.wrong("Your lead-in lasts 20 nanoseconds: so time_ns counts.", "Make seconds of it first: divide by 1e9.")
def lead_in_of_nanoseconds(frame):
    _, later, after_s = parted(frame)
    return fresh(set(kinds(frame)[frame.time_ns < frame.time_ns.min() + LEAD_IN_S]), later, after_s)


@q.wrong(
    "In your answer no kind is new: none of them was expected 10 times.",
    "Records of a kind by seconds (time_ns / 1e9), times the lead-in's 20.",
)
def nothing_new(frame):
    """What comes of rates by the nanosecond, of the 20 seconds left out, and of texts, each of which comes once."""
    return set()


@q.wrong(
    "You kept new ERRORs only; the level is the writer's guess.",
    "Any severity counts: the first sign may well be an INFO.",
    misconception="only ERROR records are news",
)
def only_errors(frame):
    names = kinds(frame)
    loud = set(names[frame.severity_number >= 17])
    return fresh(*parted(frame)) & loud


@q.wrong(
    "The template alone is no kind: several services can write it.",
    "Use kinds(records), which puts the service in front.",
    misconception="the same text is the same event (7)",
)
def without_service(frame):
    return fresh(*parted(frame, logs.templates(frame.body).template))


@q.wrong(
    "Those were there already and became more: lifted, not new.", "New kinds have no record in the lead-in at all."
)
def became_more(frame):
    """Kinds that were there already and come at twice the rate."""
    names = kinds(frame)
    seconds = (frame.time_ns - frame.time_ns.min()) / 1e9
    before = names[seconds < LEAD_IN_S].value_counts() / LEAD_IN_S
    after = names[seconds >= LEAD_IN_S].value_counts() / (seconds.max() - LEAD_IN_S)
    return {name for name, rate in after.items() if rate >= 1.25 * before.get(name, np.inf)}


@q.wrong("Those are new texts: each new number makes one.", "Look at kinds(records), in which values are <*>.")
def texts_that_are_new(frame):
    known, later, _ = parted(frame, frame.service + ": " + frame.body.str.split("\n").str[0])
    return {name[:200] for name in later.index if name not in known}


@q.alternative
def new_by_crosstab(frame):
    end = frame.time_ns.min() + LEAD_IN_S * 10**9
    after_s = (frame.time_ns.max() - end) / 1e9
    counts = pd.crosstab(kinds(frame), frame.time_ns >= end)
    return set(counts.index[(counts[False] == 0) & (counts[True] / after_s * LEAD_IN_S >= EXPECTED)])


@q.alternative
def new_by_loop(frame):
    start, end = frame.time_ns.min(), frame.time_ns.max()
    seen, later = set(), Counter()
    for name, time_ns in zip(kinds(frame), frame.time_ns, strict=True):
        if time_ns - start < LEAD_IN_S * 10**9:
            seen.add(name)
        else:
            later[name] += 1
    least = EXPECTED / LEAD_IN_S * ((end - start) / 1e9 - LEAD_IN_S)
    return [name for name, count in later.items() if name not in seen and count >= least]
