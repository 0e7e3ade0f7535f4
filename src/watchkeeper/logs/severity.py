"""Severities: their names, their numbers, and what each promises to its reader."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..errors import LogError
from ..otlp import LEVELS, severity_of

_PROMISES = {
    "TRACE": "a step of the program, for debugging this very code",
    "DEBUG": "helps to understand a fault; normally switched off",
    "INFO": "something happened that was meant to happen",
    "WARN": "unexpected, but this request or job continued",
    "ERROR": "an operation failed; it does not say whether a customer noticed",
    "FATAL": "the program, or a whole part of it, cannot continue",
}


def severities() -> pd.DataFrame:
    """The six levels of OpenTelemetry's data model: level, lowest and highest number, and what the level promises.

    A promise is only the writer's word, and no machine checks it. A retry after an ERROR may have succeeded, and a
    failure that was swallowed has no record at all.
    """
    rows = [(level, 4 * k + 1, 4 * k + 4, promise) for k, (level, promise) in enumerate(_PROMISES.items())]
    return pd.DataFrame(rows, columns=["level", "lowest", "highest", "promise"])


def severity_number(name: str) -> int:
    """The number of a severity by its name, in any case: 1 for TRACE to 24 for FATAL4. `LogError` if it is unknown.

    Other writers' names have the numbers of the table in appendix B of OpenTelemetry's log data model.

    >>> severity_number("WARN"), severity_number("error2"), severity_number("Warning"), severity_number("FINE")
    (13, 18, 13, 6)
    """
    number = severity_of(name)
    if not number:
        raise LogError(f'Unknown severity "{name}". Known: {", ".join(LEVELS)}, each also with a 2, 3 or 4 after it')
    return number


def severity_numbers(logs: pd.DataFrame) -> np.ndarray:
    """The severity number of each record; where it is missing or 0, that of the text in the column `severity`.

    A reader of files has filled it in already. A frame from elsewhere may hold either.

    >>> severity_numbers(pd.DataFrame({"severity_number": [9, 0], "severity": ["ERROR", "err"]})).tolist()
    [9, 17]
    """
    given = logs["severity_number"] if "severity_number" in logs.columns else pd.Series(0, index=logs.index)
    number = pd.to_numeric(given, errors="coerce").fillna(0).to_numpy(dtype=np.int64)
    unknown = np.flatnonzero(number <= 0)
    if len(unknown) and "severity" in logs.columns:
        number = number.copy()
        text = logs["severity"].to_numpy(dtype=object)[unknown]
        number[unknown] = [severity_of(each) if isinstance(each, str) else 0 for each in text]
    return number


def severity_name(number: int) -> str:
    """The name of a severity number; "" for 0, which means that the writer gave none. `LogError` above 24.

    >>> severity_name(17), severity_name(10)
    ('ERROR', 'INFO2')
    """
    if not 0 <= number <= 24:
        raise LogError(f"{number} is not a severity number; they go from 1 (TRACE) to 24 (FATAL4)")
    if not number:
        return ""
    level, step = divmod(number - 1, 4)
    return LEVELS[level] + (str(step + 1) if step else "")


def level(number: int) -> str:
    """The level of a severity number: 1 to 4 is TRACE, …, 21 to 24 is FATAL; INFO if the writer gave none.

    Unlike `severity_name`, it accepts any number, because a figure has to draw whatever a recording holds.

    >>> level(9), level(18), level(0)
    ('INFO', 'ERROR', 'INFO')
    """
    return LEVELS[(min(number, 24) - 1) // 4] if number > 0 else "INFO"
