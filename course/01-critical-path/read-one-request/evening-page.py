"""evening-page: what kept this home page waiting, and how do you know?"""

from watchkeeper import traces
from watchkeeper.staff.author.writing import Record, SomeOf, Text, pick, question

from ...vocabulary import SERVICES
from .shared import called_most, frontend_calls

q = question(
    kind="diagnose",
    points=4,
    answer=Record(
        {
            "service": Text("a service's name", options=SERVICES),
            "mechanism": Text(
                "a mechanism",
                options=(
                    "slow itself",
                    "no answer",
                    "many calls",
                    "waits for another",
                    "error at once",
                    "nothing is wrong",
                ),
            ),
            "evidence": SomeOf(Text("a span id"), at_least=1),
        }
    ),
)
q.inputs(pick("wednesday-evening", "GET /", [0.75]))
q.hints(
    "Walk back from the end of the page, as in part 4: which of the frontend's calls ended last?",
    "Look at that call's status, and whether there is a SERVER span below it that ended in time.",
    "Evidence is the id of the CLIENT span in which the frontend waited, or of the SERVER span below it.",
)
q.passed("You named the service, how it failed, and what shows it. On call that is a good first message.")


@q.wrong(
    "The frontend's span holds all that was waited for; it did little itself.",
    "Walk back from its end: through which call do you come?",
    misconception="whoever waits longest is to blame",
)
def page_itself(spans):
    return {"service": "frontend", "mechanism": "slow itself"}


@q.wrong(
    "That is the longest call that was answered, but a longer one ran.",
    "Which call ended last before the page could go on?",
)
def longest_that_answered(spans):
    calls = frontend_calls(spans)
    return {"service": calls[calls.status != "ERROR"].sort_values("duration_ms").called.iloc[-1]}


@q.wrong(
    "Compare it with the home page of Monday morning.", "One stretch of this page has no match there: whose is it?"
)
def all_as_usual(spans):
    return {"service": "loadgenerator", "mechanism": "nothing is wrong"}


def silent(spans):
    calls = frontend_calls(spans)
    return calls[calls.status == "ERROR"].iloc[0]


@q.wrong(
    "Slow work would be a long SERVER span; what does that service show here?",
    "Look at the status of the call, and at how long it lasted.",
)
def slow_advertisement(spans):
    return {"service": silent(spans).called, "mechanism": "slow itself"}


@q.wrong("The call did end in an error, but not at once.", "Look at how long it lasted before it ended.")
def quick_error(spans):
    return {"service": silent(spans).called, "mechanism": "error at once"}


@q.wrong(
    "The page asks that service over and over, but so it does on a quiet day.",
    "What is there on this page that is not on Monday's home page?",
)
def asked_too_often(spans):
    return {"service": called_most(spans), "mechanism": "many calls"}


@q.wrong("That service asks nobody in this request.", "Look at the call's status, and at when its SERVER span began.")
def waits_for_others(spans):
    return {"service": silent(spans).called, "mechanism": "waits for another"}


@q.wrong(
    "Not all that you name shows it.", "Give the span in which the page waited, or the one below it, and no other."
)
def whole_page_as_evidence(spans):
    found = silent(spans)
    return {"service": found.called, "mechanism": "no answer", "evidence": list(spans.span_id)}


@q.alternative
def silent_by_status(spans):
    found = silent(spans)
    return {"service": found.called, "mechanism": "no answer", "evidence": [found.span_id]}


@q.alternative
def silent_by_path(spans):
    calls = frontend_calls(spans)
    mine = traces.critical_path(spans).groupby("span_id").duration_ms.sum()
    found = calls.assign(own=calls.span_id.map(mine)).nlargest(1, "own").iloc[0]
    return {"service": found.called, "mechanism": "no answer", "evidence": [found.span_id]}
