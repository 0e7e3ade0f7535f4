"""roots-and-orphans: which spans of a trace have no parent, and which name a parent that is missing?"""

from watchkeeper.staff.author.writing import Record, SetOf, Text, on_paper, pick, question

HANGING = [
    ("a", "", "frontend", "GET /", "SERVER", 0, 50),
    ("b", "a", "cart", "GET /carts", "SERVER", 5, 20),
    ("d", "c", "ads", "GET /ads", "SERVER", 10, 90),
    ("e", "d", "ads", "load", "INTERNAL", 12, 80),
]

q = question(
    kind="compute", points=2, answer=Record({"roots": SetOf(Text("a span id")), "orphans": SetOf(Text("a span id"))})
)
q.inputs(
    on_paper("a trace with a loose end", HANGING),
    pick("monday-morning", "GET /cart", [0.5]),
    pick("monday-morning", "GET /", [0.6], without="recommendation"),
)
q.hints(
    "Two conditions on parent_span_id: is it empty, and is it a span_id of this table?",
    'Roots: parent_span_id == "". Orphans: not empty, and not .isin(spans.span_id).',
    "~ turns a condition round and & joins two. (In a loop, ask: in set(spans.span_id).)",
)
q.passed("Orphans are your first question of any trace: what is missing here, and who dropped it?")


@q.wrong(
    "Not every span whose parent is absent is a root: it may have named one.",
    "A root's parent_span_id is empty; an orphan's is not.",
)
def orphans_as_roots(spans):
    unknown = ~spans.parent_span_id.isin(spans.span_id)
    return {"roots": set(spans.span_id[unknown]), "orphans": set()}


@q.wrong(
    "The root is among your orphans: its empty parent is in no table.",
    "An orphan names somebody. Leave out empty parent_span_ids first.",
)
def empty_parent_as_orphan(spans):
    unknown = ~spans.parent_span_id.isin(spans.span_id)
    return {"roots": set(spans.span_id[spans.parent_span_id == ""]), "orphans": set(spans.span_id[unknown])}


@q.wrong(
    "Those are the ids of the parents that are absent.",
    "An orphan is the span that names such a parent: give its own id.",
)
def missing_parents(spans):
    roots = spans.parent_span_id == ""
    unknown = ~roots & ~spans.parent_span_id.isin(spans.span_id)
    return {"roots": set(spans.span_id[roots]), "orphans": set(spans.parent_span_id[unknown])}


@q.wrong("An absent parent is an empty text here, not a missing value.", 'Compare parent_span_id with "".')
def looks_for_nan(spans):
    absent = spans.parent_span_id.isna()
    unknown = ~absent & ~spans.parent_span_id.isin(spans.span_id)
    return {"roots": set(spans.span_id[absent]), "orphans": set(spans.span_id[unknown])}


@q.wrong("The longest span need not be the root: an orphan can outlast it.", "Go by parent_span_id, not by duration.")
def longest_as_root(spans):
    roots = spans.parent_span_id == ""
    unknown = ~roots & ~spans.parent_span_id.isin(spans.span_id)
    return {"roots": {spans.loc[spans.duration_ms.idxmax(), "span_id"]}, "orphans": set(spans.span_id[unknown])}


@q.alternative
def roots_by_loop(spans):
    known, roots, orphans = set(spans.span_id), [], []
    for span, parent in zip(spans.span_id, spans.parent_span_id, strict=True):
        if not parent:
            roots.append(span)
        elif parent not in known:
            orphans.append(span)
    return {"roots": roots, "orphans": orphans}


@q.alternative
def roots_by_comprehension(spans):
    named = dict(zip(spans.span_id, spans.parent_span_id, strict=True))
    return {
        "roots": {span for span, parent in named.items() if parent == ""},
        "orphans": {span for span, parent in named.items() if parent and parent not in named},
    }
