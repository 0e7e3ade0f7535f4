"""budget-spent: how much of the error budget have these minutes used?"""

from watchkeeper.staff.author.writing import Number, days, question, table

from .shared import SERIES, minutes_of

FIVE = minutes_of([1000, 0, 498, 1999, 500], [1000, 0, 500, 2000, 500])

q = question(
    kind="compute",
    points=3,
    answer=Number("%", within=0.01),
    yours=["watchkeeper.slo.budget", "watchkeeper.slo.share", "watchkeeper.slo.burn_rate"],
)
q.inputs(
    table("five minutes on paper", SERIES, FIVE),
    days("three-weeks", 1, 7),
    days("three-weeks", 15, 21),
    days("three-weeks", 1, 21),
)
q.hints(
    "How many requests were bad in all rows together? valid minus good, added up.",
    "How many does the promise allow? One in a thousand of all valid ones.",
    "On paper: 2,000 requests allow 2 bad ones, so 3 bad ones are 150 % of the budget.",
)
q.passed("Counted in requests, a bad minute at noon costs what it cost the customers.")


@q.wrong(
    "That is the mean of the minutes: a quiet one weighs as much as a busy one.",
    "Add up bad and valid requests over all rows, then divide once.",
    misconception="averaging minutes, days or services is fair",
)
def spent_by_mean_of_minutes(series):
    return 100 * (1 - series.good / series.valid).mean() / 0.001


@q.wrong(
    "You count minutes; in most of them only a small part of the requests failed.",
    "The budget is one in a thousand requests: count bad requests.",
    misconception="99.9 % is three minutes a month; a partial failure costs a whole minute",
)
def spent_in_bad_minutes(series):
    return 100 * (series.good < series.valid).sum() / (0.001 * len(series))


@q.wrong("That is the share of bad requests among all.", "Divide by what the promise allows: one in a thousand.")
def share_of_the_requests(series):
    return 100 * (series.valid - series.good).sum() / series.valid.sum()


@q.wrong("That is what is left.", "This asks for what is spent.")
def what_is_left(series):
    return 100 - spent_by_sums(series)


@q.wrong("That is a fraction of the budget.", "This asks for %: 0.75 is 75.")
def spent_as_a_fraction(series):
    return spent_by_sums(series) / 100


@q.wrong("You allow one request in a hundred.", "99.9 % allows one in a thousand.")
def budget_of_one_percent(series):
    return spent_by_sums(series) / 10


@q.wrong(
    "A mean of minutes: empty ones count as perfect, quiet ones as busy.",
    "Leave the minutes alone: add up bad and valid, divide once.",
    misconception="averaging minutes, days or services is fair",
)
def empty_minutes_are_perfect(series):
    return 100 * (1 - series.good / series.valid).fillna(0).mean() / 0.001


@q.wrong(
    "Minutes without a request count as failed in yours.", "Nobody was harmed: add up bad and valid, and divide once."
)
def empty_minutes_are_lost(series):
    return 100 * (1 - (series.good / series.valid).fillna(0)).mean() / 0.001


@q.wrong("You take one in a thousand of the good requests.", "The promise allows one in a thousand of all valid ones.")
def allowed_of_the_good(series):
    return 100 * (series.valid - series.good).sum() / (0.001 * series.good.sum())


@q.wrong("You have cut or rounded it to a whole number.", "Return the number as it is.")
def spent_in_whole_percent(series):
    return int(spent_by_sums(series))


@q.wrong("You count the good requests as spent.", "Bad ones are valid minus good.")
def good_ones_counted(series):
    return 100 * series.good.sum() / (0.001 * series.valid.sum())


@q.alternative
def spent_by_sums(series):
    return 100 * (series.valid - series.good).sum() / (0.001 * series.valid.sum())


@q.alternative
def spent_by_loop(series):
    bad = valid = 0
    for row in series.itertuples():
        bad, valid = bad + row.valid - row.good, valid + row.valid
    return bad * 1000 / valid * 100
