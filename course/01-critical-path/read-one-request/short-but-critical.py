"""short-but-critical: how many short spans are on the critical path of this page?"""

from watchkeeper import traces
from watchkeeper.staff.author.writing import Count, pick, question

q = question(kind="read", points=1, answer=Count("spans"))
q.inputs(pick("monday-morning", "GET /", [0.5]))
q.hints(
    "First the span ids on the path, then their durations from the table of spans.",
    "home_page[home_page.span_id.isin(...)] keeps the rows on the path.",
    "Of those rows count the ones with duration_ms < 2.",
)
q.passed("Critical is a place, not a size. A hundred of these are how a quick page becomes a slow one.")


@q.wrong(
    "That counts all short spans of the page, on the path or not.",
    "Keep only spans that have a segment on the path.",
    misconception="critical means slow",
)
def all_short_ones(spans):
    return int((spans.duration_ms < 2).sum())


@q.wrong(
    "That counts short segments: long spans have short segments too.",
    "Ask for the whole duration of each span, once a span.",
)
def short_segments(spans):
    return int((traces.critical_path(spans).duration_ms < 2).sum())


@q.wrong(
    "That counts spans with little time on the path, long ones among them.",
    "Ask for the whole duration of each span on the path.",
)
def short_on_path(spans):
    return int((traces.critical_path(spans).groupby("span_id").duration_ms.sum() < 2).sum())


@q.wrong("That is every span on the path, the long ones too.", "Keep those that last less than 2 ms in all.")
def all_on_path(spans):
    return int(traces.critical_path(spans).span_id.nunique())


@q.alternative
def short_by_set(spans):
    on_path = set(traces.critical_path(spans).span_id)
    return sum(one.span_id in on_path and one.duration_ms < 2 for one in spans.itertuples())


@q.alternative
def short_by_merge(spans):
    path = traces.critical_path(spans)[["span_id"]].drop_duplicates()
    return len(path.merge(spans).query("duration_ms < 2"))
