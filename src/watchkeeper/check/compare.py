"""Whether two answers are the same: part by part, atom by atom. The judge and `verify` compare in no other way."""

from __future__ import annotations

from watchkeeper.check.answers import AnswerType, Plain, Record, SomeOf


def parts_of(kind: AnswerType) -> dict[str, AnswerType]:
    """The parts that are compared one by one: those of a record, or the whole answer under the name ""."""
    return kind.parts if isinstance(kind, Record) else {"": kind}


def part(plain: Plain, name: str) -> Plain:
    """The part `name` of a plain answer, as `parts_of` names it."""
    return plain[name] if name else plain


def agrees(kind: AnswerType, theirs: Plain, right: Plain) -> bool:
    """Whether one part of a plain answer, `theirs`, is the same as the reference's, `right`."""
    ours, yours = kind.atoms(right), kind.atoms(theirs)
    if isinstance(kind, SomeOf):
        return len(yours) >= kind.at_least and yours.keys() <= ours.keys()
    return yours.keys() == ours.keys() and all(_near(yours[path], ours[path]) for path in ours)


def differing(kind: AnswerType, theirs: Plain, right: Plain) -> list[str]:
    """The names of the parts that differ from the reference's. Parts that `theirs` leaves out are not compared."""
    return [
        name
        for name, each in parts_of(kind).items()
        if (not name or name in theirs) and not agrees(each, part(theirs, name), part(right, name))
    ]


def is_known(kind: AnswerType, theirs: Plain, wrong: Plain) -> bool:
    """Whether `theirs` is this known wrong answer: it agrees with every part that `wrong` gives.

    Evidence (`SomeOf`) agrees when every item of it is among the items of `wrong`.
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
