"""mail-waits: how long does each mail wait in its queue?"""

from watchkeeper.staff.author.writing import MapOf, Number, question, whole

q = question(
    kind="compute", points=2, answer=MapOf("span id", Number("ms", within=0.001)), yours=["watchkeeper.traces.linked"]
)
q.inputs(whole("monday-morning"), whole("saturday-orders"))
q.hints(
    "A link is a dict: print one, and look at its keys.",
    "The id that it names has an end in end_ns: end_ns[sender].",
    "consumer.start_ns minus that.",
)
q.passed("Queues hide from waterfalls. Whoever follows links sees them grow before customers do.")


def consumed(recording):
    return [
        (link, one) for one in recording.spans[recording.spans.kind == "CONSUMER"].itertuples() for link in one.links
    ]


@q.wrong("You counted from the beginning of the span that sent it.", "The message waits from that span's end on.")
def from_its_beginning(recording):
    start = recording.spans.set_index("span_id").start_ns
    return {link["span_id"]: (one.start_ns - start[link["span_id"]]) / 1e6 for link, one in consumed(recording)}


@q.wrong("You counted until the mail was out; its work is no waiting.", "Stop at the consumer's start.")
def until_the_mail_is_out(recording):
    end = recording.spans.set_index("span_id").end_ns
    return {link["span_id"]: (one.end_ns - end[link["span_id"]]) / 1e6 for link, one in consumed(recording)}


@q.wrong(
    "A link is no parent: a consumer is nobody's child here.",
    "Take the span id that the link names.",
    misconception="a link makes a child (12)",
)
def as_children(recording):
    spans = recording.spans
    end = spans.set_index("span_id").end_ns
    below = spans[(spans.kind == "CONSUMER") & spans.parent_span_id.isin(end.index)]
    return {one.parent_span_id: (one.start_ns - end[one.parent_span_id]) / 1e6 for one in below.itertuples()}


@q.wrong("Your keys are the consumers' ids.", "The key is the id of the span that the link names.")
def keyed_by_consumer(recording):
    end = recording.spans.set_index("span_id").end_ns
    return {one.span_id: (one.start_ns - end[link["span_id"]]) / 1e6 for link, one in consumed(recording)}


@q.wrong(
    "These are a million times too small: converted to ms twice.",
    "waited_ns is in nanoseconds; the last line of the loop divides already.",
)
def divided_twice(recording):
    return {span: ms / 1e6 for span, ms in waits_by_dict(recording).items()}


@q.wrong(
    "Your sender is the consumer itself, so you measured its own work.",
    "sender is the id in the link: print one link, and look at its keys.",
)
def the_consumer_itself(recording):
    return {one.span_id: (one.start_ns - one.end_ns) / 1e6 for _, one in consumed(recording)}


@q.wrong(
    "You counted from the end of the whole order.", "The message waits from the end of the span that the link names."
)
def by_the_order(recording):
    """From the end of the whole order: the customer's answer comes later than the note in the outbox."""
    spans = recording.spans
    ends = spans[spans.parent_span_id == ""].set_index("trace_id").end_ns
    return {link["span_id"]: (one.start_ns - ends[link["trace_id"]]) / 1e6 for link, one in consumed(recording)}


@q.wrong(
    "Your waits are negative: the difference is the wrong way round.",
    "Later minus earlier: the consumer's start comes last.",
)
def turned_round(recording):
    return {span: -ms for span, ms in waits_by_dict(recording).items()}


@q.alternative
def waits_by_dict(recording):
    spans = recording.spans
    ended = dict(zip(spans.span_id, spans.end_ns, strict=True))
    return {link["span_id"]: (one.start_ns - ended[link["span_id"]]) / 1e6 for link, one in consumed(recording)}


@q.alternative
def waits_by_explode(recording):
    spans = recording.spans
    taken = spans[spans.kind == "CONSUMER"].explode("links")
    sender = taken.links.map(lambda link: link["span_id"])
    sent_ns = sender.map(spans.set_index("span_id").end_ns)
    return dict(zip(sender, (taken.start_ns - sent_ns) / 1e6, strict=True))
