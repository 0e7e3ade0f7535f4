"""What several questions of follow-a-request use."""


def joined(spans):
    clients = spans[spans.kind == "CLIENT"].set_index("span_id")
    servers = spans[(spans.kind == "SERVER") & spans.parent_span_id.isin(clients.index)]
    callers = servers.parent_span_id.map(clients.service)
    return servers.assign(
        caller=callers,
        client_ms=servers.parent_span_id.map(clients.duration_ms),
        client_start=servers.parent_span_id.map(clients.start_ns),
        edge=callers + " → " + servers.service,
    )
