"""What a graded run executes: the course's own cells work whatever names the apprentice's cells bind.

An apprentice may call a variable `check`, `plot`, `morning` or `print`. Their own cells then use it, as they would in
their notebook; the course's cells must not. So a cell of the course that reads such a name is run with the value that
the course gave it (`watchkeeper.check.given`). Names that a question asks for stay the apprentice's. If no name is
bound by both, every cell is run as it is.
"""

from __future__ import annotations

import ast
import builtins
import re
import symtable
from collections.abc import Sequence
from functools import lru_cache

from watchkeeper.staff.notebooks import CellDict, marks_of, source_of

BUILTINS = frozenset(dir(builtins))
# Code that may bind names without naming them, or in a way that only a kernel understands.
HIDDEN = re.compile(r"import\s*\*|\b(?:globals|locals|vars|exec|eval|setattr|get_ipython)\s*\(|__main__|^\s*[%!]", re.M)
CHECK = re.compile(r"check\(")
IMPORT = "from watchkeeper.check import check as _course_check; _course_check("
GIVE = "from watchkeeper.check.given import give as _give; _give"


def shielded(release: Sequence[CellDict], cells: Sequence[CellDict]) -> list[str]:
    """The texts to run for the code cells of a restored notebook, in order. `release` are the lesson's own cells."""
    released = {cell.get("id", ""): source_of(cell) for cell in release if cell["cell_type"] == "code"}
    code = [(source_of(cell), cell) for cell in cells if cell["cell_type"] == "code"]
    # A name that only the course's cells bind can't clash. An answer is the apprentice's, filled in or not.
    ours = [not marks_of(cell).get("solution") and released.get(cell.get("id", "")) == text for text, cell in code]
    theirs = _Names([text for (text, _), is_ours in zip(code, ours, strict=True) if not is_ours])
    owners: dict[str, str] = {}  # where the course's value of a name is, as `give` wants it
    found = []
    for (text, cell), is_ours in zip(code, ours, strict=True):
        if is_ours:
            found.append(_shielded(text, bool(marks_of(cell)), theirs, owners))
            continue
        found.append(text)
        binds, _, imports = _uses_of_course(released.get(cell.get("id", ""), "")) or (set(), set(), {})
        for name in binds:  # the answer that is asked for, or an example that the apprentice has edited
            owners.pop(name, None)
        owners |= imports if not marks_of(cell).get("solution") else {}
    return found


class _Names:
    """The names that an apprentice's cells bind, or may bind."""

    def __init__(self, texts: Sequence[str]) -> None:
        used = [_uses(text) for text in texts]
        self.bound = {name for one in used if one is not None for name in one[0]}
        unclear = [text for text, one in zip(texts, used, strict=True) if one is None or HIDDEN.search(text)]
        self.text = "\n".join(unclear)
        self.is_any = bool(re.search(r"import\s*\*", self.text))

    def may_bind(self, name: str) -> bool:
        return self.is_any or name in self.bound or bool(self.text and re.search(rf"\b{name}\b", self.text))


def _shielded(text: str, is_check: bool, theirs: _Names, owners: dict[str, str]) -> str:
    """One of the course's cells, so that it reads the course's names. `owners` is brought up to date."""
    used = _uses_of_course(text)
    if used is None:
        return text  # a magic
    binds, reads, imports = used
    give = {name: owners[name] for name in reads if name in owners and theirs.may_bind(name)}
    give |= {
        name: f"builtins:{name}"
        for name in reads
        if name in BUILTINS and name not in owners and name not in binds and theirs.may_bind(name)
    }
    owners |= dict.fromkeys(binds, "") | imports
    if is_check and CHECK.match(text) and set(give) <= {"check"}:
        # The answer may be a function, which needs the apprentice's own names while it is called.
        return CHECK.sub(IMPORT, text, count=1) if give else text
    keep = [name for name in binds if name not in imports and theirs.may_bind(name)]
    return f"{GIVE}({give!r}, {sorted(keep)!r})\n{text}" if give or keep else text


def _uses(text: str) -> tuple[set[str], set[str], dict[str, str]] | None:
    """The names that a cell binds in the notebook, those it reads from it, and where what it imports is.

    None if the text is not plain Python: it has a magic, or a mistake.
    """
    try:
        top = symtable.symtable(text, "cell", "exec")
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    binds = {one.get_name() for one in top.get_symbols() if one.is_assigned() or one.is_imported()}
    reads: set[str] = set()
    waiting = [top]
    while waiting:
        table = waiting.pop()
        waiting += table.get_children()
        for one in table.get_symbols():
            if table is top or one.is_global():
                reads |= {one.get_name()} if one.is_referenced() else set()
                binds |= {one.get_name()} if table is not top and one.is_assigned() else set()
    return binds, reads, _imports(tree)


_uses_of_course = lru_cache(1000)(_uses)  # the same cells for every submission


def _imports(tree: ast.Module) -> dict[str, str]:
    """By the name it binds: the module, or module and attribute, that a cell imports."""
    found: dict[str, str] = {}
    for one in tree.body:
        if isinstance(one, ast.ImportFrom) and one.module and not one.level:
            found |= {each.asname or each.name: f"{one.module}:{each.name}" for each in one.names}
        elif isinstance(one, ast.Import):
            tops = {each.asname or each.name.split(".")[0]: each for each in one.names}
            found |= {name: each.name if each.asname else name for name, each in tops.items()}
    return found
