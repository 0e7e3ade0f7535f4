"""The recordings that module 3 reads: durations, histograms, budgets."""

from __future__ import annotations

from watchkeeper.shop.scenarios.base import Private, Scenario, Step


def _campaign_deploys(seed: int) -> list[Step]:
    bystander = (("ads", "1.6.1"), ("currency", "1.1.3"))[seed % 2]
    return [Step(0.3, "deploy", *bystander), Step(0.35, "deploy", "discounts", "1.3.0")]


SCENARIOS = [
    Scenario(
        "waiting-campaigns", "discounts-complaint", "The partners' complaint",
        "Two of the partners whose discount codes stand on the home page write that it feels heavy when they open it. "
        "The dashboard's average has moved a little; the others see nothing. Two services were deployed.",
        _campaign_deploys,
        Private(
            "discounts 1.3.0 sleeps 320 ms when the campaign on top belongs to one of two partners", "discounts",
            "time.sleep under a comment that calls it a turn of the scheduler",
            "self time of discounts' server span is either a few milliseconds or 320 ms more, with no child to explain "
            "it and no CPU; its log line names the campaign each time: knot club or tide tables",
            "latency of GET /: about one in three takes a third of a second longer, and hardly any takes the mean",
            "the other deploy, a few seconds earlier", 1,
        ),
        seconds=125.0,
        rate=6.0,
    ),
]  # fmt: skip
