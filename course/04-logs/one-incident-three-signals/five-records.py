"""five-records: in what order were five records written?"""

import pandas as pd

from watchkeeper.staff.author.writing import ListOf, Text, question, table

STORY = [
    ["p", "2026-03-06T10:00:03.100Z", "10:00:04.700Z", "payment", "charged 12100 USD"],
    ["q", "2026-03-06T10:00:04.700Z", "10:00:09.000Z", "frontend", "page is out"],
    ["r", "2026-03-06T05:00:04.900-05:00", "10:00:06.000Z", "shipping", "parcel leaves"],
    ["s", "2026-03-06T11:00:04.300+01:00", "10:00:05.000Z", "checkout", "will ask for 12100 USD"],
    ["t", "2026-03-06T10:00:04.000Z", "10:00:08.900Z", "frontend", "order comes in"],
]

q = question(kind="read", points=2, answer=ListOf(Text("a record's letter", options=("p", "q", "r", "s", "t"))))
q.inputs(table("five records", ["record", "stamp", "observed", "service", "says"], STORY))
q.hints(
    "Write each stamp as time in UTC first: 11:00 at +01:00 is 10:00.",
    "Then read who asks whom, and look for a record that answers before it was asked.",
    "Move the records of that one clock to where causality lets them be.",
)
q.passed("Two clocks can disagree, a question and its answer can't: lean on the latter at night.")


@q.wrong(
    "That is the order of the stamps as text; the zones are still in them.",
    "Take the hours behind + off, add those behind -, and compare again.",
    misconception="stamps can be sorted as text, or by when they were collected",
)
def as_text(story):
    return story.sort_values("stamp").record.tolist()


@q.wrong(
    "That is the order of the stamps, as if all clocks agreed.",
    "Can somebody have answered before the question came in? Who asks whom?",
    misconception="time stamps order events",
)
def by_stamp(story):
    return story.assign(at=pd.to_datetime(story.stamp, utc=True)).sort_values("at").record.tolist()


@q.wrong(
    "That is the order in which somebody collected them: one agent sent a batch.",
    "Use the stamps in one zone, then who asked whom.",
    misconception="stamps can be sorted as text, or by when they were collected",
)
def by_observed(story):
    return story.sort_values("observed").record.tolist()


@q.wrong(
    "That is the order of the table, in which they were only written down.",
    "Begin with the service that the customer talks to.",
)
def as_listed(story):
    return story.record.tolist()


@q.wrong(
    "checkout noted the sum before it asked payment.", "Its clock is right; payment's is the one to move, and further."
)
def charged_too_early(story):
    found = by_mended_clock(story)
    return [found[0], found[2], found[1], *found[3:]]


@q.wrong(
    "You put the page last, as one would expect; but nobody waits for the parcel.",
    "Compare these two stamps in one zone: both clocks are right.",
    misconception="what usually comes last came last",
)
def parcel_before_page(story):
    found = by_mended_clock(story)
    return [*found[:3], found[4], found[3]]


@q.wrong("That is the right order, from its end.", "Begin with the earliest.")
def latest_first(story):
    return by_mended_clock(story)[::-1]


@q.alternative
def by_mended_clock(story):
    at = pd.to_datetime(story.stamp, utc=True)
    at = at.where(story.service != "payment", at + pd.Timedelta(seconds=1.4))
    return story.assign(at=at).sort_values("at").record.tolist()


@q.alternative
def by_calls(story):
    letter = dict(zip(story.says, story.record, strict=True))
    return [
        letter["order comes in"],
        letter["will ask for 12100 USD"],
        letter["charged 12100 USD"],
        letter["page is out"],
        letter["parcel leaves"],
    ]
