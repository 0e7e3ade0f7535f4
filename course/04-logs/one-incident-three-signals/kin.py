"""kin: which clue do harmed requests share more often than all others?"""

from watchkeeper.staff.author.writing import MapOf, Number, question, whole, whole_on_paper

# Nine requests with a second or more between them: h1 to h4 are harmed, o1 to o5 are not.
BEGAN_S = {"o1": 1, "o2": 12, "h1": 15, "o3": 24, "h2": 25, "h3": 35, "o4": 45, "h4": 55, "o5": 65}
NO_RATE = [("h1", "x1"), ("h2", "x2"), ("h2", "x3"), ("h3", "x4"), ("o4", "x5")]
NINE = [
    (who, "UNSET", who, "", "frontend", "GET /", "SERVER", at * 1000, at * 1000 + 500) for who, at in BEGAN_S.items()
] + [
    (
        who,
        "ERROR",
        span,
        who,
        "currency",
        "exchange rate",
        "INTERNAL",
        BEGAN_S[who] * 1000 + 10,
        BEGAN_S[who] * 1000 + 20,
    )
    for who, span in NO_RATE
]
CONVERTED = [
    ("h1", "1200 cents in USD are 1200 in EUR"),
    ("h2", "300 cents in USD are 300 in DKK"),
    ("h2", "900 cents in USD are 900 in DKK"),
    ("h2", "800 cents in USD are 800 in DKK"),
    ("h2", "100 cents in USD are 690 in DKK"),
    ("h3", "500 cents in USD are 500 in EUR"),
    ("h4", "700 cents in USD are 700 in EUR"),
    ("o2", "700 cents in USD are 640 in EUR"),
    ("o2", "900 cents in USD are 820 in EUR"),
    ("o4", "400 cents in USD are 400 in USD"),
    ("o5", "0 cents in USD are 0 in EUR"),
]
SAID_BY_NINE = [(BEGAN_S[who] * 1000 + 30, "currency", "INFO", 9, who, who, text) for who, text in CONVERTED] + [
    (BEGAN_S[who] * 1000 + 40 + n, "shipping", "ERROR", 17, who, who, f"parcel got no bay at attempt {n}")
    for who, tries in {"h1": 1, "o1": 1, "o2": 1, "o3": 2}.items()
    for n in range(1, tries + 1)
]
DEPLOYED = [
    [(10_000, "currency", "1.2.0", "1.3.0"), (20_000, "shipping", "1.2.0", "1.2.1")],
    [(40_000, "currency", "1.2.0", "1.3.0"), (50_000, "shipping", "1.2.0", "1.2.1")],
]

q = question(kind="compute", points=3, answer=MapOf("clue", Number("percentage points", within=0.05)))
q.inputs(
    whole_on_paper("nine requests on paper", NINE, SAID_BY_NINE, DEPLOYED[0]),
    whole_on_paper("the nine with later deploys", NINE, SAID_BY_NINE, DEPLOYED[1]),
    whole("thursday-morning"),
)
q.hints(
    "Three sets of trace ids: everybody, the harmed, the others.",
    "The harmed are those with a wrong row in priced; the others are everybody without them.",
    "A share: how many ids a clue and a group have in common, divided by the size of the group.",
)
q.passed('"It began at the same time" is how innocent deploys get rolled back. Ask for shared requests.')


def suspects_of(recording):
    shipping = recording.logs.query("service == 'shipping' and severity_number >= 17")
    rates = recording.spans.query("name == 'exchange rate' and status == 'ERROR'")
    requests = recording.traces()
    later = requests[requests.start_ns > recording.deploys.time_ns.max()]
    return {"no bay": set(shipping.trace_id), "no rate": set(rates.trace_id), "after both deploys": set(later.trace_id)}


def harmed_of(recording):
    parts = recording.logs.body.str.extract(r"^(\d+) cents in (\w+) are (\d+) in (\w+)$").dropna()
    wrong = parts[(parts[0] == parts[2]) & (parts[1] != parts[3]) & (parts[0] != "0")]
    return set(recording.logs.trace_id[wrong.index])


def against(recording, share):
    """What `share(found, harmed, others)` gives for each clue."""
    harmed = harmed_of(recording)
    others = set(recording.traces().trace_id) - harmed
    return {name: share(found, harmed, others) for name, found in suspects_of(recording).items()}


@q.wrong("You compared with all requests, and the harmed are among them.", "The second share is of the others only.")
def against_everybody(recording):
    return against(
        recording,
        lambda found, harmed, others: 100 * (len(found & harmed) / len(harmed) - len(found) / len(harmed | others)),
    )


@q.wrong(
    "That says how many of those with the clue were harmed.",
    "Ask the other way round: how many of the harmed have the clue?",
    misconception="a share of the harmed is a risk of harm",
)
def the_other_way_round(recording):
    def share(found, harmed, others):
        without = (harmed | others) - found
        return 100 * (len(found & harmed) / len(found) - len(without & harmed) / len(without))

    return against(recording, share)


@q.wrong(
    "Those are shares of the requests with the clue: how many of them were harmed.",
    "Ask how many of the harmed, and how many of the others, hold the clue.",
)
def how_dangerous(recording):
    return against(recording, lambda found, harmed, others: 100 * len(found & harmed) / len(found))


@q.wrong(
    "What everybody has, the harmed have as well: that proves nothing.",
    "Subtract the share of the others that hold the clue.",
    misconception="what all of the harmed have in common is the cause",
)
def only_the_harmed(recording):
    return against(recording, lambda found, harmed, others: 100 * len(found & harmed) / len(harmed))


@q.wrong("Those are shares from 0 to 1.", "Multiply by 100 for percentage points.")
def as_fractions(recording):
    return {name: points / 100 for name, points in kin_by_sets(recording).items()}


@q.wrong(
    "You took requests near a clue in time: that shares a moment, not a history.",
    "Take the requests that hold the clue themselves, by their trace id.",
    misconception="what happens at the same time is the cause",
)
def near_in_time(recording):
    start = recording.traces().set_index("trace_id").start_ns

    def share(found, harmed, others):
        marks = start[start.index.isin(found)].to_numpy()
        near = {one for one, at in start.items() if len(marks) and abs(marks - at).min() < 5_000_000_000}
        return 100 * (len(near & harmed) / len(harmed) - len(near & others) / len(others))

    return against(recording, share)


@q.wrong(
    "You subtracted numbers of requests; there are many more of the others.",
    "Divide each by the size of its group first.",
)
def counts_subtracted(recording):
    return against(recording, lambda found, harmed, others: float(len(found & harmed) - len(found & others)))


@q.wrong(
    "Both of your shares are of all requests, so a large group weighs more.",
    "Divide by the harmed here, and by the others there.",
)
def of_everybody(recording):
    return against(
        recording,
        lambda found, harmed, others: 100 * (len(found & harmed) - len(found & others)) / len(harmed | others),
    )


@q.wrong(
    "Both of your shares are of the requests that hold the clue.",
    "Divide by the size of the group: the harmed here, the others there.",
)
def of_the_holders(recording):
    return against(
        recording, lambda found, harmed, others: 100 * (len(found & harmed) - len(found & others)) / len(found)
    )


def conversions_of(recording):
    parts = recording.logs.body.str.extract(r"^(\d+) cents in (\w+) are (\d+) in (\w+)$").dropna()
    wrong = (parts[0] == parts[2]) & (parts[1] != parts[3]) & (parts[0] != "0")
    return recording.logs.loc[parts.index, ["trace_id"]].assign(wrong=wrong)


@q.wrong(
    "You counted conversions: a request may have many of them, or none.",
    "Take sets of trace ids, so that each request counts once.",
    misconception="records are requests",
)
def records_counted(recording):
    """Shares of conversions, as if each were a request."""
    rows = conversions_of(recording)
    return {
        name: 100 * float(rows.trace_id[rows.wrong].isin(found).mean() - rows.trace_id[~rows.wrong].isin(found).mean())
        for name, found in suspects_of(recording).items()
    }


@q.wrong(
    "Among the harmed, a request counts once for each of its wrong prices.", "Take each trace id once, as a set does."
)
def harmed_records_only(recording):
    """Shares of wrong conversions among the harmed, of requests among the others."""
    rows, others = conversions_of(recording), set(recording.traces().trace_id) - harmed_of(recording)
    return {
        name: 100 * float(rows.trace_id[rows.wrong].isin(found).mean() - len(found & others) / len(others))
        for name, found in suspects_of(recording).items()
    }


@q.wrong(
    "Your others are only requests that converted a price.",
    "All requests of recording.traces() that are not harmed are others.",
)
def only_those_with_prices(recording):
    priced, harmed = set(conversions_of(recording).trace_id), harmed_of(recording)
    return against(
        recording,
        lambda found, _, others: (
            100 * (len(found & harmed) / len(harmed) - len(found & priced - harmed) / len(priced - harmed))
        ),
    )


@q.wrong("You took everybody with a converted price for harmed.", "Keep the rows of priced in which wrong is True.")
def all_with_prices_harmed(recording):
    priced, everybody = set(conversions_of(recording).trace_id), set(recording.traces().trace_id)
    return against(
        recording,
        lambda found, harmed, others: (
            100 * (len(found & priced) / len(priced) - len(found - priced) / len(everybody - priced))
        ),
    )


@q.wrong("You took those with a right price for harmed.", "Keep the rows of priced in which wrong is True, not False.")
def right_prices_harmed(recording):
    rows, everybody = conversions_of(recording), set(recording.traces().trace_id)
    right = set(rows.trace_id[~rows.wrong])
    return against(
        recording,
        lambda found, harmed, others: (
            100 * (len(found & right) / len(right) - len(found - right) / len(everybody - right))
        ),
    )


@q.wrong(
    "The signs are turned round: you took the harmed off the others.",
    "The share of the harmed comes first, then minus that of the others.",
)
def others_first(recording):
    return {name: -points for name, points in kin_by_sets(recording).items()}


@q.wrong("Those are the shares of the others alone.", "Take them off the shares of the harmed.")
def only_the_others(recording):
    return against(recording, lambda found, harmed, others: 100 * len(found & others) / len(others))


@q.alternative
def kin_by_sets(recording):
    return against(
        recording,
        lambda found, harmed, others: 100 * (len(found & harmed) / len(harmed) - len(found & others) / len(others)),
    )


@q.alternative
def kin_by_frame(recording):
    requests = recording.traces()
    harmed = requests.trace_id.isin(harmed_of(recording))
    return {
        name: 100 * (requests.trace_id[harmed].isin(found).mean() - requests.trace_id[~harmed].isin(found).mean())
        for name, found in suspects_of(recording).items()
    }
