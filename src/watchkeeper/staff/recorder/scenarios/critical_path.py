"""The recordings that module 1 reads: where a page's time goes."""

from __future__ import annotations

from watchkeeper.staff.recorder.scenarios.base import Private, Scenario, Step


def _quiet_week_start(seed: int) -> list[Step]:
    return [Step(0.4, "deploy", "ads", "1.6.1")]


def _banner(seed: int) -> list[Step]:
    return [Step(0.33, "deploy", "frontend", "2.5.0"), Step(0.8, "roll_back", "frontend")]


def _lazy_discounts(seed: int) -> list[Step]:
    return [Step(0.33, "deploy", "discounts", "1.2.0"), Step(0.8, "roll_back", "discounts")]


def _frozen_ads(seed: int) -> list[Step]:
    return [Step(0.33, "blackhole", "ads"), Step(0.75, "thaw", "ads")]


def _frozen_recommendation(seed: int) -> list[Step]:
    return [Step(0.4, "blackhole", "recommendation"), Step(0.66, "thaw", "recommendation")]


def _two_deploys(seed: int) -> list[Step]:
    bystander = (("payment", "1.8.1"), ("shipping", "1.2.1"))[seed % 2]
    return [
        Step(0.25, "deploy", *bystander),
        Step(0.4, "deploy", "catalog", "1.4.0"),
        Step(0.82, "roll_back", "catalog"),
    ]


SCENARIOS = [
    Scenario(
        "nothing-wrong",
        "monday-morning",
        "Monday morning",
        "An alarm about traffic rang and was closed. Somebody deployed ads. Was anything wrong for customers?",
        _quiet_week_start,
        Private(
            "nothing: more shoppers for a while, and a rebuild of ads",
            "none",
            "none",
            "p95 and error share of every page stay what they were, before and after the deploy and in the busy minute",
            "nothing",
            "the deploy of ads, and the rise in requests",
            None,
        ),
        busier=(0.6, 0.8, 1.7),
    ),
    Scenario(
        "banner-in-layout",
        "carts-complaint",
        "The carts' complaint",
        "Shoppers write that their cart shows an apology instead of their things. The home page looks fine.",
        _banner,
        Private(
            "frontend 2.5.0 moved the banner from two pages into the layout",
            "frontend",
            "the layout reads ads[0].url on pages whose handler never fetched ads: jinja2 UndefinedError",
            "500 with an UndefinedError on GET /cart and GET /products only, from the deploy to the roll-back; "
            "ads itself answers every request it gets",
            "share of good answers of GET /cart and GET /products",
            "ads",
            0,
        ),
    ),
    Scenario(
        "lazy-discounts",
        "tuesday-lunch",
        "Tuesday lunch",
        "Around noon the home page took long, for a while. Other pages did not.",
        _lazy_discounts,
        Private(
            "discounts 1.2.0 dropped the joins from its query",
            "discounts",
            "N+1: lazy loads of type and influencer, 1+N+N SELECTs a request",
            "one SELECT a request before the deploy, hundreds after it, one after the other under "
            "GET /discounts; each takes well under a millisecond",
            "latency of GET /",
            "the database",
            0,
        ),
    ),
    Scenario(
        "frozen-ads",
        "wednesday-evening",
        "Wednesday evening",
        "Marketing asks where the banner went. Some say pages feel a little heavier, nobody is sure.",
        _frozen_ads,
        Private(
            "the ads process was stopped with SIGSTOP",
            "ads",
            "black hole: accepts connections, never answers; the frontend waits out its 100 ms deadline",
            "client spans frontend to ads end after 100 ms with ReadTimeout and no answer in time; pages still 200",
            "latency of GET / and GET /product/{id}, by at most 100 ms: it degrades well",
            "the frontend",
            0,
        ),
    ),
    Scenario(
        "frozen-recommendation",
        "thursday-afternoon",
        "Thursday afternoon",
        "For a while product pages and the home page did not come at all; then it was over by itself.",
        _frozen_recommendation,
        Private(
            "the recommendation process was stopped with SIGSTOP",
            "recommendation",
            "black hole without a deadline: the frontend waits for ever for something everybody calls optional",
            "client spans frontend to recommendation last until the thaw; the load generator gives up after 10 s",
            "share of answers within 10 s of GET / and GET /product/{id}: it does not degrade",
            "catalog",
            0,
        ),
    ),
    Scenario(
        "reparsing-catalog",
        "friday-deploy",
        "Friday's deploys",
        "Two teams deployed on a Friday. Afterwards every page was sluggish, until somebody rolled something back.",
        _two_deploys,
        Private(
            "catalog 1.4.0 reads the supplier's feed anew on each request",
            "catalog",
            "CPU: parses 1.7 MB of XML a request, under one interpreter lock, so requests also wait for each other",
            "catalog's server spans grow from the second deploy on with no child to explain it, and its CPU "
            "metric with them; the roll-back cures both",
            "latency of every page",
            "the other deploy, a little earlier",
            1,
        ),
    ),
]
