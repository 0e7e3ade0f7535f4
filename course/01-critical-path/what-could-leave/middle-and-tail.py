"""middle-and-tail: whose share grows most from the typical requests to the slowest?"""

from watchkeeper.staff.author.writing import Count, Record, Text, question, whole
from watchkeeper.traces import path_share

from .shared import cut, growth, shares_of

q = question(kind="read", points=2, answer=Record({"owner": Text("an owner"), "n": Count("requests")}))
q.inputs(whole("monday-morning"))
q.hints(
    "Take the cells of the home page and change the route.",
    "share_by_owner gives a share for each cut. An owner that one of them lacks has 0 there.",
    "slow.sub(mid, fill_value=0) subtracts owner by owner; idxmax() names the largest.",
)
q.passed("The slowest requests are made of other things than the typical one: ask of what before you tune.")


@q.wrong(
    "Large or not: its share is smaller among the slowest than in the middle.",
    "Slowest minus middle, owner by owner: take the largest difference.",
)
def shrinks_most(recording):
    return {"owner": growth(recording).idxmin()}


@q.wrong(
    "That is how many requests are in the middle fifth.", "n is the number of requests that the slowest share rests on."
)
def n_of_the_middle(recording):
    return {"n": len(cut(recording)[0])}


@q.wrong("That is how many product pages there are in all.", "n is how many are left when you keep the slowest 5 %.")
def n_of_the_route(recording):
    return {"n": int((recording.traces().route == "GET /product/{id}").sum())}


@q.wrong("That is 5 % of the requests of all routes.", "Keep one route first, then rank within it.")
def n_of_the_recording(recording):
    return {"n": int((recording.traces().duration_ms.rank(pct=True) > 0.95).sum())}


@q.alternative
def tail_by_position(recording):
    requests = recording.traces().query("route == 'GET /product/{id}'").sort_values("duration_ms")
    n = len(requests)
    slowest, middle = requests.iloc[int(0.95 * n) :], requests.iloc[int(0.4 * n) : int(0.6 * n)]
    change = shares_of(recording, slowest).sub(shares_of(recording, middle), fill_value=0)
    return {"owner": change.sort_values().index[-1], "n": n - int(0.95 * n)}


@q.alternative
def tail_by_path_share(recording):
    found = []
    for requests in cut(recording):
        spans = recording.spans[recording.spans.trace_id.isin(requests.trace_id)].reset_index(drop=True)
        found.append(path_share(spans).set_index("owner").share.to_dict())
    middle, slowest = found
    owner = max(slowest, key=lambda name: slowest[name] - middle.get(name, 0))
    return {"owner": owner, "n": len(cut(recording)[1])}
