"""Severities: their names, their numbers, and what each promises to whoever reads it."""

from __future__ import annotations

import pandas as pd

from ..errors import LogError

_PROMISES = {
    "TRACE": "a step of the program, for whoever debugs this very code",
    "DEBUG": "what helps to understand a fault; normally switched off",
    "INFO": "something happened that was meant to happen",
    "WARN": "unexpected, but this request or job went on",
    "ERROR": "an operation failed; whether anybody felt it, it does not say",
    "FATAL": "the program, or a whole part of it, cannot go on",
}
LEVELS = tuple(_PROMISES)
# What other writers say; the numbers are those of the data model's appendix, and CRITICAL is Python's highest level.
_OTHERS = {
    "WARNING": 13,
    "ERR": 17,
    "CRITICAL": 21,
    "CRIT": 21,
    "NOTICE": 10,
    "INFORMATION": 9,
    "INFORMATIONAL": 9,
    "VERBOSE": 1,
    "ALERT": 19,
    "EMERGENCY": 21,
    "EMERG": 21,
    "SEVERE": 17,
}


def severities() -> pd.DataFrame:
    """The six levels of OpenTelemetry's data model: level, lowest and highest number, and what the level promises.

    A promise is the writer's word. No machine checks it: an ERROR may have been retried with success, and a failure
    that was swallowed has no record at all.
    """
    rows = [(level, 4 * k + 1, 4 * k + 4, promise) for k, (level, promise) in enumerate(_PROMISES.items())]
    return pd.DataFrame(rows, columns=["level", "lowest", "highest", "promise"])


def severity_number(name: str) -> int:
    """The number of a severity by name, in any case: 1 for TRACE to 24 for FATAL4. Raises `LogError` when unknown.

    >>> severity_number("WARN"), severity_number("error2"), severity_number("Warning")
    (13, 18, 13)
    """
    word = name.strip().upper().removeprefix("SEVERITY_NUMBER_")
    if word in _OTHERS:
        return _OTHERS[word]
    level = word.rstrip("1234")
    step = word[len(level) :] or "1"
    if level not in LEVELS or len(step) > 1:
        raise LogError(f'"{name}" is no severity; there are {", ".join(LEVELS)}, and each with 2, 3 or 4 behind it')
    return 4 * LEVELS.index(level) + int(step)


def severity_name(number: int) -> str:
    """The name of a severity number, "" for 0, which says that the writer gave none. Raises `LogError` above 24.

    >>> severity_name(17), severity_name(10)
    ('ERROR', 'INFO2')
    """
    if not 0 <= number <= 24:
        raise LogError(f"{number} is no severity number; they go from 1 (TRACE) to 24 (FATAL4)")
    if not number:
        return ""
    level, step = divmod(number - 1, 4)
    return LEVELS[level] + (str(step + 1) if step else "")


def level(number: int) -> str:
    """The level of a severity number: they come in fours, 1 to 4 TRACE, … 21 to 24 FATAL; INFO when none is given.

    Unlike `severity_name` it takes any number: a figure has to draw what a recording holds.

    >>> level(9), level(18), level(0)
    ('INFO', 'ERROR', 'INFO')
    """
    return LEVELS[(min(number, 24) - 1) // 4] if number > 0 else "INFO"
