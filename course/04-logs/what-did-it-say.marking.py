"""what-did-it-say: questions, known wrong answers, honest alternatives. Never part of the kit."""

from collections import Counter

import numpy as np
import pandas as pd

from watchkeeper import logs
from watchkeeper.staff.author.marking import (
    Count,
    Fact,
    ListOf,
    MapOf,
    Number,
    Question,
    Record,
    Reflection,
    SetOf,
    SomeOf,
    Text,
    Wrong,
    given,
    printed,
    records,
    table,
    whole,
    whole_on_paper,
)

SERVICES = (
    "frontend",
    "catalog",
    "currency",
    "cart",
    "recommendation",
    "ads",
    "discounts",
    "checkout",
    "payment",
    "shipping",
    "email",
    "loadgenerator",
)
HARMS = ("requests fail", "pages are slower", "prices are wrong", "nothing is wrong")
REASONS = ("more visitors", "more records a request", "errors repeated", "calls tried again")
# Whoever rounds a share to two decimals is right: the grid is as wide as that.
SHARE = Number("of 1", within=0.005)
HEAD = "Traceback (most recent call last):"
LEAD_IN_S = 20
EXPECTED = 10

BODY_COLUMNS = ("service", "severity", "severity_number", "body")
SEARCHED = [
    ("cart", "INFO", 9, "job done, 0 Errors"),
    ("cart", "ERROR", 18, "error while saving"),
    ("ads", "INFO", 9, "no errors so far"),
    ("ads", "INFO", 9, "served banner 7"),
    ("payment", "FATAL", 21, "cannot open the store"),
    ("email", "WARN", 13, "3 mails wait"),
    ("email", "INFO", 9, "outbox is empty"),
]
OTHERS = [
    ("cart", "Error", 18, "POST /carts:"),
    ("cart", "err", 17, "disk full"),
    ("ads", "WARN", 13, "ERROR BUDGET: all left"),
    ("ads", "INFO", 9, "hello"),
    ("ads", "ERROR", 17, "an error"),
    ("ads", "FATAL4", 24, "gave up: errors only"),
    ("mail", "ERROR3", 19, "gone"),
]
PRINTED = [
    "POST /charges: 'DKK'",
    HEAD,
    '  File "payment.py", line 40, in charge',
    "    return digits[currency]",
    "KeyError: 'DKK'",
    "charged 12100 USD",
]
CHAINED = [
    "order 7 fails",
    HEAD,
    '\tFile "a.py", line 1, in f',
    "",
    "    raise ValueError",
    "ValueError: 3",
    "order 8",
    "  2 lines",
    "order 9",
]
NESTED = [
    "GET /cart",
    HEAD,
    '  File "b.py", line 2',
    "KeyError: 'x'",
    "During lunch nobody answers",
    HEAD,
    '  File "c.py", line 3',
    "ZeroDivisionError",
    HEAD,
    '  File "d.py", line 4',
    "OSError",
    "listed 10 products",
]
TUGS = [
    ("port", text)
    for text in ("tug 1 leaves Oslo", "tug 2 leaves Hull", "tug 3 leaves Leith", "harbour closed until noon")
]
HALVES = [
    ("port", text)
    for text in (
        "gate 4 opened by Ada",
        "gate 5 shut by Bo",
        "gate 6 opened by Cleo",
        "opened gate 7 by crane",
        "mail for 12",
        "crane 3 rests",
        "crane 4 works",
        "Oslo to Hull at noon",
        "Hull to Oslo at noon",
    )
]
# The rarest first: whoever does not sort shall be met on paper. Counts such that each idea gives a number of its own.
SEVEN_KINDS = (
    [("port", f"bay {n} closed") for n in range(2)]
    + [("cart", f"banner {n}") for n in range(3)]
    + [("mail", f"mail {n} sent") for n in range(5)]
    + [("ads", f"no banner for {n}") for n in range(9)]
    + [("ads", f"banner {n}") for n in range(11)]
    + [("cart", f"order {n} of many placed") for n in range(20)]
    + [("cart", f"cart of {n}") for n in range(50)]
)
JUST_ENOUGH = (
    [("cart", f"cart of {n}") for n in range(40)]
    + [("ads", f"banner {n}") for n in range(20)]
    + [("ads", f"no banner for {n}") for n in range(20)]
    + [("cart", f"banner {n}") for n in range(8)]
    + [("email", f"mail {n} sent") for n in range(5)]
    + [("port", f"bay {n} closed") for n in range(4)]
    + [("port", f"tug {n} leaves") for n in range(3)]
)
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
FEW_REQUESTS = [
    ("t1", "UNSET", "a1", "", "frontend", "GET /", "SERVER", 0, 40),
    ("t1", "ERROR", "a2", "a1", "frontend", "GET /ads", "CLIENT", 5, 20),
    ("t1", "ERROR", "a3", "a2", "ads", "GET /ads", "SERVER", 6, 18),
    ("t2", "ERROR", "b1", "", "frontend", "POST /checkout", "SERVER", 50, 90),
    ("t2", "UNSET", "b2", "b1", "payment", "POST /charges", "SERVER", 60, 80),
    ("t3", "UNSET", "c1", "", "frontend", "POST /checkout", "SERVER", 100, 150),
    ("t3", "UNSET", "c2", "c1", "shipping", "POST /shipments", "SERVER", 110, 140),
]
FEW_RECORDS = [
    (7, "ads", "ERROR", 17, "t1", "a3", "quota used up"),
    (12, "ads", "ERROR", 17, "t1", "a3", "quota used up"),
    (17, "ads", "ERROR2", 18, "t1", "a3", "error: gave up"),
    (21, "frontend", "WARN", 13, "t1", "a1", "no banner"),
    (62, "payment", "ERROR", 17, "t2", "b2", "POST /charges:"),
    (85, "frontend", "FATAL", 21, "t2", "b1", "error after error"),
    (86, "frontend", "INFO", 9, "t2", "b1", "page sent"),
    (105, "frontend", "ERROR", 17, "t3", "c1", "tried once"),
    (115, "shipping", "ERROR", 17, "t3", "c2", "no bay at attempt 1"),
    (130, "shipping", "INFO", 9, "t3", "c2", "parcel leaves"),
]
TIED_SPANS = [
    ("t1", "UNSET", "a1", "", "cart", "GET /carts", "SERVER", 0, 10),
    ("t2", "UNSET", "b1", "", "cart", "GET /carts", "SERVER", 10, 20),
    ("t3", "UNSET", "c1", "", "shipping", "GET /quotes", "SERVER", 30, 40),
]
TIED_RECORDS = [
    (at, service, "INFO", 9, trace, span, "written")
    for at, service, trace, span in (
        (0, "cart", "t1", "a1"),
        (0, "cart", "t1", "a1"),
        (5, "cart", "t1", "a1"),
        (6, "cart", "t1", "a1"),
        (10, "cart", "t1", "a1"),
        (20, "cart", "t2", "b1"),
        (35, "shipping", "t3", "c1"),
        (40, "shipping", "t3", "c1"),
    )
]


# search-quality
def quality(matches, wanted):
    right = (matches & wanted).sum()
    return {"precision": float(right / matches.sum()), "recall": float(right / max(wanted.sum(), 1))}


def hits(frame):
    return frame.body.str.lower().str.contains("error")


def bad(frame):
    return frame.severity_number >= 17


def turned_over(frame):
    made = quality(hits(frame), bad(frame))
    return {"precision": made["recall"], "recall": made["precision"]}


def as_written(frame):
    return quality(frame.body.str.contains("error"), bad(frame))


def warnings_wanted_too(frame):
    return quality(hits(frame), frame.severity_number >= 13)


def by_the_word_error(frame):
    return quality(hits(frame), frame.severity == "ERROR")


def level_searched_too(frame):
    return quality(hits(frame) | frame.severity.str.lower().str.contains("error"), bad(frame))


def whole_word_only(frame):
    return quality(frame.body.str.contains(r"\berror\b", case=False), bad(frame))


def right_either_way(frame):
    """Accuracy in place of precision: quiet lines that were not found count as well."""
    return quality(hits(frame), bad(frame)) | {"precision": float((hits(frame) == bad(frame)).mean())}


def share_of_all_lines(frame):
    matches, wanted = hits(frame), bad(frame)
    return dict.fromkeys(["precision", "recall"], float((matches & wanted).mean()))


def finds_are_errors(frame):
    return {"precision": 1.0, "recall": float(hits(frame).sum() / bad(frame).sum())}


def seventeen_left_out(frame):
    return quality(hits(frame), frame.severity_number > 17)


def precision_of_all_lines(frame):
    made = quality(hits(frame), bad(frame))
    return made | {"precision": float((hits(frame) & bad(frame)).mean())}


def nothing_found_rightly(frame):
    """What comes of another table's search, such as the cell's above: its rows are not these rows."""
    return {"precision": 0.0, "recall": 0.0}


def in_percent(frame):
    return {name: 100 * share for name, share in quality(hits(frame), bad(frame)).items()}


def quality_by_loop(frame):
    found = wanted = both = 0
    for one in frame.itertuples():
        hit, is_bad = "error" in one.body.lower(), one.severity_number > 16
        found, wanted, both = found + hit, wanted + is_bad, both + (hit and is_bad)
    return {"precision": both / found, "recall": both / wanted}


def quality_by_means(frame):
    matches, wanted = frame.body.str.contains("error", case=False), frame.severity_number.ge(17)
    return {"precision": wanted[matches].mean(), "recall": matches[wanted].mean()}


# lines-each
def grouped(lines, rule):
    """Lines a record, by `rule(line, indented, head, still_open)` → (belongs, still open behind it)."""
    counts, still_open = [], False
    for line in lines:
        indented, head = line == "" or line.startswith((" ", "\t")), line.startswith(HEAD)
        belongs, still_open = rule(indented, head, still_open)
        if counts and belongs:
            counts[-1] += 1
        else:
            counts.append(1)
    return counts


def indented_only(lines):
    return grouped(lines, lambda indented, head, still: (indented, False))


def name_of_the_exception_apart(lines):
    return grouped(lines, lambda indented, head, still: (indented or head, False))


def never_closed(lines):
    return grouped(lines, lambda indented, head, still: (indented or head or still, head or still))


def head_apart(lines):
    return grouped(
        lines, lambda indented, head, still: (indented or (still and not head), head or (still and indented))
    )


def only_while_open(lines):
    return grouped(lines, lambda indented, head, still: (head or still, head or (still and indented)))


def open_while_indented(lines):
    return grouped(lines, lambda indented, head, still: (indented or head or still, indented or head))


def a_record_each(lines):
    return [1] * len(lines)


def lines_by_states(lines):
    counts, state = [], "text"
    for line in lines:
        if line.startswith(HEAD):
            joins, state = True, "trace"
        elif not line or line[0] in " \t":
            joins = True
        else:
            joins, state = state == "trace", "text"
        counts = [*counts[:-1], counts[-1] + 1] if joins and counts else [*counts, 1]
    return counts


def lines_by_starts(lines):
    starts, still_open = [], False
    for position, line in enumerate(lines):
        inner = not line or line[:1].isspace()
        head = line.startswith(HEAD)
        if position == 0 or not (inner or head or still_open):
            starts.append(position)
        still_open = head or (still_open and inner)
    return np.diff([*starts, len(lines)]).tolist()


# my-templates
def mined(frame, share, merge, measure=logs.masked):
    groups = []
    for body in frame.body:
        words = measure(body).split()
        for group in groups:
            if share(group[0], words) >= 0.5:
                group[0] = merge(group[0], words)
                group[1] += 1
                break
        else:
            groups.append([words, 1])
    return {" ".join(words): lines for words, lines in groups}


def alike(ours, theirs):
    if len(ours) != len(theirs) or not theirs:
        return 0.0
    return sum(a == b for a, b in zip(ours, theirs, strict=True)) / len(theirs)


def starred(ours, theirs):
    return [a if a == b else "<*>" for a, b in zip(ours, theirs, strict=True)]


def masking_is_enough(frame):
    return dict(Counter(" ".join(logs.masked(body).split()) for body in frame.body))


def every_text_its_own(frame):
    return dict(Counter(body.split("\n")[0] for body in frame.body))


def first_line_stays(frame):
    return mined(frame, alike, lambda ours, theirs: ours)


def anywhere_in_the_template(frame):
    """A word stays when the template has it at any place."""
    return mined(frame, alike, lambda ours, theirs: [b if b in ours else "<*>" for b in theirs])


def anywhere_in_the_line(frame):
    return mined(frame, alike, lambda ours, theirs: [a if a in theirs else "<*>" for a in ours])


def last_line_wins(frame):
    return mined(frame, alike, lambda ours, theirs: theirs)


def same_words_anywhere(frame):
    return mined(
        frame, lambda ours, theirs: len(ours) == len(theirs) and len(set(ours) & set(theirs)) / len(theirs), starred
    )


def length_is_enough(frame):
    return mined(frame, lambda ours, theirs: float(len(ours) == len(theirs)), starred)


def stars_not_counted(frame):
    def agree(ours, theirs):
        return alike(ours, theirs) and sum(a == b != "<*>" for a, b in zip(ours, theirs, strict=True)) / len(theirs)

    return mined(frame, agree, starred)


def a_star_alone(frame):
    return mined(frame, alike, lambda ours, theirs: [a if a == b else "*" for a, b in zip(ours, theirs, strict=True)])


def words_dropped(frame):
    return mined(frame, alike, lambda ours, theirs: [a for a, b in zip(ours, theirs, strict=True) if a == b])


def differences_counted(frame):
    return mined(frame, lambda ours, theirs: len(ours) == len(theirs) and 1 - alike(ours, theirs), starred)


def agreement_starred(frame):
    return mined(frame, alike, lambda ours, theirs: ["<*>" if a == b else a for a, b in zip(ours, theirs, strict=True)])


def templates_by_index(frame):
    groups = {}
    for body in frame.body:
        words = tuple(logs.masked(body).split())
        for key in groups:
            if len(key) == len(words) and 2 * sum(key[k] == words[k] for k in range(len(words))) >= len(words) > 0:
                template = tuple(key[k] if key[k] == words[k] else "<*>" for k in range(len(words)))
                # The order of the groups must stay: the first that is alike enough takes the line.
                groups = {template if one == key else one: lines + (one == key) for one, lines in groups.items()}
                break
        else:
            groups[words] = 1
    return {" ".join(words): lines for words, lines in groups.items()}


def templates_by_arrays(frame):
    groups = []
    for body in frame.body:
        words = np.array(logs.masked(body).split(), dtype=object)
        for group in groups:
            if len(group["words"]) == len(words) and len(words) and (group["words"] == words).mean() >= 0.5:
                group["words"] = np.where(group["words"] == words, words, "<*>")
                group["lines"] += 1
                break
        else:
            groups.append({"words": words, "lines": 1})
    return pd.Series({" ".join(group["words"]): group["lines"] for group in groups})


# how-few
def kinds(frame):
    return frame.service + ": " + logs.templates(frame.body).template


def enough(counts, share=0.8):
    together = counts.cumsum() / counts.sum()
    return {"kinds": len(counts), "few": int((together < share).sum()) + 1}


def most_kinds_are_needed(frame):
    """Eighty per cent of the kinds, as if all were written equally often."""
    count = kinds(frame).nunique()
    return {"kinds": count, "few": round(0.8 * count)}


def same_text_same_kind(frame):
    return enough(logs.templates(frame.body).template.value_counts())


def texts_counted(frame):
    return enough(frame.body.value_counts())


def services_counted(frame):
    return enough(frame.service.value_counts())


def one_too_few(frame):
    made = enough(kinds(frame).value_counts())
    return {"kinds": made["kinds"], "few": made["few"] - 1}


def past_the_mark(frame):
    counts = kinds(frame).value_counts()
    return {"kinds": len(counts), "few": int((counts.cumsum() / counts.sum() <= 0.8).sum()) + 1}


def counted_from_the_mark(frame):
    counts = kinds(frame).value_counts()
    return {"kinds": len(counts), "few": int((counts.cumsum() / counts.sum() >= 0.8).sum())}


def by_the_rule_of_thumb(frame):
    count = kinds(frame).nunique()
    return {"kinds": count, "few": round(0.2 * count)}


def a_tenth_each(frame):
    shares = kinds(frame).value_counts(normalize=True)
    return {"kinds": len(shares), "few": int((shares >= 0.1).sum())}


def large_alone(frame):
    """Kinds that make four fifths each, alone: never more than one, and mostly none."""
    shares = kinds(frame).value_counts(normalize=True)
    return {"kinds": len(shares), "few": int((shares >= 0.8).sum())}


def rarest_first(frame):
    return enough(kinds(frame).value_counts().sort_values())


def few_by_search(frame):
    counts = np.sort(np.unique(kinds(frame), return_counts=True)[1])[::-1]
    return {"kinds": len(counts), "few": int(np.searchsorted(counts.cumsum(), 0.8 * counts.sum())) + 1}


def few_by_loop(frame):
    counts = sorted(Counter(kinds(frame)).values(), reverse=True)
    few = reached = 0
    while reached < 0.8 * sum(counts):
        reached, few = reached + counts[few], few + 1
    return {"kinds": len(counts), "few": few}


# new-kinds
def parted(frame, names=None):
    """The names of kinds in the lead-in, the counts after it, and the seconds after it."""
    names = kinds(frame) if names is None else names
    seconds = (frame.time_ns - frame.time_ns.min()) / 1e9
    return set(names[seconds < LEAD_IN_S]), names[seconds >= LEAD_IN_S].value_counts(), seconds.max() - LEAD_IN_S


def fresh(known, later, after_s):
    return {name for name, count in later.items() if name not in known and count / after_s * LEAD_IN_S >= EXPECTED}


def more_than_ten(frame):
    known, later, after_s = parted(frame)
    return {name for name, count in later.items() if name not in known and count / after_s * LEAD_IN_S > EXPECTED}


def start_of_the_table(frame):
    """The first row taken for the earliest record."""
    names, seconds = kinds(frame), (frame.time_ns - frame.time_ns.iloc[0]) / 1e9
    late = seconds >= LEAD_IN_S
    return fresh(set(names[~late]), names[late].value_counts(), seconds.max() - LEAD_IN_S)


def lead_in_with_its_end(frame):
    names, seconds = kinds(frame), (frame.time_ns - frame.time_ns.min()) / 1e9
    late = seconds > LEAD_IN_S
    return fresh(set(names[~late]), names[late].value_counts(), seconds.max() - LEAD_IN_S)


def from_the_first_late_record(frame):
    names, seconds = kinds(frame), (frame.time_ns - frame.time_ns.min()) / 1e9
    late = seconds >= LEAD_IN_S
    return fresh(set(names[~late]), names[late].value_counts(), seconds.max() - seconds[late].min())


def kinds_apart(frame):
    """The kinds of the two stretches, named apart."""
    seconds = (frame.time_ns - frame.time_ns.min()) / 1e9
    early, late = frame[seconds < LEAD_IN_S], frame[seconds >= LEAD_IN_S]
    return fresh(set(kinds(early)), kinds(late).value_counts(), seconds.max() - LEAD_IN_S)


def count_of_the_example(frame):
    known, later, _ = parted(frame)
    return {name for name, count in later.items() if name not in known and count >= 42}


def known_ones_too(frame):
    _, later, after_s = parted(frame)
    return fresh(set(), later, after_s)


def first_seen_late(frame):
    known, later, _ = parted(frame)
    return set(later.index) - known


def the_rarest(frame):
    counts = kinds(frame).value_counts()
    return set(counts.index[counts == counts.min()])


def written_most(frame):
    _, later, _ = parted(frame)
    return set(later.index[:2])


def ten_in_all(frame):
    known, later, _ = parted(frame)
    return {name for name, count in later.items() if name not in known and count >= EXPECTED}


def fewer_than_ten(frame):
    known, later, after_s = parted(frame)
    return {name for name, count in later.items() if name not in known and count / after_s * LEAD_IN_S >= EXPECTED / 2}


def rate_over_all_the_time(frame):
    known, later, after_s = parted(frame)
    return fresh(known, later, after_s + LEAD_IN_S)


def seconds_of_the_example(frame):
    known, later, _ = parted(frame)
    return fresh(known, later, 70)


def lead_in_of_nanoseconds(frame):
    _, later, after_s = parted(frame)
    return fresh(set(kinds(frame)[frame.time_ns < frame.time_ns.min() + LEAD_IN_S]), later, after_s)


def nothing_new(frame):
    """What comes of rates by the nanosecond, of the 20 seconds left out, and of texts, each of which comes once."""
    return set()


def only_errors(frame):
    names = kinds(frame)
    loud = set(names[frame.severity_number >= 17])
    return fresh(*parted(frame)) & loud


def without_service(frame):
    return fresh(*parted(frame, logs.templates(frame.body).template))


def became_more(frame):
    """Kinds that were there already and come at twice the rate."""
    names = kinds(frame)
    seconds = (frame.time_ns - frame.time_ns.min()) / 1e9
    before = names[seconds < LEAD_IN_S].value_counts() / LEAD_IN_S
    after = names[seconds >= LEAD_IN_S].value_counts() / (seconds.max() - LEAD_IN_S)
    return {name for name, rate in after.items() if rate >= 1.25 * before.get(name, np.inf)}


def texts_that_are_new(frame):
    known, later, _ = parted(frame, frame.service + ": " + frame.body.str.split("\n").str[0])
    return {name[:200] for name in later.index if name not in known}


def new_by_crosstab(frame):
    end = frame.time_ns.min() + LEAD_IN_S * 10**9
    after_s = (frame.time_ns.max() - end) / 1e9
    counts = pd.crosstab(kinds(frame), frame.time_ns >= end)
    return set(counts.index[(counts[False] == 0) & (counts[True] / after_s * LEAD_IN_S >= EXPECTED)])


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


# felt-or-not
def by_harm(recording, chosen):
    requests = recording.traces()
    harmed = chosen.trace_id.isin(requests.trace_id[requests.status == "ERROR"])
    return {
        "felt": chosen[harmed].service.value_counts().to_dict(),
        "unfelt": chosen[~harmed].service.value_counts().to_dict(),
    }


def errors_of(recording):
    return recording.logs[recording.logs.severity_number >= 17]


def every_error_felt(recording):
    return {"felt": errors_of(recording).service.value_counts().to_dict(), "unfelt": {}}


def all_coped_with(recording):
    return {"felt": {}, "unfelt": errors_of(recording).service.value_counts().to_dict()}


def words_instead_of_numbers(recording):
    return by_harm(recording, recording.logs[hits(recording.logs)])


def whatever_the_severity(recording):
    return by_harm(recording, recording.logs)


def warnings_felt_too(recording):
    return by_harm(recording, recording.logs[recording.logs.severity_number >= 13])


def harm_turned_round(recording):
    made = by_harm(recording, errors_of(recording))
    return {"felt": made["unfelt"], "unfelt": made["felt"]}


def by_any_span(recording):
    """Masked errors taken for harm: a span of the request failed, and the request did not."""
    spans, chosen = recording.spans, errors_of(recording)
    harmed = chosen.trace_id.isin(spans.trace_id[spans.status == "ERROR"])
    return {
        "felt": chosen[harmed].service.value_counts().to_dict(),
        "unfelt": chosen[~harmed].service.value_counts().to_dict(),
    }


def by_own_span(recording):
    spans, chosen = recording.spans, errors_of(recording)
    bad_spans = spans[spans.status == "ERROR"]
    harmed = (chosen.trace_id + chosen.span_id).isin(bad_spans.trace_id + bad_spans.span_id)
    return {
        "felt": chosen[harmed].service.value_counts().to_dict(),
        "unfelt": chosen[~harmed].service.value_counts().to_dict(),
    }


def the_word_alone(recording):
    return by_harm(recording, recording.logs[recording.logs.severity == "ERROR"])


def zeros_kept(recording):
    made, named = by_harm(recording, errors_of(recording)), set(errors_of(recording).service)
    return {part: {service: counts.get(service, 0) for service in named} for part, counts in made.items()}


def requests_counted(recording):
    return by_harm(recording, errors_of(recording).drop_duplicates(["service", "trace_id"]))


def felt_by_loop(recording):
    status = dict(zip(recording.traces().trace_id, recording.traces().status, strict=True))
    found = {"felt": Counter(), "unfelt": Counter()}
    for record in recording.logs.itertuples():
        if record.severity_number >= 17:
            found["felt" if status.get(record.trace_id) == "ERROR" else "unfelt"][record.service] += 1
    return {name: dict(counts) for name, counts in found.items()}


def felt_by_merge(recording):
    joined = errors_of(recording).merge(recording.traces()[["trace_id", "status"]], on="trace_id", how="left")
    return {
        name: joined[(joined.status == "ERROR") == felt].groupby("service").size().to_dict()
        for name, felt in (("felt", True), ("unfelt", False))
    }


# by-place-and-time
def open_at(recording, service, by="service", kinds_of_span=None, all_records=False):
    """For each record of a service: its own trace id, and the trace ids of the spans that were open at its time."""
    spans, written = recording.spans, recording.logs[recording.logs.service == service]
    if not all_records:
        written = written[written.trace_id != ""]
    if by == "service":
        spans = spans[spans.service == service]
    elif by == "host":
        spans = spans[spans.host == written.host.iloc[0]]
    if kinds_of_span:
        spans = spans[spans.kind.isin(kinds_of_span)]
    start, end, ids = spans.start_ns.to_numpy(), spans.end_ns.to_numpy(), spans.trace_id.to_numpy(dtype=object)
    return [
        (own, ids[(start <= at) & (at <= end)].tolist())
        for own, at in zip(written.trace_id, written.time_ns, strict=True)
    ]


def shares(recording, holds, **how):
    found = {}
    for service in ("cart", "shipping"):
        pairs = open_at(recording, service, **how)
        found[service] = sum(map(holds, pairs)) / len(pairs)
    return found


def alone(pair):
    return set(pair[1]) == {pair[0]}


def among_several(recording):
    return shares(recording, lambda pair: pair[0] in pair[1])


def spans_not_requests(recording):
    return shares(recording, lambda pair: len(pair[1]) == 1)


def anywhere_in_the_shop(recording):
    return shares(recording, alone, by="nowhere")


def anywhere_on_the_host(recording):
    return shares(recording, alone, by="host")


def every_record_has_an_id(recording):
    return shares(recording, alone, all_records=True)


def found_in_percent(recording):
    return {service: 100 * share for service, share in shares(recording, alone).items()}


def found_counted(recording):
    return {service: float(sum(map(alone, open_at(recording, service)))) for service in ("cart", "shipping")}


def milliseconds_added(recording):
    """The end as start_ns + duration_ms: a span of 20 ms lasts 20 ns."""
    return between(recording, lambda start, at, end: (start <= at) & (at <= start + (end - start) / 1e6))


def one_condition_is_enough(recording):
    return between(recording, lambda start, at, end: (start <= at) | (at <= end))


def nothing_alone(recording):
    """What comes of span ids, and of conditions that never hold together."""
    return {"cart": 0.0, "shipping": 0.0}


def between(recording, holds):
    """Shares with another rule for who is open: `holds(start, at, end)`."""
    found = {}
    for service in ("cart", "shipping"):
        spans = recording.spans[recording.spans.service == service]
        written = recording.logs[(recording.logs.service == service) & (recording.logs.trace_id != "")]
        right = [
            set(spans.trace_id[holds(spans.start_ns, at, spans.end_ns)]) == {own}
            for at, own in zip(written.time_ns, written.trace_id, strict=True)
        ]
        found[service] = sum(right) / len(right)
    return found


def neither_end(recording):
    return between(recording, lambda start, at, end: (start < at) & (at < end))


def end_left_out(recording):
    return between(recording, lambda start, at, end: (start <= at) & (at < end))


def ended_already(recording):
    return between(recording, lambda start, at, end: (start <= at) & (end <= at))


def only_begun(recording):
    found = {}
    for service in ("cart", "shipping"):
        spans = recording.spans[recording.spans.service == service]
        written = recording.logs[(recording.logs.service == service) & (recording.logs.trace_id != "")]
        begun = [set(spans.trace_id[spans.start_ns <= at]) for at in written.time_ns]
        found[service] = sum(traces == {own} for traces, own in zip(begun, written.trace_id, strict=True)) / len(begun)
    return found


def left_open(recording):
    return shares(recording, lambda pair: len(set(pair[1])) > 1)


def place_by_loop(recording):
    found = {}
    for service in ("cart", "shipping"):
        spans = recording.spans[recording.spans.service == service]
        times = list(zip(spans.start_ns, spans.end_ns, spans.trace_id, strict=True))
        written = recording.logs[(recording.logs.service == service) & (recording.logs.trace_id != "")]
        right = [
            {trace for start, end, trace in times if start <= at <= end} == {own}
            for at, own in zip(written.time_ns, written.trace_id, strict=True)
        ]
        found[service] = sum(right) / len(right)
    return found


def place_by_arrays(recording):
    return shares(recording, alone)


# quiet-sunday
def late_of(recording):
    deployed_ns = recording.deploys.time_ns.max()
    return recording.logs.time_ns >= deployed_ns


def growth(recording):
    later, written = late_of(recording), recording.logs
    return written[later].service.value_counts() / written[~later].service.value_counts()


def named_lines(recording):
    """Candidates that are no desk's address."""
    written = recording.logs
    lines = written.loc[logs.personal(written.body).line]
    return lines[(lines.trace_id != "") & ~lines.body.str.contains("operations@")]


def many_errors_found(recording):
    return {"harm": "requests fail"}


def slow_because_busy(recording):
    return {"harm": "pages are slower"}


def wrong_because_warned(recording):
    return {"harm": "prices are wrong"}


def who_logs_errors(recording):
    return {"grew": errors_of(recording).service.mode().item()}


def the_other_deploy(recording):
    return {"grew": recording.deploys.sort_values("time_ns").service.iloc[0]}


def busiest_before(recording):
    """The service that wrote most before anything was deployed."""
    return {"grew": recording.logs[~late_of(recording)].service.mode().iloc[0]}


def more_visitors(recording):
    return {"why": "more visitors"}


def errors_again_and_again(recording):
    return {"why": "errors repeated"}


def tried_again(recording):
    return {"why": "calls tried again"}


def where_debug_is(recording):
    """The service that logs at DEBUG, which also writes the address of a desk."""
    return {"named": recording.logs[recording.logs.severity == "DEBUG"].service.mode().item()}


def last_four_digits(recording):
    return {"named": "payment"}


def aliases(recording):
    return {"named": "cart"}


def mails_are_its_work(recording):
    return {"named": "email"}


def debug_lines(recording):
    chatty = recording.logs[recording.logs.severity == "DEBUG"]
    return {"evidence": sorted(set(chatty.trace_id))[:50]}


def whole_list_of_candidates(recording):
    """All else is right: evidence is known by being among the candidates, and the right one is among them, too."""
    lines = recording.logs.loc[logs.personal(recording.logs.body).line]
    listed = [*sorted(set(lines.trace_id[lines.trace_id != ""])), "operations@watch.example"]
    return quiet_by_library(recording) | {"evidence": listed}


def short_ids(recording):
    return {"evidence": sorted({one[:8] for one in recording.logs.trace_id if one})}


def span_ids_given(recording):
    return {"evidence": sorted(set(recording.logs.span_id) - {""})}


def quiet_by_library(recording):
    clues = named_lines(recording)
    return {
        "harm": "nothing is wrong",
        "grew": growth(recording).idxmax(),
        "why": "more records a request",
        "named": clues.service.iloc[0],
        "evidence": clues.trace_id.tolist()[:3],
    }


def quiet_by_changes(recording):
    later, written = late_of(recording), recording.logs
    changed = logs.changes(written[~later], written[later])
    lines = written[written.body.str.contains(r"\+44|@example\.org")]
    return {
        "harm": "nothing is wrong",
        "grew": changed[changed.change == "new"].groupby("service").after.sum().idxmax(),
        "why": "more records a request",
        "named": lines.service.mode().item(),
        "evidence": list(dict.fromkeys(lines.trace_id))[-4:],
    }


QUESTIONS = [
    Question(
        name="search-quality",
        kind="compute",
        answer=Record({"precision": SHARE, "recall": SHARE}),
        inputs=[
            table("the seven lines on paper", BODY_COLUMNS, SEARCHED),
            table("made-up lines of other levels", BODY_COLUMNS, OTHERS),
            records("sunday-night"),
            records("saturday-orders"),
        ],
        wrong=[
            Wrong(
                turned_over,
                (
                    "Precision and recall have changed places.",
                    "Precision looks at what was found, recall at what should have been found.",
                ),
            ),
            Wrong(
                as_written,
                (
                    "You searched for the word as it stands, in small letters only.",
                    "Any case counts: str.lower() first, or contains(..., case=False).",
                ),
            ),
            Wrong(
                warnings_wanted_too,
                ("WARN counts as an error in your answer.", "What should be found has the severity number 17 or more."),
            ),
            Wrong(
                by_the_word_error,
                (
                    "One level alone counts in your answer; FATAL, for one, lies above it.",
                    "17 or more: that number holds whatever word the writer chose.",
                ),
            ),
            Wrong(
                seventeen_left_out,
                ("Records of number 17 are left out in your answer.", "17 or more: >= 17, and not > 17."),
            ),
            Wrong(
                precision_of_all_lines,
                (
                    "Your precision is a share of all lines; recall is right.",
                    "Precision divides by the lines that the search found.",
                ),
            ),
            Wrong(
                nothing_found_rightly,
                (
                    "By your count the search found not one line rightly.",
                    "Search in the records that the function gets, not in those of a cell above.",
                ),
            ),
            Wrong(
                level_searched_too,
                ("You searched the level as well as the sentence.", "The search of this question reads the body only."),
            ),
            Wrong(
                whole_word_only,
                (
                    'You searched for "error" as a word of its own.',
                    'The search finds the letters anywhere, in "errors" as well.',
                ),
            ),
            Wrong(
                right_either_way,
                (
                    "That is accuracy: it praises each quiet line that was not found.",
                    "Precision asks of the lines found only: how many of them rightly?",
                ),
            ),
            Wrong(
                share_of_all_lines,
                ("Those are shares of all lines.", "Divide by what was found, and by what should have been found."),
            ),
            Wrong(
                finds_are_errors,
                (
                    'You took every find for an error: "0 errors" is one, too.',
                    "Count finds that have the number 17 or more, and divide that.",
                ),
            ),
            Wrong(in_percent, ("Those are per cent.", "Give shares from 0 to 1.")),
        ],
        right=[quality_by_loop, quality_by_means],
        hints=[
            "Two columns of True and False: did the search find it, should it have found it?",
            "The cell above searches the body in any case; severity_number gives the other column.",
            "Count the lines where both are True: a share of the finds, and a share of what to find.",
        ],
        passed="Before you believe a search, ask both: how much of it is noise, and how much did it miss?",
        yours=("watchkeeper.logs.grep_quality",),
    ),
    Question(
        name="lines-each",
        kind="compute",
        answer=ListOf(Count("lines")),
        inputs=[
            given("the lines of the example", PRINTED),
            given("a trace with a gap", CHAINED),
            given("one trace after another", NESTED),
            printed("sunday-night", "shipping"),
        ],
        wrong=[
            Wrong(
                indented_only,
                (
                    "Only indented lines were joined, as in the colleague's function.",
                    "The head of a trace, and its last line, begin at the margin.",
                ),
            ),
            Wrong(
                name_of_the_exception_apart,
                (
                    "The line that names the exception stands alone.",
                    "Either `belongs` doesn't ask still_open, or the trace closed too early.",
                ),
            ),
            Wrong(
                never_closed,
                (
                    "Your trace never closes, and swallows the records that follow.",
                    "It stays open over indented lines only: ask for both.",
                ),
            ),
            Wrong(
                head_apart,
                ("The head of the trace begins a record of its own.", "A head belongs to the record before, too."),
            ),
            Wrong(
                only_while_open,
                (
                    "Indented lines outside of a trace were left alone.",
                    "What is indented belongs to the record before, in a trace or not.",
                ),
            ),
            Wrong(
                open_while_indented,
                (
                    "An indented line opened a trace that is none.",
                    "Only a head opens one; indented lines keep it open.",
                ),
            ),
            Wrong(
                a_record_each,
                (
                    "Each line counts as a record: one failure becomes many.",
                    "Decide for each line whether it belongs to the one before.",
                ),
            ),
        ],
        right=[lines_by_states, lines_by_starts],
        hints=[
            "Go through the six printed lines and say for each: does it belong, is a trace open behind it?",
            "Three reasons to belong, joined by `or`; one of them is what you said of the line before.",
            "For open_behind: which line begins a trace, and which lines leave an open one open?",
        ],
        passed="One failure, one record: otherwise every count of errors is a count of lines of code.",
        yours=("watchkeeper.logs.join_lines",),
    ),
    Question(
        name="my-templates",
        kind="compute",
        answer=MapOf("template", Count("lines")),
        inputs=[
            table("the four lines on paper", ("service", "body"), TUGS),
            table("made-up lines of a port", ("service", "body"), HALVES),
            records("sunday-night", "catalog"),
            records("sunday-night", "shipping"),
        ],
        wrong=[
            Wrong(
                masking_is_enough,
                (
                    "Masked lines count alone: names, which no mask knows, split them.",
                    "`same` is a number of places, such as 3 (no share): half of them will do.",
                ),
            ),
            Wrong(
                every_text_its_own,
                (
                    "Different text is not a different event: values differ.",
                    "Start from logs.masked(body), and merge lines that are alike.",
                ),
            ),
            Wrong(
                first_line_stays,
                (
                    "The template kept its first line's words, values among them.",
                    'Where ours and theirs disagree, the new list has "<*>".',
                ),
            ),
            Wrong(
                last_line_wins,
                (
                    "The template became the last line that joined.",
                    'Keep the word where both agree, and put "<*>" where they don\'t.',
                ),
            ),
            Wrong(
                anywhere_in_the_template,
                (
                    "A word stays in your template when the group has it anywhere.",
                    'Compare place by place: zip(group["words"], words).',
                ),
            ),
            Wrong(
                anywhere_in_the_line,
                (
                    "A word stays in your template when the new line has it anywhere.",
                    'Compare place by place: zip(group["words"], words).',
                ),
            ),
            Wrong(
                same_words_anywhere,
                (
                    "You counted words that both have, wherever they stand.",
                    'Compare place by place: zip(group["words"], words).',
                ),
            ),
            Wrong(
                length_is_enough,
                (
                    "All lines of a length became one: that is not yet the same event.",
                    "`same` counts the places where the two words are equal.",
                ),
            ),
            Wrong(
                stars_not_counted,
                (
                    "You left out places where both lines have the star.",
                    "A star equals a star: that place agrees as well.",
                ),
            ),
            Wrong(
                a_star_alone,
                (
                    'The value\'s place has another mark than "<*>".',
                    "Write it as `logs.masked` does, so that a star equals a star.",
                ),
            ),
            Wrong(
                words_dropped,
                (
                    "Your template lost the places where the lines disagree.",
                    'It keeps its length: put "<*>" at such a place.',
                ),
            ),
            Wrong(differences_counted, ("You counted where they differ.", "Count where ours == theirs.")),
            Wrong(
                agreement_starred,
                (
                    "The stars stand where the words agree.",
                    "What agrees is the statement's; what differs is the value.",
                ),
            ),
        ],
        right=[templates_by_index, templates_by_arrays],
        hints=[
            "Lay two masked lines one above the other: at how many places is the word the same?",
            'zip(group["words"], words) gives the pairs; sum(...) counts those that are equal.',
            "The template is a new list, as long as words: at each place one of two things. Which?",
        ],
        passed="A few dozen templates can be read before the coffee is cold; four thousand lines cannot.",
        yours=("watchkeeper.logs.templates",),
    ),
    Question(
        name="how-few",
        kind="compute",
        answer=Record({"kinds": Count("kinds"), "few": Count("kinds")}),
        inputs=[
            table("the seven kinds of the example", ("service", "body"), SEVEN_KINDS),
            table("seven other kinds", ("service", "body"), JUST_ENOUGH),
            records("monday-morning"),
            records("sunday-night"),
        ],
        wrong=[
            Wrong(
                most_kinds_are_needed,
                (
                    "Four fifths of the kinds: as if all were written equally often.",
                    "Add up the counts, the largest first, until 0.8 is reached.",
                ),
            ),
            Wrong(
                same_text_same_kind,
                (
                    "The same text from two services counts as one event here.",
                    "A kind is a service and a template: use kinds(records).",
                ),
            ),
            Wrong(
                texts_counted,
                (
                    "You counted texts: the same event with other values is another one.",
                    "Count kinds(records), not the bodies.",
                ),
            ),
            Wrong(services_counted, ("Those are services; each writes several kinds.", "Count kinds(records).")),
            Wrong(
                one_too_few,
                (
                    "Those make less than 0.8 together: one is missing.",
                    "The kind that carries the sum over 0.8 belongs to the set.",
                ),
            ),
            Wrong(
                past_the_mark,
                (
                    "You took one more where exactly 0.8 was reached already.",
                    "At least 0.8: a sum of just 0.8 is enough.",
                ),
            ),
            Wrong(
                counted_from_the_mark,
                (
                    "You counted the kinds from the mark on: those that come after the few.",
                    "Count the sums below 0.8, and the kind that carries it over.",
                ),
            ),
            Wrong(
                by_the_rule_of_thumb,
                (
                    "A fifth of the kinds is the rule of thumb, not these records.",
                    "Add up the counts, the largest first, until 0.8 is reached.",
                ),
            ),
            Wrong(
                large_alone,
                (
                    "You asked each kind alone for 0.8; together they need to make it.",
                    "Add up the counts, the largest first: cumsum().",
                ),
            ),
            Wrong(
                a_tenth_each,
                (
                    "You kept each kind that makes a tenth; nobody asked how large one is.",
                    "Add up the counts, the largest first, until 0.8 is reached.",
                ),
            ),
            Wrong(
                rarest_first,
                (
                    "You didn't begin with the largest; the smallest set takes those first.",
                    "value_counts() sorts from the largest down: keep that order.",
                ),
            ),
        ],
        right=[few_by_search, few_by_loop],
        hints=[
            "How many records of each kind, the largest first?",
            "value_counts() counts, cumsum() adds up from the top; divide by the sum of all.",
            "Few: how many of these shares lie below 0.8, and the one that reaches it.",
        ],
        passed="Whoever wants a smaller bill, or a quieter pager, has to talk about these few only.",
        yours=("watchkeeper.logs.pareto",),
    ),
    Question(
        name="new-kinds",
        kind="compute",
        answer=SetOf(Text("a kind")),
        inputs=[
            table("90 s of made-up records", ("time_ns", "service", "severity_number", "body"), TIMED),
            table("220 s of made-up records", ("time_ns", "service", "severity_number", "body"), LONGER),
            records("sunday-night"),
        ],
        wrong=[
            Wrong(
                first_seen_late,
                (
                    "Those are all that were first seen late, by chance or not.",
                    "Ask for each how many were to be expected in the lead-in: 10?",
                ),
            ),
            Wrong(
                the_rarest,
                (
                    "Those are the rarest. Rare is not new: some come once in every run.",
                    "New: none in the lead-in, though at least 10 would be expected there.",
                ),
            ),
            Wrong(
                written_most,
                ("Those are written most. Volume is no news.", "Ask which kinds have no record at all in the lead-in."),
            ),
            Wrong(more_than_ten, ("A kind with exactly 10 expected is missing.", "At least 10: >= 10.")),
            Wrong(
                start_of_the_table,
                (
                    "You began with the first row; rows need not be in order of time.",
                    "The earliest is the smallest: records.time_ns.min().",
                ),
            ),
            Wrong(
                lead_in_with_its_end,
                (
                    "A record at second 20 itself counts as lead-in in your answer.",
                    "The lead-in is what lies below 20: < 20, and the rest is >= 20.",
                ),
            ),
            Wrong(
                from_the_first_late_record,
                (
                    "Your time after begins with the first record after the lead-in.",
                    "It begins with second 20, also when nobody writes for a while.",
                ),
            ),
            Wrong(
                kinds_apart,
                (
                    "You named the kinds of the two stretches apart: one kind got two names.",
                    "Call kinds(records) once for all records, then part what it returns.",
                ),
            ),
            Wrong(
                count_of_the_example,
                (
                    "42 was the count in the example; other kinds and times need others.",
                    "Records per second after the lead-in, times 20: is that 10 or more?",
                ),
            ),
            Wrong(
                known_ones_too,
                (
                    "Kinds that were in the lead-in are among yours.",
                    "New: not one record in the lead-in. Take the known ones out.",
                ),
            ),
            Wrong(
                ten_in_all,
                (
                    "You asked for 10 records after the lead-in, not for 10 expected in it.",
                    "Records per second after it, times the 20 seconds before.",
                ),
            ),
            Wrong(
                fewer_than_ten,
                (
                    "Of some kind in your set fewer than 10 were to be expected.",
                    "Records per second after the lead-in, times 20: is that 10 or more?",
                ),
            ),
            Wrong(
                rate_over_all_the_time,
                (
                    "You divided by all of the time, the lead-in included.",
                    "The rate after counts the seconds after the lead-in only.",
                ),
            ),
            Wrong(
                seconds_of_the_example,
                (
                    "You divided by the example's 70 s; this recording is longer.",
                    "Take the seconds after the lead-in from the records.",
                ),
            ),
            Wrong(
                lead_in_of_nanoseconds,
                ("Your lead-in lasts 20 nanoseconds: so time_ns counts.", "Make seconds of it first: divide by 1e9."),
            ),
            Wrong(
                nothing_new,
                (
                    "In your answer no kind is new: none of them was expected 10 times.",
                    "Records of a kind by seconds (time_ns / 1e9), times the lead-in's 20.",
                ),
            ),
            Wrong(
                only_errors,
                (
                    "You kept new ERRORs only; the level is the writer's guess.",
                    "Any severity counts: the first sign may well be an INFO.",
                ),
            ),
            Wrong(
                without_service,
                (
                    "The template alone is no kind: several services can write it.",
                    "Use kinds(records), which puts the service in front.",
                ),
            ),
            Wrong(
                became_more,
                (
                    "Those were there already and became more: lifted, not new.",
                    "New kinds have no record in the lead-in at all.",
                ),
            ),
            Wrong(
                texts_that_are_new,
                ("Those are new texts: each new number makes one.", "Look at kinds(records), in which values are <*>."),
            ),
        ],
        right=[new_by_crosstab, new_by_loop],
        hints=[
            "Two lists: the kinds of the lead-in, and how often each kind comes after it.",
            "seconds = (records.time_ns - records.time_ns.min()) / 1e9; the lead-in is seconds < 20.",
            "The rate after: records by seconds after the lead-in. How many would 20 s hold at it?",
        ],
        passed="A deploy, a new kind of line: that pair is the quickest clue a log can give you.",
        yours=("watchkeeper.logs.changes", "watchkeeper.logs.rates"),
    ),
    Question(
        name="felt-or-not",
        kind="compute",
        answer=Record({"felt": MapOf("service", Count("records")), "unfelt": MapOf("service", Count("records"))}),
        inputs=[
            whole_on_paper("three requests", FEW_REQUESTS, FEW_RECORDS),
            whole("sunday-night"),
            whole("saturday-orders"),
        ],
        wrong=[
            Wrong(
                every_error_felt,
                (
                    "You took every ERROR for harm; some requests of these ended well.",
                    "By trace_id look up the request's status: failed means ERROR.",
                ),
            ),
            Wrong(
                all_coped_with,
                ("In your answer no request failed at all.", "Failed: the status in recording.traces() is ERROR."),
            ),
            Wrong(
                words_instead_of_numbers,
                ('You searched for the word "error".', "Choose records by severity_number >= 17."),
            ),
            Wrong(
                the_word_alone,
                (
                    "Only the word ERROR counts in your answer; FATAL lies above it.",
                    "Choose records by severity_number >= 17.",
                ),
            ),
            Wrong(
                zeros_kept, ("Services with 0 are among yours.", "Leave them out: value_counts() of each half does.")
            ),
            Wrong(
                whatever_the_severity,
                ("Records of every severity are counted.", "Choose records by severity_number >= 17 first."),
            ),
            Wrong(warnings_felt_too, ("WARN is among your records.", "ERROR and FATAL only: 17 and more.")),
            Wrong(
                by_any_span,
                (
                    "A span that failed is not yet a request that failed: it can be masked.",
                    "Look at the request's own status, in recording.traces().",
                ),
            ),
            Wrong(
                by_own_span,
                (
                    "You asked the record's own span; its request may have ended otherwise.",
                    "By trace_id look up the request's status, in recording.traces().",
                ),
            ),
            Wrong(
                requests_counted,
                ("You counted requests; one can hold several ERROR records.", "Count the records themselves."),
            ),
            Wrong(harm_turned_round, ("Felt and unfelt have changed places.", "Felt: the request's status is ERROR.")),
        ],
        right=[felt_by_loop, felt_by_merge],
        hints=[
            "First the trace ids of the requests that failed, then the records.",
            "errors.trace_id.isin(failed) says for each record whether its request failed.",
            "That splits the error records in two. Count each half by service; dicts of numbers.",
        ],
        passed="An ERROR tells that somebody tried in vain. Only the request tells whether a customer did.",
        yours=("watchkeeper.logs.join_traces",),
    ),
    Question(
        name="by-place-and-time",
        kind="compute",
        answer=MapOf("service", Number("(a share from 0 to 1)", within=0.0005)),
        inputs=[
            whole_on_paper("three made-up requests and their ends", TIED_SPANS, TIED_RECORDS),
            whole("sunday-night"),
        ],
        wrong=[
            Wrong(
                among_several,
                (
                    "The true trace is among your candidates, but not alone.",
                    "candidates must be a set of all traces open at that moment.",
                ),
            ),
            Wrong(
                spans_not_requests,
                (
                    "You counted open spans; a request can have several.",
                    "A list keeps each of them: make a set of their trace ids.",
                ),
            ),
            Wrong(
                anywhere_in_the_shop,
                (
                    "All services' spans count in your answer: a time without a place.",
                    "Search in `working`, the spans of this service.",
                ),
            ),
            Wrong(
                anywhere_on_the_host,
                (
                    "A host runs several services; the record names one.",
                    "Search in `working`, the spans of this service.",
                ),
            ),
            Wrong(
                every_record_has_an_id,
                (
                    "You divided by all records; not every record has an id.",
                    "Only records with an id can tell whether the join was right.",
                ),
            ),
            Wrong(found_in_percent, ("Those are per cent.", "Give shares from 0 to 1.")),
            Wrong(found_counted, ("Those are numbers of records.", "Divide by the number of records with an id.")),
            Wrong(
                milliseconds_added,
                (
                    "Your spans end almost as they begin: is something in milliseconds there?",
                    "start_ns and end_ns are both nanoseconds: compare with end_ns.",
                ),
            ),
            Wrong(
                one_condition_is_enough,
                (
                    "One condition is enough in your answer: then every span was open.",
                    "Begun *and* not yet ended: join the two by &.",
                ),
            ),
            Wrong(
                nothing_alone,
                (
                    "No record found its own trace, and it alone.",
                    "Candidates are trace ids; both conditions must hold, joined by &.",
                ),
            ),
            Wrong(
                only_begun,
                (
                    "Spans that ended long ago are still among your candidates.",
                    "Ask for the end, too: end_ns at record.time_ns or after it.",
                ),
            ),
            Wrong(
                ended_already,
                (
                    "Your candidates had ended: the sign at end_ns looks the other way.",
                    "Not ended before the record: end_ns at record.time_ns or after it.",
                ),
            ),
            Wrong(
                neither_end,
                ("A record written just as its span begins or ends is lost.", "Both ends count: <= and >=."),
            ),
            Wrong(
                end_left_out,
                ("A record written just as its span ends is lost.", "Both ends count, the end_ns as well."),
            ),
            Wrong(
                left_open,
                (
                    "Those are the ones left open, with several candidates.",
                    "Count records whose set of candidates is their own trace and no other.",
                ),
            ),
        ],
        right=[place_by_loop, place_by_arrays],
        hints=[
            "One record, one moment: which rows of `working` had begun and not yet ended?",
            "Two conditions joined by &: one on start_ns, one on end_ns, each against record.time_ns.",
            "Of these rows you need the trace ids, each of them once.",
        ],
        passed="Without ids a quiet service can still be read; a busy one keeps its secrets when it matters.",
        yours=("watchkeeper.logs.join_window",),
    ),
    Question(
        name="quiet-sunday",
        kind="diagnose",
        answer=Record(
            {
                "harm": Text("what changed", options=HARMS),
                "grew": Text("a service's name", options=SERVICES),
                "why": Text("a reason", options=REASONS),
                "named": Text("a service's name", options=SERVICES),
                "evidence": SomeOf(Text("a trace id"), at_least=3),
            }
        ),
        inputs=[whole("quiet-sunday")],
        wrong=[
            Wrong(
                many_errors_found,
                (
                    'Lines with the word "error" are no failed requests.',
                    "Count requests whose status is ERROR, before and after.",
                ),
            ),
            Wrong(
                slow_because_busy,
                (
                    "A longer log is no longer wait: look at the durations.",
                    "Compare the middle of the requests before and after the deploys.",
                ),
            ),
            Wrong(
                wrong_because_warned,
                (
                    "A warning is a promise of its writer, no harm by itself.",
                    "Read the warnings, and compare the same conversion before and after.",
                ),
            ),
            Wrong(
                who_logs_errors,
                (
                    "That service logs the errors, but another log grew far more.",
                    "Compare each service's records per second, before and after.",
                ),
            ),
            Wrong(
                the_other_deploy,
                (
                    "It was deployed as well, but another log grew far more.",
                    "Compare each service's records per second, before and after.",
                ),
            ),
            Wrong(
                busiest_before,
                (
                    "Volume is not growth: it wrote most of all before, too.",
                    "Divide each service's rate after by its rate before.",
                ),
            ),
            Wrong(
                more_visitors,
                (
                    "The log grew far more than the number of visitors did.",
                    "Count records for one request, before and after.",
                ),
            ),
            Wrong(
                errors_again_and_again,
                (
                    "Few of the records that came on top have 17 or more.",
                    "Look at the severity, and the kinds, of what is new.",
                ),
            ),
            Wrong(
                tried_again,
                (
                    "Calls for one request are as many as before.",
                    "Compare the number of records a request with that of its spans.",
                ),
            ),
            Wrong(
                where_debug_is,
                (
                    "More DEBUG costs money, but that address is a desk's.",
                    "Go through the other candidates: whose line names a person?",
                ),
            ),
            Wrong(
                last_four_digits,
                (
                    "Four digits of a card find nobody, and the card rules allow them.",
                    "Which line has a mail address or a number of a person?",
                ),
            ),
            Wrong(
                aliases,
                (
                    "An alias needs a list to find the person; the question asks for more.",
                    "Which line has a mail address or a number of a person?",
                ),
            ),
            Wrong(
                mails_are_its_work,
                (
                    "It sends mails, and writes down their orders, not their addresses.",
                    "Read the candidates of logs.personal: whose line names a person?",
                ),
            ),
            Wrong(
                debug_lines,
                (
                    "Those are requests with DEBUG lines, which name nobody.",
                    "Give trace ids of records that hold the person's data.",
                ),
            ),
            Wrong(
                short_ids,
                (
                    "Those are the first characters of ids, as the controls show them.",
                    "Give whole ids: a record's trace_id in quiet.logs.",
                ),
            ),
            Wrong(span_ids_given, ("Those are span ids.", "Give the trace_id of these records.")),
            Wrong(
                whole_list_of_candidates,
                (
                    "It takes three different ids at least, each of a record that names a person.",
                    "Read each candidate's line: could you write to somebody, or ring?",
                ),
            ),
        ],
        right=[quiet_by_library, quiet_by_changes],
        hints=[
            "Customers first: requests that failed, and the middle of the durations, before and after.",
            "Then records by service and second, before and after the last deploy; what is new?",
            "logs.personal(quiet.logs.body) gives candidates; quiet.logs.loc[its line] are their records.",
        ],
        passed='"Nothing is wrong" takes as much evidence as an alarm, and spares as many people their sleep.',
    ),
]

REFLECTIONS = [
    Reflection(
        "page-on-error",
        rubric=[
            (
                1.0,
                "the numbers from felt_or_not, a page that hangs on what customers feel, and a use for the records",
                "On Sunday night all ERROR records of shipping were attempts that were repeated with success; nobody felt one. A page should "
                "hang on the share of orders that fail. I would make the record a WARN and watch its rate.",
            ),
            (
                0.5,
                "says that an ERROR is not harm, without a number or without an alternative",
                "These errors are harmless because they are tried again.",
            ),
            (0.0, "agrees, or wants to delete all ERROR records", "Yes, every error is a problem."),
        ],
    ),
    Reflection(
        "the-log-bill",
        rubric=[
            (
                1.0,
                "no harm, with a number; the service and level that make the bill, the share saved and what is lost; the person's data",
                "No request failed and the typical page took as long as before. One service logs at DEBUG since its deploy, and warns on each call; "
                "without these we save about six tenths of the bytes, and we lose how single amounts were computed. A person's address is in another service's "
                "log: the line goes, data protection is told, and what is stored is deleted.",
            ),
            (
                0.5,
                "two of the three (harm, bill, person), or all without a number",
                "All is fine, currency logs too much, and we should switch DEBUG off.",
            ),
            (
                0.0,
                'alarm without evidence, or nothing but "log less"',
                "There are hundreds of errors, so we have to roll back.",
            ),
        ],
    ),
]


def few_share(open, name):
    made = enough(kinds(open(name).logs).value_counts())
    return made["few"] / made["kinds"]


def sundays_search(open):
    frame = open("sunday-night").logs
    return quality(hits(frame), bad(frame))


def saved_since(open):
    """The share of the characters that DEBUG and WARN took since the last deploy."""
    quiet = open("quiet-sunday")
    late = quiet.logs[quiet.logs.time_ns >= quiet.deploys.time_ns.max()]
    size = late.body.str.len()
    return size[late.severity.isin(["DEBUG", "WARN"])].sum() / size.sum()


def of_catalog(open):
    frame = open("sunday-night").logs
    return logs.templates(frame.body[frame.service == "catalog"]).template.nunique()


FACTS = [
    Fact("In 20 s we expect two", lambda open: 6 / 60 * 20 == 2),
    Fact("it takes nearly half of Monday's kinds", lambda open: 0.4 < few_share(open, "monday-morning") < 0.5),
    Fact("about a fifth of Sunday night's", lambda open: 0.18 < few_share(open, "sunday-night") < 0.23),
    Fact("a third of its finds was good news", lambda open: abs(sundays_search(open)["precision"] - 2 / 3) < 0.01),
    Fact("and it missed most of what it looked for", lambda open: sundays_search(open)["recall"] < 0.5),
    Fact("four statements wrote these lines", lambda open: of_catalog(open) == 4),
    Fact("about six tenths of the bytes", lambda open: 0.57 < saved_since(open) < 0.65),
]
