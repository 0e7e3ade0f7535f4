"""Siblings that wait for each other: what moves when one of them takes another time."""

from __future__ import annotations

from collections.abc import Sequence

Interval = tuple[int, int]


def settle(siblings: Sequence[Interval], changed: int, new_end: int) -> list[int]:
    """By how much each sibling moves when the one numbered `changed` ends at `new_end` instead.

    `siblings` are (start, end) by start, then end. One that had started at or after the end of others waits for all of
    them: it moves to the latest of their new ends + its old gap behind the latest of their old ends.

    >>> settle([(0, 60), (0, 45), (46, 95)], changed=1, new_end=20)
    [0, 0, -25]
    """
    moves: list[int] = []
    by_end = sorted(range(len(siblings)), key=lambda k: (siblings[k][1], k))
    passed, old_latest, new_latest = 0, 0, 0
    for k, (start, _) in enumerate(siblings):
        # `earlier < k`: of zero-length siblings at one instant only the earlier are waited for, or both would wait.
        while passed < len(by_end) and (earlier := by_end[passed]) < k and siblings[earlier][1] <= start:
            end = siblings[earlier][1]
            new = new_end if earlier == changed else end + moves[earlier]
            old_latest, new_latest = end, max(new, new_latest) if passed else new
            passed += 1
        moves.append(new_latest - old_latest if passed and k != changed else 0)
    return moves
