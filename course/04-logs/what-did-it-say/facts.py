"""What the prose of what-did-it-say states in numbers, and how each is computed."""

from watchkeeper import logs
from watchkeeper.staff.author.writing import Fact

from .shared import bad, enough, hits, kinds, quality


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
