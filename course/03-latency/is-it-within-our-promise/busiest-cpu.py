"""busiest-cpu: which service used the processor most?"""

from watchkeeper import latency
from watchkeeper.staff.author.writing import Number, Record, Text, question, whole

q = question(
    kind="read", points=2, answer=Record({"service": Text("a service's name"), "percent": Number("%", within=0.2)})
)
q.inputs(whole("friday-deploy"))
q.hints(
    "Two rows of `cpu` belong to one stretch of one service. Find such a pair.",
    "Add up each pair (groupby takes a list of columns); which sum is largest, and whose?",
    "On paper: 0.5 s and 0.1 s in 5 s are 0.6 / 5 = 0.12 of a core, which is 12 %.",
)
q.passed("Many are slow by RED, one is busy by USE: the others wait for it.")


@q.wrong(
    "It is the slowest by RED: it waits for whoever works, and is slow as well.",
    "Ask its processor: add up per_second by service and time_ns.",
    misconception="whoever is slow by RED is the one that works",
)
def waits_for_all(recording):
    spans = recording.spans[recording.spans.start_ns.between(*recording.deploys.time_ns.iloc[-2:])]
    return {"service": spans[spans.kind == "SERVER"].groupby("service").duration_ms.quantile(0.95).idxmax()}


@q.wrong(
    "It has the most requests; how long each keeps the processor is another matter.",
    "Add up per_second by service and time_ns, then take the largest.",
)
def most_requests(recording):
    servers = recording.spans[recording.spans.kind == "SERVER"]
    return {"service": servers.groupby("service").size().idxmax()}


def cpu_rates(recording):
    rates = latency.rate(recording.metrics[recording.metrics.name == "process.cpu.time"])
    rates = rates[rates.seconds > 4]
    return rates.assign(mode=[one["type"] for one in rates.attributes])


def together(recording, column="per_second"):
    return cpu_rates(recording).groupby(["service", "time_ns"])[column].sum()


@q.wrong(
    "It is slow by RED, but it may wait while somebody else works.",
    "Utilisation is processor time: add up per_second by service and time_ns.",
    misconception="whoever is slow by RED is the one that works",
)
def slowest_by_red(recording):
    spans = recording.spans[recording.spans.start_ns.between(*recording.deploys.time_ns.iloc[-2:])]
    servers = spans[(spans.kind == "SERVER") & ~spans.service.isin(["frontend", together(recording).idxmax()[0]])]
    return {"service": servers.groupby("service").duration_ms.quantile(0.95).idxmax()}


@q.wrong("That is user time without system time.", "Add the rows with the same service and time_ns first.")
def only_user_time(recording):
    return {"percent": 100 * cpu_rates(recording).query("mode == 'user'").per_second.max()}


@q.wrong("That is a fraction of one core.", "This asks for %: 0.12 is 12.")
def cpu_as_a_fraction(recording):
    return {"percent": together(recording).max()}


@q.wrong(
    "That is a counter's reading: all seconds since the process started.",
    "Take per_second, which latency.rate has computed.",
    misconception="a counter's value is its rate",
)
def counter_for_rate(recording):
    points = recording.metrics[recording.metrics.name == "process.cpu.time"]
    return {"percent": 100 * points.groupby(["service", "time_ns"]).value.sum().max()}


@q.wrong(
    "Those are seconds of processor time in a stretch of several seconds.",
    "Divide by the length of the stretch: per_second has done so.",
)
def seconds_for_a_share(recording):
    return {"percent": 100 * together(recording, "value").max()}


@q.wrong("That is its average over all stretches.", "Utilisation is asked for the busiest stretch: the maximum.")
def its_average(recording):
    service = together(recording).idxmax()[0]
    return {"percent": 100 * together(recording)[service].mean()}


@q.wrong(
    "That is the mean of rows: user and system time are one stretch, not two.",
    "Add the two rows of each stretch, then look for the largest sum.",
)
def mean_of_rows(recording):
    return {"percent": 100 * cpu_rates(recording).groupby("service").per_second.mean().max()}


@q.wrong(
    "You added all stretches of a service: shares of different times.",
    "Add only the rows with the same service and the same time_ns.",
)
def all_stretches_added(recording):
    return {"percent": 100 * cpu_rates(recording).groupby("service").per_second.sum().max()}


@q.wrong(
    "That comes of a stretch far too short to divide by.",
    "Use the table cpu from above: it leaves out up to four seconds.",
)
def short_stretches_too(recording):
    rates = latency.rate(recording.metrics[recording.metrics.name == "process.cpu.time"])
    return {"percent": 100 * rates.groupby(["service", "time_ns"]).per_second.sum().max()}


@q.alternative
def busiest_by_pivot(recording):
    sums = cpu_rates(recording).pivot_table(index="time_ns", columns="service", values="per_second", aggfunc="sum")
    return {"service": sums.max().idxmax(), "percent": 100 * sums.max().max()}


@q.alternative
def busiest_by_loop(recording):
    found = {}
    for row in cpu_rates(recording).itertuples():
        found[row.service, row.time_ns] = found.get((row.service, row.time_ns), 0.0) + row.per_second
    (service, _), most = max(found.items(), key=lambda item: item[1])
    return {"service": service, "percent": 100 * most}
