"""how-long-to-wait: how long must you collect orders to see one that is slower than p99?"""

import math

from watchkeeper.staff.author.writing import Count, given, question

q = question(kind="predict", points=2, answer=Count("minutes"))
q.inputs(given("orders a minute", 20))
q.hints(
    "One order is not beyond p99 with a chance of 0.99; none of n with 0.99 ** n.",
    "Try values of n until 0.99 ** n is 0.05 or less.",
    "Divide that n by 20 orders a minute, and round up.",
)
q.passed("Before you set an alarm on a p99, work out how long it takes until there is one.")


@q.wrong(
    "100 orders don't show a p99: in 37 % of such samples nothing lies beyond it.",
    "How often must you multiply 0.99 by itself until 0.05 is left?",
    misconception="100 requests give a p99",
)
def a_hundred(rate):
    return math.ceil(100 / rate)


@q.wrong(
    "That is enough for a p95. Beyond p99 lies only 1 order in 100.",
    "Put 0.99 in the place of 0.95: the smallest n with 0.99 ** n <= 0.05.",
)
def enough_for_p95(rate):
    return math.ceil(59 / rate)


@q.wrong("That is the number of orders.", "How many whole minutes does it take until so many have come?")
def orders_not_minutes(rate):
    return 299


@q.wrong("After so many minutes you are a few orders short.", "Round up to whole minutes.")
def minutes_rounded_down(rate):
    return 299 // rate


@q.wrong(
    "Then the chance to have seen one beyond p99 is only a half.",
    "The chance of having seen none must fall to 5 %: 0.99 ** n <= 0.05.",
)
def until_even_odds(rate):
    return math.ceil(69 / rate)


@q.wrong(
    "That is for a bracket with two ends; here only the slow end counts.",
    "The smallest n with 0.99 ** n <= 0.05, divided by 20.",
)
def doubt_on_both_sides(rate):
    return math.ceil(368 / rate)


@q.alternative
def wait_by_logarithm(rate):
    return math.ceil(math.ceil(math.log(0.05) / math.log(0.99)) / rate)


@q.alternative
def wait_by_minutes(rate):
    return next(minutes for minutes in range(1, 1000) if 0.99 ** (minutes * rate) <= 0.05)
