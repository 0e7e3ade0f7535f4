"""search-quality: how good is a search for "error" among log records?"""

from watchkeeper.staff.author.writing import Number, Record, question, records, table

from .shared import bad, hits, quality

# Whoever rounds a share to two decimals is right: the grid is as wide as that.
SHARE = Number("of 1", within=0.005)

BODY_COLUMNS = ("service", "severity", "severity_number", "body")
SEARCHED = [
    ("cart", "INFO", 9, "job done, 0 Errors"),
    ("cart", "ERROR", 18, "error while saving"),
    ("ads", "INFO", 9, "no errors so far"),
    ("ads", "INFO", 9, "served banner 7"),
    ("payment", "FATAL", 21, "cannot open the store"),
    ("email", "WARN", 13, "3 mails wait"),
    ("email", "INFO", 9, "outbox is empty"),
]
OTHERS = [
    ("cart", "Error", 18, "POST /carts:"),
    ("cart", "err", 17, "disk full"),
    ("ads", "WARN", 13, "ERROR BUDGET: all left"),
    ("ads", "INFO", 9, "hello"),
    ("ads", "ERROR", 17, "an error"),
    ("ads", "FATAL4", 24, "gave up: errors only"),
    ("mail", "ERROR3", 19, "gone"),
]

q = question(
    kind="compute",
    points=2,
    answer=Record({"precision": SHARE, "recall": SHARE}),
    yours=["watchkeeper.logs.grep_quality"],
)
q.inputs(
    table("the seven lines on paper", BODY_COLUMNS, SEARCHED),
    table("made-up lines of other levels", BODY_COLUMNS, OTHERS),
    records("sunday-night"),
    records("saturday-orders"),
)
q.hints(
    "Two columns of True and False: did the search find it, should it have found it?",
    "The cell above searches the body in any case; severity_number gives the other column.",
    "Count the lines where both are True: a share of the finds, and a share of what to find.",
)
q.passed("Before you believe a search, ask both: how much of it is noise, and how much did it miss?")


@q.wrong(
    "Precision and recall have changed places.",
    "Precision looks at what was found, recall at what should have been found.",
)
def turned_over(frame):
    made = quality(hits(frame), bad(frame))
    return {"precision": made["recall"], "recall": made["precision"]}


@q.wrong(
    "You searched for the word as it stands, in small letters only.",
    "Any case counts: str.lower() first, or contains(..., case=False).",
)
def as_written(frame):
    return quality(frame.body.str.contains("error"), bad(frame))


@q.wrong("WARN counts as an error in your answer.", "What should be found has the severity number 17 or more.")
def warnings_wanted_too(frame):
    return quality(hits(frame), frame.severity_number >= 13)


@q.wrong(
    "One level alone counts in your answer; FATAL, for one, lies above it.",
    "17 or more: that number holds whatever word the writer chose.",
    misconception="levels are words, spelt alike everywhere",
)
def by_the_word_error(frame):
    return quality(hits(frame), frame.severity == "ERROR")


@q.wrong("Records of number 17 are left out in your answer.", "17 or more: >= 17, and not > 17.")
def seventeen_left_out(frame):
    return quality(hits(frame), frame.severity_number > 17)


@q.wrong(
    "Your precision is a share of all lines; recall is right.", "Precision divides by the lines that the search found."
)
def precision_of_all_lines(frame):
    made = quality(hits(frame), bad(frame))
    return made | {"precision": float((hits(frame) & bad(frame)).mean())}


@q.wrong(
    "By your count the search found not one line rightly.",
    "Search in the records that the function gets, not in those of a cell above.",
)
def nothing_found_rightly(frame):
    """What comes of another table's search, such as the cell's above: its rows are not these rows."""
    return {"precision": 0.0, "recall": 0.0}


@q.wrong("You searched the level as well as the sentence.", "The search of this question reads the body only.")
def level_searched_too(frame):
    return quality(hits(frame) | frame.severity.str.lower().str.contains("error"), bad(frame))


@q.wrong(
    'You searched for "error" as a word of its own.', 'The search finds the letters anywhere, in "errors" as well.'
)
def whole_word_only(frame):
    return quality(frame.body.str.contains(r"\berror\b", case=False), bad(frame))


@q.wrong(
    "That is accuracy: it praises each quiet line that was not found.",
    "Precision asks of the lines found only: how many of them rightly?",
)
def right_either_way(frame):
    """Accuracy in place of precision: quiet lines that were not found count as well."""
    return quality(hits(frame), bad(frame)) | {"precision": float((hits(frame) == bad(frame)).mean())}


@q.wrong("Those are shares of all lines.", "Divide by what was found, and by what should have been found.")
def share_of_all_lines(frame):
    matches, wanted = hits(frame), bad(frame)
    return dict.fromkeys(["precision", "recall"], float((matches & wanted).mean()))


@q.wrong(
    'You took every find for an error: "0 errors" is one, too.',
    "Count finds that have the number 17 or more, and divide that.",
    misconception='a search for "error" finds errors (4)',
)
def finds_are_errors(frame):
    return {"precision": 1.0, "recall": float(hits(frame).sum() / bad(frame).sum())}


@q.wrong("Those are per cent.", "Give shares from 0 to 1.")
def in_percent(frame):
    return {name: 100 * share for name, share in quality(hits(frame), bad(frame)).items()}


@q.alternative
def quality_by_loop(frame):
    found = wanted = both = 0
    for one in frame.itertuples():
        hit, is_bad = "error" in one.body.lower(), one.severity_number > 16
        found, wanted, both = found + hit, wanted + is_bad, both + (hit and is_bad)
    return {"precision": both / found, "recall": both / wanted}


@q.alternative
def quality_by_means(frame):
    matches, wanted = frame.body.str.contains("error", case=False), frame.severity_number.ge(17)
    return {"precision": wanted[matches].mean(), "recall": matches[wanted].mean()}
