"""Finds out from a notebook's code what it will need, so that the warm process can load that in advance."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any


def imported_by(notebook: Mapping[str, Any]) -> set[str]:
    """The modules that a notebook's code cells import by name, for the warm process to have."""
    found: set[str] = set()
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code":
            continue
        source = cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
        try:
            tree = ast.parse(source)
        except SyntaxError:  # a blank to fill in
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module)
    return found


def opened_by(notebook: Mapping[str, Any], names: set[str]) -> set[str]:
    """The recordings whose names appear in quotes in a notebook's code."""
    text = "\n".join("".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code")
    return {name for name in names if f'"{name}"' in text or f"'{name}'" in text}
