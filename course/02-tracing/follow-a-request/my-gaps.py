"""my-gaps: how much of each call passes between client and server?"""

from watchkeeper.staff.author.writing import MapOf, Number, on_paper, pick, question

from .shared import joined

# A proxy that tried four times, a database, a server that outlasts its client, and one whose clock is 500 ms ahead.
HOPS = [
    ("page", "", "frontend", "GET /", "SERVER", 0, 200),
    ("c1", "page", "frontend", "GET /carts", "CLIENT", 5, 105),
    ("s1", "c1", "cart", "GET /carts", "SERVER", 15, 35),
    ("s2", "c1", "cart", "GET /carts", "SERVER", 38, 73),
    ("s5", "c1", "cart", "GET /carts", "SERVER", 75, 85),
    ("s6", "c1", "cart", "GET /carts", "SERVER", 88, 100),
    ("c2", "page", "frontend", "GET /ads", "CLIENT", 110, 130),
    ("s3", "c2", "ads", "GET /ads", "SERVER", 111, 134),
    ("c3", "page", "frontend", "GET /quotes", "CLIENT", 135, 155),
    ("s4", "c3", "shipping", "GET /quotes", "SERVER", 640, 652),
    ("c4", "page", "frontend", "SELECT shop.db", "CLIENT", 160, 168),
]

q = question(
    kind="compute",
    points=3,
    answer=MapOf("span id", Number("ms", within=0.001)),
    yours=["watchkeeper.traces.hop_gaps", "watchkeeper.traces.service_graph"],
)
q.inputs(
    on_paper("four tries, a late server, another clock", HOPS),
    pick("monday-morning", "GET /", [0.5]),
    pick("monday-morning", "POST /checkout", [0.3]),
)
q.hints(
    "paired(spans) has a row for each SERVER span, with its CLIENT span's id in parent_span_id.",
    "Group those rows so that all servers of one client are together: by which column?",
    "In each group add up the servers' durations; the index is then the client's id by itself.",
)
q.passed('"It\'s the network" is now a number that you can look up, for each edge.')


@q.wrong(
    "That is the way there only, and it trusts two clocks to agree.",
    "Subtract durations: client_ms - server_ms.",
    misconception="one may compare two hosts' clocks",
)
def the_way_there(spans):
    pairs = joined(spans).drop_duplicates("parent_span_id")
    return dict(zip(pairs.parent_span_id, (pairs.start_ns - pairs.client_start) / 1e6, strict=True))


@q.wrong(
    "A call without a SERVER span is not all network: nobody knows.",
    "Leave out clients without a server.",
    misconception="a client span without a server span is all network (3)",
)
def nothing_means_network(spans):
    clients = spans[spans.kind == "CLIENT"].set_index("span_id").duration_ms
    worked = joined(spans).groupby("parent_span_id").duration_ms.sum()
    return clients.sub(worked.reindex(clients.index).fillna(0)).clip(lower=0)


@q.wrong(
    "One client span need not have one server span: you took the first.",
    "Add up all servers of a client before you subtract.",
    misconception="one client span has one server span (3)",
)
def first_server_only(spans):
    pairs = joined(spans).drop_duplicates("parent_span_id")
    return dict(zip(pairs.parent_span_id, (pairs.client_ms - pairs.duration_ms).clip(lower=0), strict=True))


def gap_to(spans, how):
    worked = joined(spans).groupby("parent_span_id").agg(server=("duration_ms", how), client=("client_ms", "first"))
    return (worked.client - worked.server).clip(lower=0)


@q.wrong(
    "You took the longest of a client's servers; the others worked for it, too.",
    "Add up all servers of a client before you subtract.",
    misconception="only the longest try counts",
)
def longest_server_only(spans):
    return gap_to(spans, "max")


@q.wrong(
    "You took the mean of a client's servers; each of them is work for that call.",
    "Add up all servers of a client before you subtract.",
)
def mean_of_the_servers(spans):
    return gap_to(spans, "mean")


@q.wrong(
    "You took the median of a client's servers; each is work for that call.",
    "Add up all servers of a client before you subtract.",
)
def median_of_the_servers(spans):
    return gap_to(spans, "median")


@q.wrong(
    "Nothing is left: no id in the index of worked_ms is a client's.",
    "Its index must be CLIENT span ids: parent_span_id in paired(spans).",
)
def no_client_matches(spans):
    """What (waited_ms - worked_ms).dropna() leaves when worked_ms has the servers' ids as its index."""
    return {}


@q.wrong(
    "Every gap is 0: the work you subtract is far longer than the wait.",
    "Is one of the two in nanoseconds? Use ms for both.",
)
def ns_from_ms(spans):
    clients = spans[spans.kind == "CLIENT"].set_index("span_id").duration_ms
    servers = spans[spans.kind == "SERVER"]
    worked_ns = (servers.end_ns - servers.start_ns).groupby(servers.parent_span_id).sum()
    return (clients - worked_ns).dropna().clip(lower=0)


@q.wrong(
    "One client span need not have one server span: you took the last.",
    "Add up all servers of a client before you subtract.",
)
def last_server_only(spans):
    pairs = joined(spans).drop_duplicates("parent_span_id", keep="last")
    return dict(zip(pairs.parent_span_id, (pairs.client_ms - pairs.duration_ms).clip(lower=0), strict=True))


@q.wrong(
    "A gap can't be negative: a server span lasts until its last byte.", "Put 0.0 where the difference is below it."
)
def below_zero(spans):
    worked = joined(spans).groupby("parent_span_id").agg(server=("duration_ms", "sum"), client=("client_ms", "first"))
    return worked.client - worked.server


@q.wrong(
    "You cut the server's span to the client's times: two clocks need not agree.",
    "Subtract durations, whatever the start times say.",
)
def by_clock(spans):
    """Cuts the server's time to the client's, as if both had the same clock."""
    found = {}
    for client, group in joined(spans).groupby("parent_span_id"):
        begin, end = group.client_start.iloc[0], group.client_start.iloc[0] + group.client_ms.iloc[0] * 1e6
        inside = (group.end_ns.clip(upper=end) - group.start_ns.clip(lower=begin)).clip(lower=0)
        found[client] = (end - begin - inside.sum()) / 1e6
    return found


@q.wrong("Those are nanoseconds.", "Divide by 1e6 for ms, or use duration_ms.")
def gaps_in_ns(spans):
    return {span: ms * 1e6 for span, ms in gaps_by_loop(spans).items()}


@q.wrong("That is what the servers worked.", "The gap is what is left of the client's time.")
def what_was_worked(spans):
    return joined(spans).groupby("parent_span_id").duration_ms.sum()


@q.wrong(
    "Client time is not server time: that is the whole wait.",
    "Subtract what the servers worked.",
    misconception="client time is server time (4)",
)
def what_was_waited(spans):
    return joined(spans).groupby("parent_span_id").client_ms.first()


@q.wrong(
    "Your keys are the servers' ids, so a call tried twice counts twice.", "One number a CLIENT span, under its id."
)
def keyed_by_server(spans):
    pairs = joined(spans)
    return dict(zip(pairs.span_id, (pairs.client_ms - pairs.duration_ms).clip(lower=0), strict=True))


@q.alternative
def gaps_by_loop(spans):
    waited = {one.span_id: one.duration_ms for one in spans.itertuples() if one.kind == "CLIENT"}
    worked = {}
    for one in spans.itertuples():
        if one.kind == "SERVER" and one.parent_span_id in waited:
            worked[one.parent_span_id] = worked.get(one.parent_span_id, 0.0) + one.duration_ms
    return {client: max(waited[client] - ms, 0.0) for client, ms in worked.items()}


@q.alternative
def gaps_by_merge(spans):
    clients, servers = spans[spans.kind == "CLIENT"], spans[spans.kind == "SERVER"]
    worked = servers.groupby("parent_span_id", as_index=False).duration_ms.sum()
    both = clients.merge(worked, left_on="span_id", right_on="parent_span_id", suffixes=("", "_worked"))
    return dict(zip(both.span_id, (both.duration_ms - both.duration_ms_worked).clip(lower=0), strict=True))
