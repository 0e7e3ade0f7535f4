"""third-week: was the promise kept in the third week, and who was told?"""

import numpy as np

from watchkeeper import slo
from watchkeeper.staff.author.writing import Count, Number, Record, SomeOf, Text, question, whole

q = question(
    kind="diagnose",
    points=4,
    answer=Record(
        {
            "promise": Text("a verdict", ("kept", "broken")),
            "left": Number("%", within=0.05),
            "shape": Text("a shape", ("burst", "leak", "scattered")),
            "told": Text("who is told", ("page", "ticket", "nobody")),
            "since": Count("minutes"),
            "evidence": SomeOf(Count("minutes"), at_least=3),
        }
    ),
)
q.inputs(whole("three-weeks"))
q.hints(
    "What your budget_spent says is spent; the rest is left, and may be negative.",
    "Shape: add up `failed` over 60 rows; is the largest sum more than half of all? Then 1,440.",
    "Replay all three rules. Of the most urgent severity that fired, the earliest start counts.",
)
q.passed("Not the loudest minute, but what the budget can bear, decides who is woken.")


def third(recording):
    points = recording.metrics
    return slo.by_minute(points).iloc[14 * 1440 : 21 * 1440].reset_index(drop=True)


def bad_of(week):
    return week.valid - week.good


def rung(week):
    """Severity, first row and end of the most urgent rules that fired."""
    fired = slo.replay(slo.STANDARD, week, 0.999)
    for severity in ("page", "ticket"):
        some = fired[fired.severity == severity]
        if len(some):
            return severity, int(some.start.min()), int(some.end.max())
    return "nobody", -1, len(week)


def answer_of(week):
    severity, since, until = rung(week)
    bad, rows = bad_of(week), week.index
    near = rows[(rows >= max(since, 0) - 30) & (rows < until) & (bad > 0)]
    used = bad.sum() / (0.001 * week.valid.sum())
    return {
        "promise": "broken" if used > 1 else "kept",
        "left": 100 * (1 - used),
        "shape": shape_of(bad),
        "told": severity,
        "since": since,
        "evidence": near.tolist(),
    }


def shape_of(bad):
    for shape, length in (("burst", 60), ("leak", 1440)):
        if bad.rolling(length).sum().max() > bad.sum() / 2:
            return shape
    return "scattered"


@q.wrong(
    "Not so: compare the bad requests of the week with what was allowed.",
    "Your budget_spent(third_week) says it: more than 100 is broken.",
)
def the_other_verdict(recording):
    return {"promise": "broken" if answer_of(third(recording))["promise"] == "kept" else "kept"}


@q.wrong(
    "That comes of the mean of the minutes: quiet ones weigh too much.",
    "100 minus your budget_spent(third_week).",
    misconception="averaging minutes, days or services is fair",
)
def left_by_mean_of_minutes(recording):
    week = third(recording)
    return {"left": 100 * (1 - (bad_of(week) / week.valid).mean() / 0.001)}


@q.wrong(
    "That counts minutes as if everything had failed in them.",
    "Count requests: 100 minus your budget_spent(third_week).",
)
def left_in_bad_minutes(recording):
    week = third(recording)
    return {"left": 100 * (1 - (bad_of(week) > 0).sum() / (0.001 * len(week)))}


@q.wrong("That is what is spent.", "What is left is 100 minus that.")
def spent_for_left(recording):
    return {"left": 100 - answer_of(third(recording))["left"]}


@q.wrong("That is a fraction of the budget.", "This asks for %: 0.2 is 20.")
def left_as_a_fraction(recording):
    return {"left": answer_of(third(recording))["left"] / 100}


@q.wrong("A rule did fire in this week.", "slo.replay(slo.STANDARD, third_week, OBJECTIVE): look at its severity.")
def nobody_at_all(recording):
    return {"told": "nobody"}


@q.wrong(
    "Look again at which rules fired, and with which severity.",
    "slo.replay(slo.STANDARD, third_week, OBJECTIVE) lists them all.",
)
def too_urgent_or_too_late(recording):
    return {"told": {"page": "ticket", "ticket": "page", "nobody": "page"}[rung(third(recording))[0]]}


@q.wrong(
    "That is left of the three weeks together.", "Only the third week's requests, against the third week's budget."
)
def left_of_three_weeks(recording):
    minutes = slo.by_minute(recording.metrics)
    return {"left": 100 * (1 - bad_of(minutes).sum() / (0.001 * minutes.valid.sum()))}


@q.wrong(
    "Many minutes have a failure; most failed requests are closer together.",
    "Add up failed requests over a window of rows, and take the largest sum.",
)
def shape_by_minutes(recording):
    return {"shape": "scattered" if shape_of(bad_of(third(recording))) != "scattered" else "leak"}


@q.wrong(
    "How close together did most of the failed requests lie?",
    "Find the largest sum of failed in 60 rows in a row, then in 1,440.",
)
def the_other_shape(recording):
    return {"shape": {"burst": "leak", "leak": "burst", "scattered": "burst"}[shape_of(bad_of(third(recording)))]}


@q.wrong(
    "Somebody's request fails every day; an alarm for that rings all week.",
    "When did a rule of the standard three fire first?",
    misconception="trouble begins with the first failure, or in the worst minute; the rule knows it at once",
)
def first_failure_of_the_week(recording):
    return {"since": int((bad_of(third(recording)) > 0).idxmax())}


@q.wrong(
    "The worst minute is not the one in which somebody could know.",
    "When did a rule of that severity fire first? slo.replay says it.",
    misconception="trouble begins with the first failure, or in the worst minute; the rule knows it at once",
)
def largest_share_of_a_minute(recording):
    week = third(recording)
    return {"since": int((bad_of(week) / week.valid).idxmax())}


@q.wrong(
    "You count from the first of the three weeks.", "Give slo.replay the series third_week, whose rows begin at 0."
)
def counted_over_three_weeks(recording):
    return {"since": answer_of(third(recording))["since"] + 14 * 1440}


@q.wrong(
    "That is the minute after the one that ends with the firing.",
    "The column start of slo.replay has the row at whose end it fired.",
)
def minute_after(recording):
    return {"since": answer_of(third(recording))["since"] + 1}


@q.wrong(
    "Customers may have felt it by then, but no such rule had fired yet.",
    "Take the first row at whose end a rule of that severity fired.",
)
def first_minute_of_trouble(recording):
    week = third(recording)
    since = rung(week)[1]
    return {"since": int(next(row for row in range(since - 30, since) if bad_of(week)[row] > 0))}


@q.wrong(
    "So it began; a rule needs some failures more before it is sure.",
    "Detection takes time: whose windows were both above, and when first?",
    misconception="trouble begins with the first failure, or in the worst minute; the rule knows it at once",
)
def beginning_of_the_burst(recording):
    """The first of the failing minutes, none more than three after the one before it, that lead up to the firing."""
    week = third(recording)
    since, failing = rung(week)[1], bad_of(week) > 0
    begin = since
    while before := [row for row in range(begin - 3, begin) if failing[row]]:
        begin = before[0]
    return {"since": begin}


@q.wrong(
    "Another rule, or one window of this rule, says that minute.",
    "Of the most urgent severity take the rule that fired first.",
)
def another_rules_minute(recording):
    week = third(recording)
    severity, since, _ = rung(week)
    starts = slo.replay(slo.STANDARD, week, 0.999).groupby("rule").start.min()
    others = starts[starts != since]
    if len(others):
        return {"since": int(others.min())}
    told = next(one for one in slo.STANDARD if one.severity == severity)
    return {"since": int(np.flatnonzero(slo.burn_rate(week, told.short_minutes, 0.999) > told.rate)[0])}


@q.wrong(
    "That is a later firing, and not the first of that severity.",
    "Sort what slo.replay gives by severity, then by start.",
)
def least_urgent_minute(recording):
    fired = slo.replay(slo.STANDARD, third(recording), 0.999)
    if fired.rule.nunique() > 2:
        return {"since": int(fired[fired.rule == fired.rule.max()].start.min())}
    return {"since": int(fired.start.max())}


@q.wrong("By then it was no longer firing: that is the column end.", "Since when did it fire? The column start.")
def when_it_fell_silent(recording):
    week = third(recording)
    fired = slo.replay(slo.STANDARD, week, 0.999)
    return {"since": int(fired[fired.start == rung(week)[1]].end.min())}


@q.wrong(
    "Requests failed in those minutes, but that is not what the rule saw.",
    "Name failing minutes from 30 before `since` until it fell silent.",
)
def failures_elsewhere(recording):
    week, answer = third(recording), answer_of(third(recording))
    rows = week.index[(bad_of(week) > 0) & ~week.index.isin(answer["evidence"])]
    return {"evidence": rows.tolist()}


@q.alternative
def third_by_hand(recording):
    week = third(recording)
    answer = answer_of(week)
    return answer | {"evidence": bad_of(week)[answer["evidence"]].nlargest(4).index.tolist()}


@q.alternative
def third_by_firing(recording):
    week = third(recording)
    flags = {one: slo.firing(one, week, 0.999) for one in slo.STANDARD}
    page = flags[slo.STANDARD[0]] | flags[slo.STANDARD[1]]
    told, rows = ("page", page) if page.any() else ("ticket", flags[slo.STANDARD[2]])
    since = int(np.flatnonzero(rows)[0])
    bad = bad_of(week)
    left = slo.budget(0.999, int(week.valid.sum()), int(bad.sum()))
    evidence = [row for row in np.flatnonzero(rows).tolist() if bad[row] > 0][:3]
    return {
        "promise": "kept" if left.left > 0 else "broken",
        "left": 100 * left.left / left.allowed,
        "shape": shape_of(bad),
        "told": told,
        "since": since,
        "evidence": evidence,
    }
