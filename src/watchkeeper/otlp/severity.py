"""Severities by name and by number, so that a record that gives only one of the two gets the other as well.

The numbers of other writers' names are those of the table in appendix B of OpenTelemetry's log data model. Names that
the table does not have get the number of the name they abbreviate.
"""

from __future__ import annotations

from functools import lru_cache

# Each level has four severity numbers: 1–4 is TRACE, …, 21–24 is FATAL.
LEVELS = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")
_PREFIXES = ("SEVERITY_NUMBER_", "LOGLEVEL.", "LOG_", "LEVEL_")
# Two sources of the table disagree about CRITICAL: 18 for syslog, 21 for ETW and .NET. In Python it is the highest.
_OTHERS = {
    1: "T TRC TRCE FINEST SILLY",
    5: "D V DBG DBUG VRB VERBOSE FINER",
    6: "FINE",
    7: "CONFIG",
    9: "I INF INFORMATION INFORMATIONAL",
    10: "NOTICE SUCCESS",
    13: "W WRN WARNING",
    17: "E ERR FAIL FAILURE SEVERE",
    18: "DPANIC",
    19: "ALERT PANIC PNC",
    21: "F FTL C CRIT CRITICAL EMERG EMERGENCY",
}
_NUMBERS = {name: number for number, names in _OTHERS.items() for name in names.split()}
_NUMBERS |= {
    f"{level}{step or ''}": 4 * at + max(step, 1) for at, level in enumerate(LEVELS) for step in (0, 1, 2, 3, 4)
}


@lru_cache(maxsize=4096)
def severity_of(name: str) -> int:
    """The number of a severity by its name, in any case and with or without brackets; 0 if the name is unknown.

    >>> [severity_of(name) for name in ("WARN", "error2", "[Warning]", "LOG_ERR", "loud")]
    [13, 18, 13, 17, 0]
    """
    word = name[:40].strip(" \t\r\n[]()<>:").upper()
    for prefix in _PREFIXES:
        word = word.removeprefix(prefix)
    return _NUMBERS.get(word, 0)


def level_of(number: int) -> str:
    """The name of the level of a severity number; "" for 0.

    >>> level_of(9), level_of(18), level_of(0)
    ('INFO', 'ERROR', '')
    """
    return LEVELS[(number - 1) // 4] if number else ""
