"""lines-each: how many lines does each printed record have?"""

import numpy as np

from watchkeeper.staff.author.writing import Count, ListOf, given, printed, question

HEAD = "Traceback (most recent call last):"

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

q = question(kind="compute", points=2, answer=ListOf(Count("lines")), yours=["watchkeeper.logs.join_lines"])
q.inputs(
    given("the lines of the example", PRINTED),
    given("a trace with a gap", CHAINED),
    given("one trace after another", NESTED),
    printed("sunday-night", "shipping"),
)
q.hints(
    "Go through the six printed lines and say for each: does it belong, is a trace open behind it?",
    "Three reasons to belong, joined by `or`; one of them is what you said of the line before.",
    "For open_behind: which line begins a trace, and which lines leave an open one open?",
)
q.passed("One failure, one record: otherwise every count of errors is a count of lines of code.")


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


@q.wrong(
    "Only indented lines were joined, as in the colleague's function.",
    "The head of a trace, and its last line, begin at the margin.",
    misconception="what is indented is all of a stack trace",
)
def indented_only(lines):
    return grouped(lines, lambda indented, head, still: (indented, False))


@q.wrong(
    "The line that names the exception stands alone.",
    "Either `belongs` doesn't ask still_open, or the trace closed too early.",
)
def name_of_the_exception_apart(lines):
    return grouped(lines, lambda indented, head, still: (indented or head, False))


@q.wrong(
    "Your trace never closes, and swallows the records that follow.",
    "It stays open over indented lines only: ask for both.",
)
def never_closed(lines):
    return grouped(lines, lambda indented, head, still: (indented or head or still, head or still))


@q.wrong("The head of the trace begins a record of its own.", "A head belongs to the record before, too.")
def head_apart(lines):
    return grouped(
        lines, lambda indented, head, still: (indented or (still and not head), head or (still and indented))
    )


@q.wrong(
    "Indented lines outside of a trace were left alone.",
    "What is indented belongs to the record before, in a trace or not.",
)
def only_while_open(lines):
    return grouped(lines, lambda indented, head, still: (head or still, head or (still and indented)))


@q.wrong("An indented line opened a trace that is none.", "Only a head opens one; indented lines keep it open.")
def open_while_indented(lines):
    return grouped(lines, lambda indented, head, still: (indented or head or still, indented or head))


@q.wrong(
    "Each line counts as a record: one failure becomes many.",
    "Decide for each line whether it belongs to the one before.",
)
def a_record_each(lines):
    return [1] * len(lines)


@q.alternative
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


@q.alternative
def lines_by_starts(lines):
    starts, still_open = [], False
    for position, line in enumerate(lines):
        inner = not line or line[:1].isspace()
        head = line.startswith(HEAD)
        if position == 0 or not (inner or head or still_open):
            starts.append(position)
        still_open = head or (still_open and inner)
    return np.diff([*starts, len(lines)]).tolist()
