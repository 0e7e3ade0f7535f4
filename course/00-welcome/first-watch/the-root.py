"""the-root: which of three spans is the root?"""

from watchkeeper.staff.author.writing import Text, on_paper, question

from .shared import THREE

q = question(kind="read", points=1, answer=Text("a span id"))
q.inputs(on_paper("three spans", THREE))
q.hints(
    "Every child names its parent in the column parent_span_id.",
    "The root names nobody: its parent_span_id is an empty text.",
    "Read the span_id in that row and write it between quotation marks.",
)
q.passed('When somebody says "this request took a second", they mean its root.')


@q.wrong(
    "That span works for another one: its parent_span_id is not empty.",
    "Look for the row in which parent_span_id is empty.",
    misconception="the root is whoever stands first, or the first to be asked",
)
def first_child(spans):
    return spans.sort_values("start_ns").span_id.iloc[1]


@q.wrong(
    "That span was the last to begin; a root is the first, and has no parent.",
    "Look for the row in which parent_span_id is empty.",
)
def last_to_start(spans):
    return spans.sort_values("start_ns").span_id.iloc[-1]


@q.wrong(
    "That is the service's name: it can have many spans in a trace.",
    "Give what stands in the column span_id of that row.",
)
def service_instead_of_id(spans):
    return spans[spans.parent_span_id == ""].service.item()


@q.alternative
def root_by_length(spans):
    return spans.loc[spans.duration_ms.idxmax(), "span_id"]


@q.alternative
def root_by_nobody(spans):
    return next(span for span, parent in zip(spans.span_id, spans.parent_span_id, strict=True) if parent == "")
