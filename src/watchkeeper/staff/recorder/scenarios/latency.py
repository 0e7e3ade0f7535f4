"""The recordings that module 3 reads: durations, histograms, budgets."""

from __future__ import annotations

from watchkeeper.shop.roster import Setup
from watchkeeper.staff.recorder.scenarios.base import Private, Scenario, Step

TEST_SECONDS = 70.0


def _campaign_deploys(seed: int) -> list[Step]:
    bystander = (("ads", "1.6.1"), ("currency", "1.1.3"))[seed % 2]
    return [Step(0.3, "deploy", *bystander), Step(0.35, "deploy", "discounts", "1.3.0")]


def _evening(seed: int) -> list[Step]:
    if seed % 2:
        return [Step(0.3, "restart", "cart"), Step(0.5, "restart", "catalog", "1.3.2")]
    return [Step(0.35, "restart", "catalog"), Step(0.55, "restart", "recommendation", "1.0.4")]


def _evening_told(seed: int) -> Private:
    service, version, bystander = ("catalog", "1.3.2", "cart") if seed % 2 else ("recommendation", "1.0.4", "catalog")
    return Private(
        f"nothing but the instrument: {service} {version} brings its own view of the duration histogram",
        service,
        "bounds made for milliseconds (0, 5, 10, …) on a histogram in seconds: every request falls into (0, 5]",
        f"the server histogram of {service} has other bounds from its restart on and one bucket holds everything, so "
        "p50 reads 2.5 s and p95 4.75 s; sum by count, the spans and the pages are what they were; its counters begin "
        "again with the restart",
        "nothing a customer feels: whoever is on call is woken",
        f"the restart of {bystander} a little earlier, whose counters begin again too",
        1,
    )


def _stall(seed: int) -> list[Step]:
    start = 0.45 if seed % 2 else 0.62
    return [Step(start, "blackhole", "frontend"), Step(start + 6.0 / TEST_SECONDS, "thaw", "frontend")]


def _load_test(name: str, recording: str, title: str, load: str, told: str) -> Scenario:
    return Scenario(
        name,
        recording,
        title,
        "A load test of one page, the plain list, at 20 requests a second. There is another one of the same evening. "
        "Their reports don't agree about the same shop.",
        _stall,
        Private(
            "the frontend's process was stopped with SIGSTOP for six seconds",
            "frontend",
            "no request is answered meanwhile; those who ask all the same wait for what is left of it",
            told,
            "latency of every request of six seconds",
            "none",
            0,
        ),
        setup=lambda seed: Setup(traced=False),
        load=load,
        seconds=TEST_SECONDS,
        rate=20.0,
        arranged=("tracing of the eleven services was switched off; the load generator traced its own requests",),
    )


SCENARIOS = [
    Scenario(
        "other-bounds",
        "monday-evening",
        "Monday evening",
        "The panel for one service went from some milliseconds to several seconds and woke whoever was on call. The "
        "hotline is quiet. Two processes were started anew that evening.",
        _evening,
        _evening_told,
        seconds=130.0,
    ),
    _load_test(
        "closed-loop",
        "load-test-a",
        "Load test A",
        "closed",
        "five requests took six seconds, one a user, and the next hundred or so were never sent: p99 stays small",
    ),
    _load_test(
        "open-loop",
        "load-test-b",
        "Load test B",
        "open",
        "about 120 requests waited, up to six seconds each: p95 is in seconds",
    ),
    Scenario(
        "waiting-campaigns",
        "discounts-complaint",
        "The partners' complaint",
        "Two partners of the shop write that the home page feels heavy when they open it. The others see nothing, and "
        "the dashboard, which shows medians, has hardly moved. Two services were deployed.",
        _campaign_deploys,
        Private(
            "discounts 1.3.0 sleeps 320 ms when the campaign on top belongs to one of two partners",
            "discounts",
            "time.sleep under a comment that calls it a turn of the scheduler",
            "self time of discounts' server span is either a few milliseconds or 320 ms more, with no child to explain "
            "it and no CPU; its log line names the campaign each time: knot club or tide tables",
            "latency of GET /: about one in three takes a third of a second longer, and hardly any takes the mean",
            "the other deploy, a few seconds earlier",
            1,
        ),
        seconds=125.0,
        rate=6.0,
    ),
]
