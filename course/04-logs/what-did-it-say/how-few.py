"""how-few: how few kinds of record make up most of a log?"""

from collections import Counter

import numpy as np

from watchkeeper import logs
from watchkeeper.staff.author.writing import Count, Record, question, records, table

from .shared import enough, kinds

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

q = question(
    kind="compute",
    points=2,
    answer=Record({"kinds": Count("kinds"), "few": Count("kinds")}),
    yours=["watchkeeper.logs.pareto"],
)
q.inputs(
    table("the seven kinds of the example", ("service", "body"), SEVEN_KINDS),
    table("seven other kinds", ("service", "body"), JUST_ENOUGH),
    records("monday-morning"),
    records("sunday-night"),
)
q.hints(
    "How many records of each kind, the largest first?",
    "value_counts() counts, cumsum() adds up from the top; divide by the sum of all.",
    "Few: how many of these shares lie below 0.8, and the one that reaches it.",
)
q.passed("Whoever wants a smaller bill, or a quieter pager, has to talk about these few only.")


@q.wrong(
    "Four fifths of the kinds: as if all were written equally often.",
    "Add up the counts, the largest first, until 0.8 is reached.",
    misconception="most of the records need most of the kinds (13)",
)
def most_kinds_are_needed(frame):
    """Eighty per cent of the kinds, as if all were written equally often."""
    count = kinds(frame).nunique()
    return {"kinds": count, "few": round(0.8 * count)}


@q.wrong(
    "The same text from two services counts as one event here.",
    "A kind is a service and a template: use kinds(records).",
    misconception="the same text is the same event (7)",
)
def same_text_same_kind(frame):
    return enough(logs.templates(frame.body).template.value_counts())


@q.wrong(
    "You counted texts: the same event with other values is another one.",
    "Count kinds(records), not the bodies.",
    misconception="a different text is a different event (8)",
)
def texts_counted(frame):
    return enough(frame.body.value_counts())


@q.wrong("Those are services; each writes several kinds.", "Count kinds(records).")
def services_counted(frame):
    return enough(frame.service.value_counts())


@q.wrong(
    "Those make less than 0.8 together: one is missing.", "The kind that carries the sum over 0.8 belongs to the set."
)
def one_too_few(frame):
    made = enough(kinds(frame).value_counts())
    return {"kinds": made["kinds"], "few": made["few"] - 1}


@q.wrong("You took one more where exactly 0.8 was reached already.", "At least 0.8: a sum of just 0.8 is enough.")
def past_the_mark(frame):
    counts = kinds(frame).value_counts()
    return {"kinds": len(counts), "few": int((counts.cumsum() / counts.sum() <= 0.8).sum()) + 1}


@q.wrong(
    "You counted the kinds from the mark on: those that come after the few.",
    "Count the sums below 0.8, and the kind that carries it over.",
)
def counted_from_the_mark(frame):
    counts = kinds(frame).value_counts()
    return {"kinds": len(counts), "few": int((counts.cumsum() / counts.sum() >= 0.8).sum())}


@q.wrong(
    "A fifth of the kinds is the rule of thumb, not these records.",
    "Add up the counts, the largest first, until 0.8 is reached.",
    misconception="a rule of thumb is a law (13)",
)
def by_the_rule_of_thumb(frame):
    count = kinds(frame).nunique()
    return {"kinds": count, "few": round(0.2 * count)}


@q.wrong(
    "You asked each kind alone for 0.8; together they need to make it.",
    "Add up the counts, the largest first: cumsum().",
)
def large_alone(frame):
    """Kinds that make four fifths each, alone: never more than one, and mostly none."""
    shares = kinds(frame).value_counts(normalize=True)
    return {"kinds": len(shares), "few": int((shares >= 0.8).sum())}


@q.wrong(
    "You kept each kind that makes a tenth; nobody asked how large one is.",
    "Add up the counts, the largest first, until 0.8 is reached.",
)
def a_tenth_each(frame):
    shares = kinds(frame).value_counts(normalize=True)
    return {"kinds": len(shares), "few": int((shares >= 0.1).sum())}


@q.wrong(
    "You didn't begin with the largest; the smallest set takes those first.",
    "value_counts() sorts from the largest down: keep that order.",
)
def rarest_first(frame):
    return enough(kinds(frame).value_counts().sort_values())


@q.alternative
def few_by_search(frame):
    counts = np.sort(np.unique(kinds(frame), return_counts=True)[1])[::-1]
    return {"kinds": len(counts), "few": int(np.searchsorted(counts.cumsum(), 0.8 * counts.sum())) + 1}


@q.alternative
def few_by_loop(frame):
    counts = sorted(Counter(kinds(frame)).values(), reverse=True)
    few = reached = 0
    while reached < 0.8 * sum(counts):
        reached, few = reached + counts[few], few + 1
    return {"kinds": len(counts), "few": few}
