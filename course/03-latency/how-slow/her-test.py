"""her-test: for lists of which lengths is a colleague's p95 wrong?"""

import math

from watchkeeper.staff.author.writing import Count, SomeOf, given, question

q = question(kind="read", points=2, answer=SomeOf(Count("durations"), at_least=2))
q.inputs(given("lengths up to", 100))
q.hints(
    "Call her_p95(range(n)) and latency.percentile(range(n), 0.95) for some n, and compare.",
    "She takes the value at place int(0.95 * n), counted from 0: that is rank int(0.95 * n) + 1.",
    "On paper: x = 9.5 gives int(x) + 1 = 10 and ceil(x) = 10. What does x = 9 give?",
)
q.passed("A test that passes shows one case. At 20 requests her p95 is the maximum: one is slow, and somebody wakes.")


@q.wrong(
    "At those lengths 0.95 · n is no whole number, and rounding hides her slip.",
    "When is 0.95 · n whole? There int() takes the place one too far.",
)
def ten_and_its_like(up_to):
    return [10, 30, 50, 70, 90]


@q.wrong(
    "In a list that short p95 is the longest value, and hers is that too.",
    "Which is the first length at which p95 is no longer the maximum?",
)
def short_lists(up_to):
    return list(range(1, 20))


@q.wrong(
    "With those lengths she is right: test her with another one.",
    "Compare int(0.95 * n) + 1, her rank, with ceil(0.95 * n).",
)
def lists_she_gets_right(up_to):
    return [n for n in range(1, up_to + 1) if n % 20]


@q.wrong(
    "One length alone; the question asks for two or more.", "Which other lengths are like it? Try some with range(n)."
)
def one_length_alone(up_to):
    return [20]


@q.wrong(
    "At some of these she is right, or you have named fewer than two.",
    "Name two or more, each seen to give two different values.",
)
def all_of_them(up_to):
    return list(range(1, up_to + 1))


@q.alternative
def lengths_by_twenty(up_to):
    return list(range(20, up_to + 1, 20))


@q.alternative
def lengths_by_trying(up_to):
    found = []
    for n in range(1, up_to + 1):
        numbered = list(range(1, n + 1))
        if numbered[int(0.95 * n)] != math.ceil(0.95 * n):
            found.append(n)
    return found
