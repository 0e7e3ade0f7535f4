"""what-waits: for how long were two spans at work at the same time?"""

from watchkeeper.staff.author.writing import Number, on_paper, question

from .shared import THREE

q = question(kind="read", points=1, answer=Number("ms", within=0.5))
q.inputs(on_paper("three spans", THREE))
q.hints(
    "Draw both bars under each other on paper.",
    "Both are at work only from the later of the two starts.",
    "It ends with the earlier of the two ends. Subtract.",
)
q.passed("Overlapping work is why adding up durations says nothing about how long a page took.")


@q.wrong(
    "You added the two durations: that counts the time they share twice.",
    "From when to when were both of them at work?",
    misconception="two spans together take the sum of their durations",
)
def sum_of_both(spans):
    return spans[spans.parent_span_id == "a1"].duration_ms.sum()


@q.wrong(
    "That is how long at least one of them was at work.", "Both: begin at the later start, stop at the earlier end."
)
def union_of_both(spans):
    children = spans[spans.parent_span_id == "a1"]
    return (children.end_ns.max() - children.start_ns.min()) / 1e6


@q.wrong(
    "That is by how much one took longer than the other.", "Compare when they began and ended, not how long they took."
)
def difference_of_durations(spans):
    children = spans[spans.parent_span_id == "a1"]
    return children.duration_ms.max() - children.duration_ms.min()


@q.alternative
def overlap_by_subtraction(spans):
    return sum_of_both(spans) - union_of_both(spans)


@q.alternative
def overlap_by_counting(spans):
    children = spans[spans.parent_span_id == "a1"]
    ticks = [set(range(int(a // 1e6), int(b // 1e6))) for a, b in zip(children.start_ns, children.end_ns, strict=True)]
    return len(ticks[0] & ticks[1])
