"""The recordings that module 2 reads: what traces tell, and what they leave out."""

from __future__ import annotations

from watchkeeper.shop.roster import Setup
from watchkeeper.staff.recorder.scenarios.base import Private, Scenario, Step


def _clock(seed: int) -> Setup:
    return Setup(clocks_ms={"shop-1": 170.0} if seed % 2 else {"shop-2": -120.0})


def _clock_told(seed: int) -> Private:
    host, services, off = (
        ("shop-1", "frontend, currency, recommendation, ads", "170 ms ahead")
        if seed % 2
        else ("shop-2", "catalog, cart, discounts", "120 ms behind")
    )
    return Private(
        f"the clock of {host} is {off}, all the time",
        host,
        f"clock: every span, log record and metric point of {services} carries it; durations are right",
        "client and server spans of one call fit into each other only if that host's times are moved; all pairs of "
        "hosts without it agree",
        "nothing a customer feels: whoever reads the traces is misled",
        "the deploy of ads",
        None,
    )


def _quiet_deploy(seed: int) -> list[Step]:
    return [Step(0.45, "deploy", "ads", "1.6.1")]


def _saturday_deploys(seed: int) -> list[Step]:
    return [Step(0.24, "deploy", "frontend", "2.4.1"), Step(0.32, "deploy", "payment", "1.9.0")]


def _saturday_shop(seed: int) -> Setup:
    return Setup(versions={"checkout": "2.1.0", "ads": "1.7.0", "shipping": "1.3.0"})


def _called(seed: int) -> tuple[str, str]:
    return ("catalog", "1.3.1") if seed % 2 else ("cart", "3.0.2")


def _long_way(seed: int) -> list[Step]:
    called, rebuilt = _called(seed)
    return [
        Step(0.27, "deploy", called, rebuilt),
        Step(0.4, "delay", "frontend", called=called, ms=120.0),
        Step(0.78, "delay", "frontend", called=called),
    ]


def _long_way_told(seed: int) -> Private:
    called, rebuilt = _called(seed)
    return Private(
        f"a relay on the way from frontend to {called} holds every call up by 120 ms, a quarter more or less",
        f"frontend -> {called}",
        "network: time on the edge, in neither service",
        f"client spans frontend to {called} grow by about 120 ms, the server spans under them do not, nor do the calls "
        f"that others make to {called}",
        "latency of every page that waits for that call",
        f"{called}, and its deploy of {rebuilt} a little earlier",
        1,
    )


def _again_and_again(seed: int) -> list[Step]:
    return [
        Step(0.22, "deploy", "frontend", "2.6.0"),
        Step(0.42, "deploy", "cart", "3.1.0"),
        Step(0.78, "roll_back", "cart"),
    ]


def _crowd(seed: int) -> list[Step]:
    """Some seconds without an answer from something that every page asks for."""
    service, bystander = ("catalog", "ads") if seed % 2 else ("cart", "payment")
    rebuilt = {"ads": "1.6.1", "payment": "1.8.1"}[bystander]
    return [
        Step(0.38, "deploy", bystander, rebuilt),
        Step(0.5, "blackhole", service),
        Step(0.56, "thaw", service),
    ]


def _crowd_told(seed: int) -> Private:
    service, deadline, bystander = ("catalog", 2, "ads") if seed % 2 else ("cart", 1, "payment")
    return Private(
        f"the {service} process was stopped with SIGSTOP for some seconds",
        service,
        f"callers give up after {deadline} s and answer 500; a tenth of the traces was kept, so of these failures too",
        "by the metrics, which count every request, a few percent of the pages failed; the kept traces agree with that "
        f"within their interval, which is wide; each kept failure ends in a ReadTimeout on the call to {service}",
        "share of good answers of every page",
        f"the deploy of {bystander}, and the crowd itself",
        1,
    )


SCENARIOS = [
    Scenario(
        "skewed-host",
        "tuesday-evening",
        "Tuesday evening",
        "No shopper complains. But whoever opened a trace that evening found calls that were answered before they "
        "were made, and blamed the deploy.",
        _quiet_deploy,
        _clock_told,
        setup=_clock,
        seconds=100.0,
        arranged=("clock offset of one host",),
    ),
    Scenario(
        "slow-edge",
        "wednesday-noon",
        "Wednesday noon",
        "Most pages took a moment longer for a while around noon. The team whose service was asked says that it "
        "answered as fast as ever.",
        _long_way,
        _long_way_told,
        seconds=120.0,
    ),
    Scenario(
        "crowd",
        "busy-saturday",
        "Busy Saturday",
        "The shop was as full as never before. For a few seconds, people say, nothing came. How many of them were "
        "there?",
        _crowd,
        _crowd_told,
        setup=lambda seed: Setup(sampled=0.1),
        seconds=165.0,
        rate=12.5,
        arranged=("sampling: one trace in ten was kept, drawn by its trace id where it began",),
        quirks=(
            "Traces were sampled at their beginning with a probability of 0.1; logs and metrics are complete, so most "
            "log records name a trace that was not kept.",
            "The metrics of clients leave out calls that ended without an answer.",
        ),
    ),
    Scenario(
        "retry-storm",
        "sunday-night",
        "Sunday night",
        "On a quiet Sunday night pages began to take long, then most did not come. The shop had no more visitors than "
        "on any other night, yet one machine was as busy as at Christmas.",
        _again_and_again,
        Private(
            "cart 3.1.0 needs a fifteenth of a second for each cart, one at a time, and frontend 2.6.0, deployed "
            "before it, waits only 120 ms and then asks again at once, up to four times",
            "cart",
            "retries without a pause: calls that nobody waits for any more keep cart busy, so more calls come late",
            "calls from frontend to cart per page grow from one to up to four from the deploy of cart on, siblings "
            "one right after the other that end in ReadTimeout after 120 ms; the roll-back of cart ends it",
            "latency and share of good answers of every page with a cart",
            "the frontend, whose spans fail most and which was deployed first without any harm",
            1,
        ),
        seconds=120.0,
        rate=5.0,
    ),
    Scenario(
        "untraced",
        "before-tracing",
        "Before tracing",
        "The same load as in after-tracing. The services wrote no traces yet, only the shoppers' own requests are on "
        "record.",
        lambda seed: [],
        Private(
            "tracing was off in the services",
            "none",
            "none",
            "the shoppers' requests took less time than in after-tracing, by the cost of some tens of spans a page",
            "nothing",
            "none",
            None,
        ),
        setup=lambda seed: Setup(traced=False),
        seconds=90.0,
        arranged=("tracing of the eleven services was switched off; the load generator traced its own requests",),
    ),
    Scenario(
        "traced",
        "after-tracing",
        "After tracing",
        "The same load as in before-tracing, with tracing in every service.",
        lambda seed: [],
        Private(
            "tracing was on, all else as in before-tracing",
            "none",
            "none",
            "the shoppers' requests took longer than in before-tracing, by the cost of some tens of spans a page",
            "nothing",
            "none",
            None,
        ),
        seconds=90.0,
    ),
    Scenario(
        "declining-payments",
        "saturday-orders",
        "Saturday's orders",
        "Some shoppers write that they could not order, however often they tried; most could. Two teams deployed that "
        "day, and a third says that its service answers with errors all the time and nobody minds.",
        _saturday_deploys,
        Private(
            "payment 1.9.0 writes amounts out and knows no digits for DKK",
            "payment",
            "KeyError 'DKK' for every order in Danish kroner, about one in ten; the shopper tries again, in vain",
            "the deepest failing span of every order that fails is payment's POST /charges, from its deploy on, and "
            "all of them are in DKK; checkout and frontend pass it on, with two spans each for payment's one",
            "share of orders that are taken",
            "ads, which answers 503 beyond its quota all along, under pages that are 200; the frontend, deployed just "
            "before and with the most failing spans",
            1,
        ),
        setup=_saturday_shop,
        seconds=125.0,
        rate=8.0,
        quirks=("A shopper whose order was not taken tries again after 1.5 s and once more after 3 s.",),
    ),
]
