"""mended-errors: which spans are errors, by their status and HTTP code?"""

from watchkeeper.staff.author.writing import SetOf, Text, pick, question, table

CODE = "http.response.status_code"
OLD_CODE = "http.status_code"
CASES = [
    ("a", "SERVER", "UNSET", {CODE: 404}),
    ("b", "CLIENT", "UNSET", {CODE: 404}),
    ("c", "SERVER", "UNSET", {CODE: 500}),
    ("d", "CLIENT", "OK", {CODE: 404}),
    ("e", "INTERNAL", "ERROR", {}),
    ("f", "SERVER", "UNSET", {OLD_CODE: 503}),
    ("g", "CLIENT", "UNSET", {OLD_CODE: 200}),
    ("h", "CLIENT", "UNSET", {}),
]
OTHER_CASES = [
    ("k", "SERVER", "UNSET", {OLD_CODE: 404}),
    ("l", "CLIENT", "UNSET", {OLD_CODE: 400}),
    ("m", "CLIENT", "UNSET", {CODE: 399}),
    ("n", "SERVER", "OK", {CODE: 500}),
    ("o", "CLIENT", "ERROR", {CODE: 200}),
    ("p", "SERVER", "UNSET", {CODE: 499}),
    ("q", "CLIENT", "UNSET", {CODE: 200, OLD_CODE: 200}),
    ("r", "SERVER", "UNSET", {CODE: 404, OLD_CODE: 500}),
    ("s", "INTERNAL", "UNSET", {CODE: 404}),
]

q = question(
    kind="compute",
    points=3,
    answer=SetOf(Text("a span id")),
    yours=["watchkeeper.traces.is_error", "watchkeeper.traces.error_origins", "watchkeeper.traces.masked_errors"],
)
q.inputs(
    table("the eight cases", ("span_id", "kind", "status", "attributes"), CASES),
    table("nine more", ("span_id", "kind", "status", "attributes"), OTHER_CASES),
    pick("carts-complaint", "GET /cart", [0.1, 0.3, 0.5]),
)
q.hints(
    "Two questions a span: is something stated? If not, what does the code say on this side?",
    'attributes.get("http.response.status_code", attributes.get("http.status_code", 0)) finds either.',
    "least depends on span.kind alone: read the two columns of the table, SERVER and all others.",
)
q.passed("Many a quarrel about an error rate is about this table. You can now end it.")


@q.wrong(
    "That is still what the colleague's function gives.",
    "Begin with case a: what does the rule say, what does the code do?",
)
def as_the_colleague(spans):
    return set(spans.span_id[spans.attributes.map(lambda attributes: attributes.get(CODE, 0)) >= 400])


def code_of(attributes):
    return attributes.get(CODE, attributes.get(OLD_CODE, 0))


@q.wrong(
    "A 404 is no error for the server: it answered correctly.",
    "For SERVER spans errors begin at 500.",
    misconception="an HTTP 404 is an error, whoever looks (8)",
)
def four_hundred_on_both_sides(spans):
    return {
        one.span_id
        for one in spans.itertuples()
        if one.status == "ERROR" or (one.status == "UNSET" and code_of(one.attributes) >= 400)
    }


@q.wrong(
    "A 404 is an error for the client: it did not get what it wanted.",
    "For CLIENT spans errors begin at 400.",
    misconception="an HTTP 404 is no error for anybody (8)",
)
def five_hundred_on_both_sides(spans):
    return {
        one.span_id
        for one in spans.itertuples()
        if one.status == "ERROR" or (one.status == "UNSET" and code_of(one.attributes) >= 500)
    }


@q.wrong("The two sides have changed places.", "SERVER spans: from 500 on. CLIENT spans: from 400 on.")
def sides_mixed_up(spans):
    return {
        one.span_id
        for one in spans.itertuples()
        if one.status == "ERROR"
        or (one.status == "UNSET" and code_of(one.attributes) >= (400 if one.kind == "SERVER" else 500))
    }


@q.wrong(
    "Spans under the convention's old names pass you by.",
    "Look for http.status_code where the stable name is missing.",
    misconception="everybody writes the same attribute names",
)
def stable_name_only(spans):
    return {
        one.span_id
        for one in spans.itertuples()
        if one.status == "ERROR"
        or (one.status == "UNSET" and one.attributes.get(CODE, 0) >= (500 if one.kind == "SERVER" else 400))
    }


@q.wrong(
    "You ask for more than the least: 400 and 500 themselves are errors.",
    "least is the first code that is one; the comparison is >=.",
)
def more_than_least(spans):
    return {
        one.span_id
        for one in spans.itertuples()
        if one.status == "ERROR"
        or (one.status == "UNSET" and code_of(one.attributes) > (500 if one.kind == "SERVER" else 400))
    }


def by_code(spans, code_in, least=lambda kind: 500 if kind == "SERVER" else 400):
    return {
        one.span_id
        for one in spans.itertuples()
        if one.status == "ERROR" or (one.status == "UNSET" and code_in(one.attributes) >= least(one.kind))
    }


@q.wrong(
    "Where both names are there, you take the old one.",
    "The stable name comes first; the old one only where that is missing.",
)
def old_name_first(spans):
    return by_code(spans, lambda attributes: attributes.get(OLD_CODE, attributes.get(CODE, 0)))


@q.wrong(
    "Some programs write both names: you add two codes up.",
    "Take the stable name; the old one only where that is missing.",
    misconception="two names for one code are two codes",
)
def codes_added_up(spans):
    return by_code(spans, lambda attributes: attributes.get(CODE, 0) + attributes.get(OLD_CODE, 0))


@q.wrong(
    "By the table above, every kind but SERVER goes with CLIENT.", "500 for SERVER spans; what is left for all others?"
)
def clients_alone_from_400(spans):
    return by_code(spans, code_of, lambda kind: 400 if kind == "CLIENT" else 500)


@q.wrong(
    "You took only what is stated; UNSET does not mean that all is well.",
    "Where the status is UNSET, the HTTP code decides.",
    misconception="UNSET means that all is well",
)
def stated_only(spans):
    return set(spans.span_id[spans.status == "ERROR"])


@q.wrong(
    "You asked the code alone; a program may state OK or ERROR itself.",
    "First the status; the code only where that is UNSET.",
)
def code_before_status(spans):
    return {
        one.span_id for one in spans.itertuples() if code_of(one.attributes) >= (500 if one.kind == "SERVER" else 400)
    }


@q.wrong("A stated OK counts more than the code.", "Ask the code only where status is UNSET.")
def ok_overruled(spans):
    return {
        one.span_id
        for one in spans.itertuples()
        if one.status == "ERROR" or code_of(one.attributes) >= (500 if one.kind == "SERVER" else 400)
    }


@q.alternative
def errors_by_columns(spans):
    code = spans.attributes.map(code_of)
    least = spans.kind.map({"SERVER": 500}).fillna(400)
    return set(spans.span_id[(spans.status == "ERROR") | ((spans.status == "UNSET") & (code >= least))])


@q.alternative
def errors_by_loop(spans):
    found = []
    for span in spans.itertuples():
        if span.status == "UNSET":
            code = span.attributes.get("http.response.status_code") or span.attributes.get("http.status_code") or 0
            if code >= 500 or (code >= 400 and span.kind != "SERVER"):
                found.append(span.span_id)
        elif span.status == "ERROR":
            found.append(span.span_id)
    return found
