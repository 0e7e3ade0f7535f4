"""When two answers are the same: part by part, atom by atom. The judge and the proofs have no other comparison."""

from __future__ import annotations

from watchkeeper.check.answers import AnswerType, Plain, Record, SomeOf


def parts_of(kind: AnswerType) -> dict[str, AnswerType]:
    """The parts that are judged one by one: a record's own, or the whole answer under the name ""."""
    return kind.parts if isinstance(kind, Record) else {"": kind}


def part(plain: Plain, name: str) -> Plain:
    """The part `name` of a plain answer, as `parts_of` names it."""
    return plain[name] if name else plain


def agrees(kind: AnswerType, theirs: Plain, right: Plain) -> bool:
    """Whether one part of a plain answer is right, given the reference's: the judge's only comparison."""
    ours, yours = kind.atoms(right), kind.atoms(theirs)
    if isinstance(kind, SomeOf):
        return len(yours) >= kind.at_least and yours.keys() <= ours.keys()
    return yours.keys() == ours.keys() and all(_near(yours[path], ours[path]) for path in ours)


def differing(kind: AnswerType, theirs: Plain, right: Plain) -> list[str]:
    """The parts of an answer that are not the reference's; parts that `theirs` leaves out don't count."""
    return [
        name
        for name, each in parts_of(kind).items()
        if (not name or name in theirs) and not agrees(each, part(theirs, name), part(right, name))
    ]


def is_known(kind: AnswerType, theirs: Plain, wrong: Plain) -> bool:
    """Whether an answer that is not right is this known wrong one: all parts that the wrong one gives are the same.

    Evidence is the same when it was all taken from what the wrong answer would name.
    """
    for name, each in parts_of(kind).items():
        if name and name not in wrong:
            continue
        if name and name not in theirs:
            return False
        mine, known = part(theirs, name), part(wrong, name)
        if isinstance(each, SomeOf):
            if not mine or not each.atoms(mine).keys() <= each.atoms(known).keys():
                return False
        elif not agrees(each, mine, known):
            return False
    return True


def _near(one: int | str, other: int | str) -> bool:
    if isinstance(one, int) and isinstance(other, int):
        return abs(one - other) <= 1
    return one == other
