"""lost-spans: which services lose spans, and how many?"""

from watchkeeper.staff.author.writing import MapOf, Number, pick, question

from .shared import ANSWERED, QUERY, SILENT, spans_table

TO_CART, TO_ADS = {"server.address": "cart"}, {"server.address": "ads"}
HOLES = spans_table(
    "eight questions",
    [
        ("page", "", "frontend", "GET /", "SERVER", 0, 100, "UNSET", "one", ANSWERED),
        ("q1", "page", "frontend", "GET /carts", "CLIENT", 1, 9, "UNSET", "one", TO_CART),
        ("s1", "q1", "cart", "GET /carts", "SERVER", 2, 8, "UNSET", "one", ANSWERED),
        ("db", "s1", "cart", "SELECT", "CLIENT", 3, 4, "UNSET", "one", QUERY | {"server.address": "cart.db"}),
        ("q2", "page", "frontend", "GET /carts", "CLIENT", 11, 19, "UNSET", "one", TO_CART),
        ("q3", "page", "frontend", "GET /carts", "CLIENT", 21, 29, "UNSET", "one", TO_CART),
        ("s3", "q3", "cart", "GET /carts", "SERVER", 22, 28, "UNSET", "one", ANSWERED),
        ("q4", "page", "frontend", "GET /carts", "CLIENT", 31, 39, "UNSET", "one", TO_CART),
        ("s4", "q4", "cart", "GET /carts", "SERVER", 32, 38, "UNSET", "one", ANSWERED),
        ("q5", "page", "frontend", "GET /ads", "CLIENT", 41, 49, "UNSET", "one", TO_ADS),
        ("s5", "q5", "ads", "GET /ads", "SERVER", 42, 48, "UNSET", "one", ANSWERED),
        ("q6", "page", "frontend", "GET /ads", "CLIENT", 51, 59, "UNSET", "one", TO_ADS),
        ("s6", "q6", "ads", "GET /ads", "SERVER", 52, 58, "UNSET", "one", ANSWERED),
        ("repeat", "q2", "frontend", "wait for cart", "INTERNAL", 12, 18, "UNSET", "one", SILENT),
        ("q7", "page", "frontend", "GET /carts", "CLIENT", 71, 79, "UNSET", "one", TO_CART),
        ("q8", "page", "frontend", "GET /carts", "CLIENT", 86, 90, "UNSET", "one", TO_CART),
        ("s8", "gone too", "cart", "GET /carts", "SERVER", 82, 84, "UNSET", "one", ANSWERED),
        ("s9", "gone as well", "cart", "GET /carts", "SERVER", 86, 88, "UNSET", "one", ANSWERED),
        ("orphan", "gone", "catalog", "GET /products", "SERVER", 60, 66, "UNSET", "one", ANSWERED),
    ],
)

q = question(kind="compute", points=3, answer=MapOf("a service", Number("%", within=0.1)))
q.inputs(
    HOLES,
    pick("monday-morning", "POST /checkout", [0.5], without="cart"),
    pick("monday-morning", "GET /product/{id}", [0.5], without="recommendation"),
    pick("monday-morning", "GET /", [0.5], without="ads"),
    pick("monday-morning", "GET /cart", [0.5]),
)
q.hints(
    "Begin with questions(spans): one row a question, with its span_id and whom it called.",
    "A question was received if some SERVER span names it as its parent.",
    "Mark each question as lost or not; a share is the mean of such marks within a group.",
)
q.passed("Before you trust a silence in a trace, you can now ask whether anybody was lost on the way.")


def asks(spans, databases=False):
    clients = spans[spans.kind == "CLIENT"]
    queries = [any(key.startswith("db.") for key in one) for one in clients.attributes]
    called = [one.get("server.address", one.get("db.namespace", "database")) for one in clients.attributes]
    clients = clients.assign(called=called, query=queries)
    return clients if databases else clients[~clients["query"]]


def unanswered(spans, clients):
    return ~clients.span_id.isin(spans.parent_span_id[spans.kind == "SERVER"])


@q.wrong(
    "Databases write no spans here, so they can't lose any.", "Begin with questions(spans), which leaves them out."
)
def databases_too(spans):
    clients = asks(spans, databases=True)
    percent = 100 * unanswered(spans, clients).groupby(clients.called).mean()
    return percent[percent > 0]


@q.wrong(
    "Those services have the orphans: they lost nothing.",
    "Who was asked, and has no SERVER span below the question?",
    misconception="a trace is complete, so the orphan's service lost the spans (module 2, 2)",
)
def orphans_by_service(spans):
    orphan = (spans.parent_span_id != "") & ~spans.parent_span_id.isin(spans.span_id)
    percent = 100 * orphan.groupby(spans.service).mean()
    return percent[percent > 0]


@q.wrong("You grouped by who asked; they wrote their spans.", "Group by the column called.")
def by_who_asked(spans):
    clients = asks(spans)
    percent = 100 * unanswered(spans, clients).groupby(clients.service).mean()
    return percent[percent > 0]


@q.wrong(
    "You divided by the questions to everybody.", "Divide by the questions to that service: the mean within its group."
)
def of_all_questions(spans):
    clients = asks(spans)
    return 100 * clients.called[unanswered(spans, clients)].value_counts() / len(clients)


@q.wrong("You divided by all that was lost.", "Divide by the questions to that service: the mean within its group.")
def share_of_all_losses(spans):
    clients = asks(spans)
    lost = clients.called[unanswered(spans, clients)].value_counts()
    return 100 * lost / lost.sum()


@q.wrong(
    "You took any child for an answer; the asker's own spans can be children too.",
    "Only a SERVER span below the question says that it came in: kind counts.",
    misconception="any child of a question is its answer",
)
def any_child(spans):
    clients = asks(spans)
    percent = 100 * (~clients.span_id.isin(spans.parent_span_id)).groupby(clients.called).mean()
    return percent[percent > 0]


@q.wrong(
    "You compared numbers of spans: an orphan then makes up for a lost one.",
    "Look under each question by its id: is there a SERVER span?",
    misconception="as many spans in as out means that none was lost",
)
def rows_against_rows(spans):
    questions = asks(spans).called.value_counts()
    served = spans.service[spans.kind == "SERVER"].value_counts().reindex(questions.index, fill_value=0)
    percent = 100 * (questions - served) / questions
    return percent[percent > 0]


@q.wrong("That is a number of questions.", "This asks for a share in %: of the questions to that service.")
def how_many_were_lost(spans):
    clients = asks(spans)
    return clients.called[unanswered(spans, clients)].value_counts()


@q.wrong("That is a fraction of 1.", "This asks for %: 0.25 is 25.0.")
def lost_as_a_fraction(spans):
    clients = asks(spans)
    share = unanswered(spans, clients).groupby(clients.called).mean()
    return share[share > 0]


@q.wrong("Services that lost nothing have no place in the answer, not even with 0.", "Keep the shares above 0.")
def zeros_kept(spans):
    clients = asks(spans)
    return 100 * unanswered(spans, clients).groupby(clients.called).mean()


@q.wrong("That is the share that does have a SERVER span.", "Turn the condition round with ~.")
def answered_instead(spans):
    clients = asks(spans)
    percent = 100 * (~unanswered(spans, clients)).groupby(clients.called).mean()
    return percent[percent > 0]


@q.alternative
def lost_by_loop(spans):
    served = {one.parent_span_id for one in spans.itertuples() if one.kind == "SERVER"}
    all_of, missing = {}, {}
    for one in asks(spans).itertuples():
        all_of[one.called] = all_of.get(one.called, 0) + 1
        missing[one.called] = missing.get(one.called, 0) + (one.span_id not in served)
    return {called: 100 * missing[called] / all_of[called] for called in all_of if missing[called]}


@q.alternative
def lost_by_merge(spans):
    clients = asks(spans)
    servers = spans.loc[spans.kind == "SERVER", ["parent_span_id", "service"]].drop_duplicates("parent_span_id")
    joined = clients[["span_id", "called"]].merge(
        servers.rename(columns={"parent_span_id": "span_id", "service": "server"}), on="span_id", how="left"
    )
    found = joined.server.isna().groupby(joined.called).agg(["sum", "size"])
    found = found[found["sum"] > 0]
    return (100 * found["sum"] / found["size"]).to_dict()
