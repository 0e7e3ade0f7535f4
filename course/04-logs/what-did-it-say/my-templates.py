"""my-templates: which templates do these lines follow?"""

from collections import Counter

import numpy as np
import pandas as pd

from watchkeeper import logs
from watchkeeper.staff.author.writing import Count, MapOf, question, records, table

TUGS = [
    ("port", text)
    for text in ("tug 1 leaves Oslo", "tug 2 leaves Hull", "tug 3 leaves Leith", "harbour closed until noon")
]
HALVES = [
    ("port", text)
    for text in (
        "gate 4 opened by Ada",
        "gate 5 shut by Bo",
        "gate 6 opened by Cleo",
        "opened gate 7 by crane",
        "mail for 12",
        "crane 3 rests",
        "crane 4 works",
        "Oslo to Hull at noon",
        "Hull to Oslo at noon",
    )
]

q = question(kind="compute", points=3, answer=MapOf("template", Count("lines")), yours=["watchkeeper.logs.templates"])
q.inputs(
    table("the four lines on paper", ("service", "body"), TUGS),
    table("made-up lines of a port", ("service", "body"), HALVES),
    records("sunday-night", "catalog"),
    records("sunday-night", "shipping"),
)
q.hints(
    "Lay two masked lines one above the other: at how many places is the word the same?",
    'zip(group["words"], words) gives the pairs; sum(...) counts those that are equal.',
    "The template is a new list, as long as words: at each place one of two things. Which?",
)
q.passed("A few dozen templates can be read before the coffee is cold; four thousand lines cannot.")


@q.wrong(
    "Masked lines count alone: names, which no mask knows, split them.",
    "`same` is a number of places, such as 3 (no share): half of them will do.",
    misconception="masking by regular expressions is enough (9)",
)
def masking_is_enough(frame):
    return dict(Counter(" ".join(logs.masked(body).split()) for body in frame.body))


@q.wrong(
    "Different text is not a different event: values differ.",
    "Start from logs.masked(body), and merge lines that are alike.",
    misconception="a different text is a different event (8)",
)
def every_text_its_own(frame):
    return dict(Counter(body.split("\n")[0] for body in frame.body))


def mined(frame, share, merge, measure=logs.masked):
    groups = []
    for body in frame.body:
        words = measure(body).split()
        for group in groups:
            if share(group[0], words) >= 0.5:
                group[0] = merge(group[0], words)
                group[1] += 1
                break
        else:
            groups.append([words, 1])
    return {" ".join(words): lines for words, lines in groups}


def alike(ours, theirs):
    if len(ours) != len(theirs) or not theirs:
        return 0.0
    return sum(a == b for a, b in zip(ours, theirs, strict=True)) / len(theirs)


@q.wrong(
    "The template kept its first line's words, values among them.",
    'Where ours and theirs disagree, the new list has "<*>".',
)
def first_line_stays(frame):
    return mined(frame, alike, lambda ours, theirs: ours)


@q.wrong(
    "The template became the last line that joined.", 'Keep the word where both agree, and put "<*>" where they don\'t.'
)
def last_line_wins(frame):
    return mined(frame, alike, lambda ours, theirs: theirs)


@q.wrong(
    "A word stays in your template when the group has it anywhere.",
    'Compare place by place: zip(group["words"], words).',
)
def anywhere_in_the_template(frame):
    """A word stays when the template has it at any place."""
    return mined(frame, alike, lambda ours, theirs: [b if b in ours else "<*>" for b in theirs])


@q.wrong(
    "A word stays in your template when the new line has it anywhere.",
    'Compare place by place: zip(group["words"], words).',
)
def anywhere_in_the_line(frame):
    return mined(frame, alike, lambda ours, theirs: [a if a in theirs else "<*>" for a in ours])


def starred(ours, theirs):
    return [a if a == b else "<*>" for a, b in zip(ours, theirs, strict=True)]


@q.wrong(
    "You counted words that both have, wherever they stand.", 'Compare place by place: zip(group["words"], words).'
)
def same_words_anywhere(frame):
    return mined(
        frame, lambda ours, theirs: len(ours) == len(theirs) and len(set(ours) & set(theirs)) / len(theirs), starred
    )


@q.wrong(
    "All lines of a length became one: that is not yet the same event.",
    "`same` counts the places where the two words are equal.",
    misconception="lines of equal length are alike",
)
def length_is_enough(frame):
    return mined(frame, lambda ours, theirs: float(len(ours) == len(theirs)), starred)


@q.wrong("You left out places where both lines have the star.", "A star equals a star: that place agrees as well.")
def stars_not_counted(frame):
    def agree(ours, theirs):
        return alike(ours, theirs) and sum(a == b != "<*>" for a, b in zip(ours, theirs, strict=True)) / len(theirs)

    return mined(frame, agree, starred)


@q.wrong(
    'The value\'s place has another mark than "<*>".', "Write it as `logs.masked` does, so that a star equals a star."
)
def a_star_alone(frame):
    return mined(frame, alike, lambda ours, theirs: [a if a == b else "*" for a, b in zip(ours, theirs, strict=True)])


@q.wrong("Your template lost the places where the lines disagree.", 'It keeps its length: put "<*>" at such a place.')
def words_dropped(frame):
    return mined(frame, alike, lambda ours, theirs: [a for a, b in zip(ours, theirs, strict=True) if a == b])


@q.wrong("You counted where they differ.", "Count where ours == theirs.")
def differences_counted(frame):
    return mined(frame, lambda ours, theirs: len(ours) == len(theirs) and 1 - alike(ours, theirs), starred)


@q.wrong("The stars stand where the words agree.", "What agrees is the statement's; what differs is the value.")
def agreement_starred(frame):
    return mined(frame, alike, lambda ours, theirs: ["<*>" if a == b else a for a, b in zip(ours, theirs, strict=True)])


@q.alternative
def templates_by_index(frame):
    groups = {}
    for body in frame.body:
        words = tuple(logs.masked(body).split())
        for key in groups:
            if len(key) == len(words) and 2 * sum(key[k] == words[k] for k in range(len(words))) >= len(words) > 0:
                template = tuple(key[k] if key[k] == words[k] else "<*>" for k in range(len(words)))
                # The order of the groups must stay: the first that is alike enough takes the line.
                groups = {template if one == key else one: lines + (one == key) for one, lines in groups.items()}
                break
        else:
            groups[words] = 1
    return {" ".join(words): lines for words, lines in groups.items()}


@q.alternative
def templates_by_arrays(frame):
    groups = []
    for body in frame.body:
        words = np.array(logs.masked(body).split(), dtype=object)
        for group in groups:
            if len(group["words"]) == len(words) and len(words) and (group["words"] == words).mean() >= 0.5:
                group["words"] = np.where(group["words"] == words, words, "<*>")
                group["lines"] += 1
                break
        else:
            groups.append({"words": words, "lines": 1})
    return pd.Series({" ".join(group["words"]): group["lines"] for group in groups})
