"""What several questions of read-one-request use."""

SHARED = [
    ("a", "", "frontend", "GET /", "SERVER", 0, 100),
    ("b", "a", "cart", "GET /carts", "SERVER", 10, 60),
    ("c", "a", "ads", "GET /ads", "SERVER", 40, 80),
    ("d", "b", "cart", "SELECT", "CLIENT", 20, 30),
    ("e", "b", "cart", "SELECT", "CLIENT", 30, 45),
    ("f", "a", "currency", "GET /convert", "SERVER", 15, 25),
]
LATE = [
    ("a", "", "frontend", "GET /", "SERVER", 0, 50),
    ("b", "a", "cart", "GET /carts", "SERVER", 5, 20),
    ("c", "a", "ads", "GET /ads", "SERVER", 15, 30),
    ("d", "a", "email", "send", "INTERNAL", 40, 70),
    ("e", "b", "cart", "SELECT", "CLIENT", 6, 19),
]


def frontend_calls(spans):
    server = spans[(spans.service == "frontend") & (spans.kind == "SERVER")].iloc[0]
    calls = spans[(spans.parent_span_id == server.span_id) & (spans.kind == "CLIENT")].copy()
    calls["called"] = [attributes["server.address"] for attributes in calls.attributes]
    return calls


def called_most(spans):
    return frontend_calls(spans).called.value_counts().idxmax()
