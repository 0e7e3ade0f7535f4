"""mended-share: what share of the requests failed, estimated from a sample?"""

import numpy as np

from watchkeeper.staff.author.writing import Number, question, route, table
from watchkeeper.traces import tail_sample

from .shared import COLUMNS, SILENT

TWICE_SAMPLED = table(
    "a tail sample of a head sample",
    (*COLUMNS, "weight"),
    [
        (
            trace,
            f"root{number}",
            "",
            "loadgenerator",
            "GET /cart",
            "CLIENT",
            0,
            took * 1_000_000,
            float(took),
            status,
            "",
            "one",
            "paper",
            SILENT,
            [],
            [],
            weight,
        )
        for number, (trace, took, status, weight) in enumerate(
            [
                ("1".zfill(32), 20, "ERROR", 1.0),
                ("2".zfill(32), 20, "ERROR", 10.0),
                ("3".zfill(32), 20, "UNSET", 1.0),
                ("4".zfill(32), 20, "UNSET", 10.0),
                ("5".zfill(32), 900, "UNSET", 1.0),
                ("6".zfill(32), 900, "UNSET", 10.0),
                ("f" * 32, 20, "UNSET", 1.0),
            ]
        )
    ],
)

q = question(kind="compute", points=3, answer=Number("%", within=0.005), yours=["watchkeeper.traces.weighted_share"])
q.inputs(
    TWICE_SAMPLED,
    route("carts-complaint", "GET /cart"),
    route("saturday-orders", "POST /checkout"),
    route("thursday-afternoon", "GET /product/{id}"),
    route("monday-morning", "GET /product/{id}"),
)
q.hints(
    "Each row of kept_requests(spans) stands for as many requests as its weight says.",
    "How many requests does the whole sample stand for? That belongs below the line.",
    "For how many do the failed rows stand? That belongs above it; then make it %.",
)
q.passed("A dashboard over sampled traces that forgets the weights pages you for the sampler, not for the shop.")


def sampled(spans):
    drawn_before = spans.get("weight", 1.0)
    kept = tail_sample(spans, slower_than_ms=100, share=0.25)
    kept = kept.assign(weight=kept.weight * drawn_before)
    return kept[kept.parent_span_id == ""].assign(failed=lambda roots: roots.status == "ERROR")


@q.wrong(
    "You counted each kept request once, and the sample prefers the failed ones.",
    "Add up weights instead of rows, above and below the line.",
    misconception="a sample's rates come out right by themselves (9)",
)
def without_weights(spans):
    return 100 * sampled(spans).failed.mean()


@q.wrong(
    "You took a quarter of the colleague's share; failed requests were all kept.",
    "Each row has its own weight: add up weights.",
)
def quarter_of_it(spans):
    return 25 * sampled(spans).failed.mean()


@q.wrong(
    "You added up the weights of the requests that went well.",
    "Above the line: the weights of the failed ones; below: all weights.",
)
def divided_by_the_rows(spans):
    requests = sampled(spans)
    return 100 * requests.weight[~requests.failed].sum() / len(requests)


@q.wrong('You divided by the weights: a weight of 4 means "stands for four".', "Add up the weights themselves.")
def weights_upside_down(spans):
    requests = sampled(spans)
    return 100 * (requests.failed / requests.weight).sum() / (1 / requests.weight).sum()


@q.wrong(
    "You gave each failed request the weight 4; the tail sample kept them all.",
    "Take the weight that stands in its row.",
    misconception="tail sampling is unbiased (10)",
)
def all_weigh_four(spans):
    requests = sampled(spans)
    return 100 * 4 * requests.failed.sum() / requests.weight.sum()


@q.wrong(
    "You counted each failed request once; after two draws one may stand for ten.",
    "Add up the weights of the failed ones as well.",
    misconception="failed requests always stand for themselves alone",
)
def failed_weigh_one(spans):
    requests = sampled(spans)
    return 100 * requests.failed.sum() / requests.weight.sum()


@q.wrong("You gave each good request the weight 4; slow ones were all kept.", "Take the weight that stands in its row.")
def good_ones_weigh_four(spans):
    failed = sampled(spans).failed
    return 100 * failed.sum() / (failed.sum() + 4 * (~failed).sum())


@q.wrong("You rounded.", "Return the number as it comes: rounding is for the last reader.")
def rounded_share(spans):
    return round(mended_by_average(spans), 1)


@q.wrong("You divided by the requests that went well.", "A share is of all: divide by the sum of all weights.")
def failed_by_ok(spans):
    requests = sampled(spans)
    return 100 * requests.weight[requests.failed].sum() / requests.weight[~requests.failed].sum()


@q.wrong("That is a fraction of 1.", "This asks for %: 0.2 is 20.0.")
def mended_as_a_fraction(spans):
    requests = sampled(spans)
    return requests.weight[requests.failed].sum() / requests.weight.sum()


@q.wrong(
    "That is the share of all requests; a shop that samples hasn't got them.",
    "Use only the rows of kept_requests(spans).",
)
def from_every_request(spans):
    return 100 * (spans[spans.parent_span_id == ""].status == "ERROR").mean()


@q.alternative
def mended_by_repeating(spans):
    requests = sampled(spans)
    stands_for = [
        flag for flag, weight in zip(requests.failed, requests.weight, strict=True) for _ in range(int(weight))
    ]
    return 100 * sum(stands_for) / len(stands_for)


@q.alternative
def mended_by_average(spans):
    requests = sampled(spans)
    return np.average(100.0 * requests.failed, weights=requests.weight)
