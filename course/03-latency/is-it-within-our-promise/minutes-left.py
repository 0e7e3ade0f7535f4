"""minutes-left: how many minutes of full outage are left in the error budget?"""

from watchkeeper import slo
from watchkeeper.staff.author.writing import Number, given, question

q = question(kind="predict", points=2, answer=Number("minutes", within=0.05))
q.inputs(given("a team on paper", {"objective": 0.9995, "days": 30, "all_failed": 8, "half_failed": 20}))
q.hints(
    "The budget: 30 × 24 × 60 minutes, of which 0.05 % may be lost.",
    "The first trouble costs all of its minutes, the second one half of them.",
    "Budget minus both costs.",
)
q.passed("At 99.9 % a month may lose 43.2 minutes, at 99.95 % half of that; partial failures cost a part.")


@q.wrong(
    "You counted the minutes in which half failed in full.",
    "With even traffic each of them costs half a minute.",
    misconception="99.9 % is three minutes a month; a partial failure costs a whole minute",
)
def half_counts_in_full(paper):
    return 43_200 * (1 - paper["objective"]) - paper["all_failed"] - paper["half_failed"]


@q.wrong(
    "The minutes in which half of the requests failed cost something as well.",
    "With even traffic each of them costs half a minute.",
)
def half_is_forgotten(paper):
    return 43_200 * (1 - paper["objective"]) - paper["all_failed"]


@q.wrong(
    "That is the budget of 99.9 %; this team has promised more.",
    "30 days have 43,200 minutes. What share of them does 99.95 % allow?",
)
def of_three_nines(paper):
    return 43.2 - paper["all_failed"] - paper["half_failed"] / 2


@q.wrong(
    "That is the budget of 99.99 %: more nines than were promised.",
    "30 days have 43,200 minutes. What share of them does 99.95 % allow?",
    misconception="99.9 % is three minutes a month; a partial failure costs a whole minute",
)
def nines_are_minutes(paper):
    return 4.32 - paper["all_failed"] - paper["half_failed"] / 2


@q.wrong("That is what was spent.", "Subtract it from what 99.95 % allows in 30 days.")
def what_was_spent(paper):
    return paper["all_failed"] + paper["half_failed"] / 2


@q.wrong("That is the whole budget.", "Subtract what the two troubles have cost.")
def the_whole_budget(paper):
    return 43_200 * (1 - paper["objective"])


@q.alternative
def left_by_percent(paper):
    budget = paper["days"] * 24 * 60 * 0.05 / 100
    return budget - paper["all_failed"] - 0.5 * paper["half_failed"]


@q.alternative
def left_by_library(paper):
    spent = paper["all_failed"] * 1.0 + paper["half_failed"] * 0.5
    return slo.minutes(paper["objective"], paper["days"]) - spent
