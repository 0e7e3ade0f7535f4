"""critical-share: what share of all critical time belongs to each owner?"""

from watchkeeper.staff.author.writing import MapOf, Number, on_paper, question, route
from watchkeeper.traces import critical_path, self_time

from .shared import FANNED_OUT, owned, owned_path

q = question(
    kind="compute",
    points=3,
    answer=MapOf("an owner", Number("%", within=0.05)),
    yours=["watchkeeper.traces.path_share"],
)
q.inputs(
    on_paper("a page on paper", FANNED_OUT),
    route("monday-morning", "GET /products"),
    route("monday-morning", "GET /product/{id}"),
)
q.hints(
    "The four steps of the worked request; only the path now has the segments of many requests.",
    "Each segment's owner: look up its span_id in with_owner(spans), with map or merge.",
    "Sum duration_ms by owner, divide by the sum of all of them, times 100.",
)
q.passed("This table is what you bring when somebody asks which team's work the customers would feel.")


@q.wrong(
    "You added up durations of spans: time off the path and of parents is in it.",
    "Add up the duration_ms of the path's segments instead.",
)
def share_of_durations(spans):
    sums = owned(spans).groupby("owner").duration_ms.sum()
    return 100 * sums / sums.sum()


@q.wrong(
    "That is self time: it counts work that nobody waited for.", "Add up the segments of the critical path, by owner."
)
def share_of_self_time(spans):
    sums = owned(spans).assign(self_ms=self_time(spans).to_numpy()).groupby("owner").self_ms.sum()
    return 100 * sums / sums.sum()


@q.wrong(
    "You gave the client spans' time to the caller.",
    "Group by owner, not by service: with_owner(spans) names it.",
    misconception="an edge's time is the caller's",
)
def edges_given_to_the_caller(spans):
    path = critical_path(spans)
    return 100 * path.groupby("service").duration_ms.sum() / path.duration_ms.sum()


@q.wrong(
    "That is the mean of each request's shares: short requests count too much.",
    "Add up the ms of all requests first, then divide once.",
)
def mean_of_shares(spans):
    path = owned_path(spans)
    sums = path.pivot_table(index="trace_id", columns="owner", values="duration_ms", aggfunc="sum", fill_value=0)
    return 100 * sums.div(sums.sum(axis=1), axis=0).mean()


@q.wrong("That is a fraction of 1.", "This asks for %: 0.26 is 26.0.")
def share_as_a_fraction(spans):
    sums = owned_path(spans).groupby("owner").duration_ms.sum()
    return sums / sums.sum()


@q.alternative
def share_by_map(spans):
    path = critical_path(spans)
    names = dict(zip(spans.span_id, owned(spans).owner, strict=True))
    sums = path.duration_ms.groupby(path.span_id.map(names)).sum()
    return (sums / sums.sum() * 100).to_dict()


@q.alternative
def share_by_loop(spans):
    found = {}
    for owner, ms in owned_path(spans)[["owner", "duration_ms"]].itertuples(index=False):
        found[owner] = found.get(owner, 0.0) + ms
    whole_ms = sum(found.values())
    return {owner: 100 * ms / whole_ms for owner, ms in found.items()}
