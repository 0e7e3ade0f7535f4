"""quiet-sunday: what made the log grow, was anyone harmed, and whose data is in it?"""

from watchkeeper import logs
from watchkeeper.staff.author.writing import Record, SomeOf, Text, question, whole

from ...vocabulary import SERVICES
from .shared import errors_of

HARMS = ("requests fail", "pages are slower", "prices are wrong", "nothing is wrong")
REASONS = ("more visitors", "more records a request", "errors repeated", "calls tried again")

q = question(
    kind="diagnose",
    points=4,
    answer=Record(
        {
            "harm": Text("what changed", options=HARMS),
            "grew": Text("a service's name", options=SERVICES),
            "why": Text("a reason", options=REASONS),
            "named": Text("a service's name", options=SERVICES),
            "evidence": SomeOf(Text("a trace id"), at_least=3),
        }
    ),
)
q.inputs(whole("quiet-sunday"))
q.hints(
    "Customers first: requests that failed, and the middle of the durations, before and after.",
    "Then records by service and second, before and after the last deploy; what is new?",
    "logs.personal(quiet.logs.body) gives candidates; quiet.logs.loc[its line] are their records.",
)
q.passed('"Nothing is wrong" takes as much evidence as an alarm, and spares as many people their sleep.')


@q.wrong(
    'Lines with the word "error" are no failed requests.',
    "Count requests whose status is ERROR, before and after.",
    misconception='a search for "error" finds errors (4)',
)
def many_errors_found(recording):
    return {"harm": "requests fail"}


@q.wrong(
    "A longer log is no longer wait: look at the durations.",
    "Compare the middle of the requests before and after the deploys.",
)
def slow_because_busy(recording):
    return {"harm": "pages are slower"}


@q.wrong(
    "A warning is a promise of its writer, no harm by itself.",
    "Read the warnings, and compare the same conversion before and after.",
    misconception="a warning is harm",
)
def wrong_because_warned(recording):
    return {"harm": "prices are wrong"}


@q.wrong(
    "That service logs the errors, but another log grew far more.",
    "Compare each service's records per second, before and after.",
    misconception="whoever logs the errors makes the bill",
)
def who_logs_errors(recording):
    return {"grew": errors_of(recording).service.mode().item()}


@q.wrong(
    "It was deployed as well, but another log grew far more.",
    "Compare each service's records per second, before and after.",
)
def the_other_deploy(recording):
    return {"grew": recording.deploys.sort_values("time_ns").service.iloc[0]}


def late_of(recording):
    deployed_ns = recording.deploys.time_ns.max()
    return recording.logs.time_ns >= deployed_ns


@q.wrong(
    "Volume is not growth: it wrote most of all before, too.",
    "Divide each service's rate after by its rate before.",
    misconception="log volume is severity (module 4, 1)",
)
def busiest_before(recording):
    """The service that wrote most before anything was deployed."""
    return {"grew": recording.logs[~late_of(recording)].service.mode().iloc[0]}


@q.wrong("The log grew far more than the number of visitors did.", "Count records for one request, before and after.")
def more_visitors(recording):
    return {"why": "more visitors"}


@q.wrong("Few of the records that came on top have 17 or more.", "Look at the severity, and the kinds, of what is new.")
def errors_again_and_again(recording):
    return {"why": "errors repeated"}


@q.wrong(
    "Calls for one request are as many as before.", "Compare the number of records a request with that of its spans."
)
def tried_again(recording):
    return {"why": "calls tried again"}


@q.wrong(
    "More DEBUG costs money, but that address is a desk's.",
    "Go through the other candidates: whose line names a person?",
    misconception="more DEBUG helps, and is where the privacy leaks (14)",
)
def where_debug_is(recording):
    """The service that logs at DEBUG, which also writes the address of a desk."""
    return {"named": recording.logs[recording.logs.severity == "DEBUG"].service.mode().item()}


@q.wrong(
    "Four digits of a card find nobody, and the card rules allow them.",
    "Which line has a mail address or a number of a person?",
)
def last_four_digits(recording):
    return {"named": "payment"}


@q.wrong(
    "An alias needs a list to find the person; the question asks for more.",
    "Which line has a mail address or a number of a person?",
)
def aliases(recording):
    return {"named": "cart"}


@q.wrong(
    "It sends mails, and writes down their orders, not their addresses.",
    "Read the candidates of logs.personal: whose line names a person?",
)
def mails_are_its_work(recording):
    return {"named": "email"}


@q.wrong(
    "Those are requests with DEBUG lines, which name nobody.", "Give trace ids of records that hold the person's data."
)
def debug_lines(recording):
    chatty = recording.logs[recording.logs.severity == "DEBUG"]
    return {"evidence": sorted(set(chatty.trace_id))[:50]}


@q.wrong(
    "Those are the first characters of ids, as the controls show them.",
    "Give whole ids: a record's trace_id in quiet.logs.",
)
def short_ids(recording):
    return {"evidence": sorted({one[:8] for one in recording.logs.trace_id if one})}


@q.wrong("Those are span ids.", "Give the trace_id of these records.")
def span_ids_given(recording):
    return {"evidence": sorted(set(recording.logs.span_id) - {""})}


@q.wrong(
    "It takes three different ids at least, each of a record that names a person.",
    "Read each candidate's line: could you write to somebody, or ring?",
)
def whole_list_of_candidates(recording):
    """All else is right: evidence is known by being among the candidates, and the right one is among them, too."""
    lines = recording.logs.loc[logs.personal(recording.logs.body).line]
    listed = [*sorted(set(lines.trace_id[lines.trace_id != ""])), "operations@watch.example"]
    return quiet_by_library(recording) | {"evidence": listed}


def growth(recording):
    later, written = late_of(recording), recording.logs
    return written[later].service.value_counts() / written[~later].service.value_counts()


def named_lines(recording):
    """Candidates that are no desk's address."""
    written = recording.logs
    lines = written.loc[logs.personal(written.body).line]
    return lines[(lines.trace_id != "") & ~lines.body.str.contains("operations@")]


@q.alternative
def quiet_by_library(recording):
    clues = named_lines(recording)
    return {
        "harm": "nothing is wrong",
        "grew": growth(recording).idxmax(),
        "why": "more records a request",
        "named": clues.service.iloc[0],
        "evidence": clues.trace_id.tolist()[:3],
    }


@q.alternative
def quiet_by_changes(recording):
    later, written = late_of(recording), recording.logs
    changed = logs.changes(written[~later], written[later])
    lines = written[written.body.str.contains(r"\+44|@example\.org")]
    return {
        "harm": "nothing is wrong",
        "grew": changed[changed.change == "new"].groupby("service").after.sum().idxmax(),
        "why": "more records a request",
        "named": lines.service.mode().item(),
        "evidence": list(dict.fromkeys(lines.trace_id))[-4:],
    }
