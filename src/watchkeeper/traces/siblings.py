"""Siblings that wait for each other: what moves when one of them takes a different time."""

from __future__ import annotations

from collections.abc import Sequence

Interval = tuple[int, int]


class Siblings:
    """Intervals (start, end) under one parent, sorted by start, then end.

    >>> Siblings([(0, 45), (0, 60), (46, 95)]).moves(changed=0, new_end=20)
    [0, 0, -25]
    """

    def __init__(self, intervals: Sequence[Interval]) -> None:
        self.intervals = intervals
        self.latest = max(end for _, end in intervals)
        self._by_end = sorted(range(len(intervals)), key=lambda k: (intervals[k][1], k))

    def moves(self, changed: int, new_end: int) -> list[int]:
        """By how much each sibling moves if number `changed` ends at `new_end` instead.

        A sibling that started at or after the end of others waits for all of them. Its new start is the latest of their
        new ends, plus its old gap after the latest of their old ends.
        """
        # Siblings that started earlier can't have waited for it.
        moves = [0] * (changed + 1)
        passed, old_latest, new_latest = 0, 0, 0
        for k in range(changed + 1, len(self.intervals)):
            start = self.intervals[k][0]
            # `earlier < k`: of zero-length siblings at the same instant, only the later one waits. Otherwise each would
            # wait for the other.
            while (earlier := self._by_end[passed]) < k and self.intervals[earlier][1] <= start:
                end = self.intervals[earlier][1]
                new = new_end if earlier == changed else end + moves[earlier]
                old_latest, new_latest = end, max(new, new_latest) if passed else new
                passed += 1
            moves.append(new_latest - old_latest)
        return moves

    def latest_after(self, moves: Sequence[int], changed: int, new_end: int) -> int:
        """The latest end after the moves."""
        ends = [end + move for (_, end), move in zip(self.intervals, moves, strict=True)]
        ends[changed] = new_end
        return max(ends)
