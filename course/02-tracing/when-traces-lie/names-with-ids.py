"""names-with-ids: which span names differ only by an id?"""

import re

import pandas as pd

from watchkeeper.staff.author.writing import Count, MapOf, question, route

from .shared import SILENT, spans_table

NAMES = spans_table(
    "names on paper",
    [
        (f"s{number}", "", "payment", name, "INTERNAL", number, number + 1, "UNSET", "one", SILENT)
        for number, name in enumerate(
            [
                "charge A1",
                "charge B2",
                "charge B2",
                "GET /ads",
                "GET /product/{id}",
                "send mail 77 again",
                "send mail 78 again",
                "send mail 79 again",
                "retry 1",
                "charge",
                "GET /ads",
            ]
        )
    ],
)

q = question(
    kind="compute",
    points=2,
    answer=MapOf("a name", Count("names")),
    yours=["watchkeeper.traces.high_cardinality", "watchkeeper.traces.masked_name"],
)
q.inputs(
    NAMES,
    route("saturday-orders", "GET /product/{id}"),
    route("saturday-orders", "GET /cart"),
    route("monday-morning", "GET /cart"),
)
q.hints(
    'Of one name: name.split(" ") gives its words, " ".join(words) puts them together again.',
    "A character knows whether it is a digit: c.isdigit(). A word has one if any of its characters is.",
    "Mask each different name once, then ask how often each result came.",
)
q.passed("One id in a name has broken many a dashboard: each request becomes an operation of its own.")


def masked(name):
    return " ".join("{id}" if re.search(r"\d", word) else word for word in name.split(" "))


@q.wrong("You counted spans, so every common name is in it.", "Take each different name once: spans.name.unique().")
def spans_not_names(spans):
    counts = spans.name.map(masked).value_counts()
    return counts[counts > 1]


@q.wrong("You counted spans; a name that comes twice counts twice.", "Take each different name once, then count.")
def spans_of_the_pattern(spans):
    counts = spans.name.map(masked).value_counts()
    return counts[counts.index.isin(names_by_set(spans))]


@q.wrong("Names that only one name became are in it.", "Keep the counts of two or more.")
def names_that_stand_alone(spans):
    counts = pd.Series(spans.name.unique()).map(masked).value_counts()
    return counts


@q.wrong(
    "Those names still hold their ids.",
    "Replace each word that has a digit by {id}, then count.",
    misconception="span names are free text (13)",
)
def names_as_they_are(spans):
    counts = spans.name.value_counts()
    return counts[counts > 1]


@q.wrong(
    "You replaced each digit by itself; the rest of the id is still there.",
    "Replace the whole word that has a digit in it.",
)
def digits_only(spans):
    counts = pd.Series([re.sub(r"\d", "{id}", name) for name in spans.name.unique()]).value_counts()
    return counts[counts > 1]


@q.wrong(
    "You replaced the digits; the letters of the id are still there.", "Replace the whole word that has a digit in it."
)
def runs_of_digits(spans):
    counts = pd.Series([re.sub(r"\d+", "{id}", name) for name in spans.name.unique()]).value_counts()
    return counts[counts > 1]


@q.wrong(
    "You looked at the last word only; an id can stand anywhere in a name.",
    "Ask every word of the name whether it has a digit.",
)
def last_word_only(spans):
    def of_last(name):
        *first, last = name.split(" ")
        return " ".join([*first, masked(last)])

    counts = pd.Series(spans.name.unique()).map(of_last).value_counts()
    return counts[counts > 1]


@q.wrong('You took the word out; then "charge" and "charge A1" are one name.', "Put {id} in its place.")
def words_taken_out(spans):
    kept = [" ".join(word for word in name.split(" ") if not re.search(r"\d", word)) for name in spans.name.unique()]
    counts = pd.Series(kept).value_counts()
    return counts[counts > 1]


@q.alternative
def names_by_set(spans):
    found = {}
    for name in set(spans.name):
        found.setdefault(masked(name), set()).add(name)
    return {pattern: len(names) for pattern, names in found.items() if len(names) > 1}


@q.alternative
def names_by_regex(spans):
    names = spans.name.drop_duplicates()
    counts = names.groupby(names.str.replace(r"[^ ]*\d[^ ]*", "{id}", regex=True)).size()
    return counts[counts >= 2].to_dict()
