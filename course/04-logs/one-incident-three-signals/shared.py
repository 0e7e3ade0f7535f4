"""What several questions of one-incident-three-signals use."""

import pandas as pd

from watchkeeper import logs, traces


def tally(names):
    return {str(name): int(count) for name, count in pd.Series(list(names), dtype=object).value_counts().items()}


def deploy_ns(recording):
    return recording.deploys.time_ns.min()


def new_records(recording, moment_ns):
    """Without another day to compare with: what starts, ends and bays say is known."""
    kind = recording.logs.service + ": " + logs.templates(recording.logs.body).template
    usual = kind.isin(set(kind[recording.logs.time_ns < moment_ns])) | recording.logs.body.str.contains(
        r" is up| ends$|got no bay", regex=True
    )
    return recording.logs[~usual].sort_values("time_ns")


def orders_of(recording):
    sent = recording.spans.query("kind == 'PRODUCER'").sort_values("start_ns")
    linked = traces.linked(recording.spans).query("found").set_index("from_span_id")
    taken = dict(zip(linked.index, linked.to_span_id, strict=True))
    start = recording.spans.set_index("span_id").start_ns
    return sent.assign(
        wait_ms=sent.span_id.map(linked.gap_ms).fillna(float("inf")), came_ns=sent.span_id.map(taken).map(start)
    )


def late_orders(recording):
    orders, moment = orders_of(recording), deploy_ns(recording)
    usual = orders.wait_ms[orders.start_ns < moment].max()
    return orders[(orders.start_ns >= moment) & (orders.wait_ms > usual)]
