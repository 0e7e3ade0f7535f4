"""A function that is kept and called at the end gives the same as at its check, or else it is not kept.

At its check, it is called as in the kernel of plain nbgrader.
"""

from __future__ import annotations

import copy
import os
import sys
import types
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from watchkeeper.check import call
from watchkeeper.check.answers import Number
from watchkeeper.staff.sandbox.frozen import frozen_copy

LONG = settings(
    max_examples=int(os.environ.get("WATCHKEEPER_FUZZ", "300")),
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
INPUTS = [[3.0, 1.0, 2.0], [5.0, 5.0], [0.5, 8.0, 1.0, 4.0]]


@pytest.fixture(autouse=True)
def a_folder_of_its_own(monkeypatch, tmp_path):
    """As in the box: files in the working folder are the submission's, and don't count as a library."""
    monkeypatch.chdir(tmp_path)


# The cells before the check and those after it, in one notebook. Every function is called `f`.
KEPT = {
    "plain": ("def f(x): return sum(x)", "def f(x): return 0"),
    "lambda": ("f = lambda x: max(x)", "f = None"),
    "numbers": ("N = 3\ndef f(x): return N * x[0]", "N = 4"),
    "module": ("import statistics\ndef f(x): return statistics.median(x)", "statistics = None"),
    "of a module": ("from statistics import median\ndef f(x): return median(x)", "median = max"),
    "class of a module": ("from collections import Counter\ndef f(x): return Counter(x)[5.0]", "Counter = dict"),
    "pandas": ("import pandas as pd\ndef f(x): return pd.Series(x).median()", "pd = None"),
    "builtin that is hidden": ("def sum(x): return 7\ndef f(x): return sum(x)", "del sum"),
    "helper": ("def g(x): return x[0]\ndef f(x): return g(x) + 1", "def g(x): return -1"),
    "helper defined later": ("def f(x): return g(x) + 1\ndef g(x): return x[0]", "del g"),
    "helper redefined": ("def g(x): return 1\ndef f(x): return g(x)\ndef g(x): return 2", "def g(x): return 3"),
    "helper that is missing": ("def f(x): return g(x)", "def g(x): return 3"),
    "recursion": ("def f(x): return x[0] + f(x[1:]) if x else 0", "def f(x): return 0"),
    "each other": ("def g(x): return f(x[1:])\ndef f(x): return 1 + g(x) if x else 0", "def g(x): return 9"),
    "defaults": (
        "def f(x, by=2, *, plus=1): return x[0] * by + plus",
        "f.__defaults__ = (9,); f.__kwdefaults__['plus'] = 9",
    ),
    "its code replaced": ("def f(x): return x[0]", "f.__code__ = (lambda x: -1.0).__code__"),
    "global counter": ("n = 0\ndef f(x):\n    global n\n    n += 1\n    return n", "n = 40"),
    "inner function": ("N = 2\ndef f(x):\n    def g(y): return y * N\n    return g(x[0])", "N = 3"),
    "inner class": ("N = 2\ndef f(x):\n    class C:\n        m = N\n    return C.m", "N = 3"),
    "generator": ("def g(x):\n    yield from x\ndef f(x): return sum(g(x))", "g = None"),
    "a generator as answer": ("def f(x): yield 1", ""),
    "a coroutine as answer": ("async def f(x): return x[0]", ""),
    "stops": ("def f(x): return x[7]", "def f(x): return 1"),
    "only sometimes": ("def f(x): return x[2]", ""),
    "imports inside": ("def f(x):\n    import math\n    return math.sqrt(x[0])", "math = None"),
    "by exec": ("exec('def f(x): return N', globals())\nN = 2", "N = 3"),
    "warns": ("import warnings\ndef f(x):\n    warnings.warn('careful')\n    return x[0]", "warnings = None"),
    "prints": ("def f(x):\n    print(x)\n    return x[0]", ""),
    "changes its input": ("def f(x):\n    x.sort()\n    return x[0]", ""),
    "wraps a library's": (
        "import functools, statistics\nN = 2\n@functools.wraps(statistics.mean)\ndef g(x): return N\n"
        "del g.__wrapped__\ndef f(x): return g(x)",
        "N = 3",
    ),
    "tuple": ("T = (1, ('a', 2))\ndef f(x): return T[1][1]", "T = 0"),
}
REFUSED = {
    "mutable global": ("N = [3]\ndef f(x): return N[0]", "N[0] = 4"),
    "mutable default": ("def f(x, seen=[]):\n    seen.append(1)\n    return len(seen)", "f([1]); f([1])"),
    "inside a tuple": ("T = ([3],)\ndef f(x): return T[0][0]", "T[0][0] = 4"),
    "bound builtin": ("table = {5.0: 1, 3.0: 2}\nlook = table.get\ndef f(x): return look(x[0])", "table[5.0] = 9"),
    "bound append": ("seen = []\nadd = seen.append\ndef f(x):\n    add(1)\n    return len(seen)", "add(1)"),
    "closure": ("def make(n):\n    def f(x): return n\n    return f\nf = make(3)", ""),
    "closure that counts": (
        "def make():\n    n = 0\n    def f(x):\n        nonlocal n\n        n += 1\n"
        "        return n\n    return f\nf = make()",
        "f([1])",
    ),
    "partial": ("from functools import partial\ndef g(n, x): return n\nf = partial(g, 2)", "def g(n, x): return 3"),
    "cached": ("import functools\n@functools.cache\ndef g(n): return n * N\nN = 2\ndef f(x): return g(3)", "N = 3"),
    "class": ("class f(float):\n    def __new__(cls, x): return float.__new__(cls, x[0])", "f = None"),
    "instance": ("class C:\n    n = 2\n    def __call__(self, x): return self.n\nf = C()", "C.n = 3"),
    "bound method": ("class C:\n    n = 2\n    def m(self, x): return self.n\nf = C().m", "C.n = 3"),
    "static method": ("class C:\n    n = 2\n    @staticmethod\n    def m(x): return C.n\nf = C.m", "C.n = 3"),
    "builtin": ("f = max", ""),
    "attributes": ("def f(x):\n    f.n += 1\n    return f.n\nf.n = 0", "f.n = 7"),
    "query with a name": (
        "import pandas as pd\nlimit = 1.5\ndef f(x): return len(pd.DataFrame({'x': x}).query('x > @limit'))",
        "limit = 4",
    ),
    "eval": ("N = 2\ndef f(x): return eval('N')", "N = 3"),
    "exec in a space": (
        "space = {'N': 2}\nexec('def g(x): return N', space)\ng = space['g']\nN = 1\ndef f(x): return g(x) + N",
        "space['N'] = 3",
    ),
    "two spaces": (
        "N = 1\nspace = dict(N=2, __name__='__main__')\nexec('def g(x): return N', space)\ng = space['g']\n"
        "def f(x): return 10 * N + g(x)",
        "N = 3",
    ),
    "context manager": (
        "import contextlib\nN = [2]\n@contextlib.contextmanager\ndef g(): yield N[0]\n"
        "def f(x):\n    with g() as n: return n",
        "N[0] = 3",
    ),
    "random": ("import random\nrandom.seed(1)\ndef f(x): return random.random()", "random.seed(2)"),
    "random of numpy": (
        "import numpy as np\nnp.random.seed(1)\ndef f(x): return np.random.normal()",
        "np.random.seed(2)",
    ),
    "environment": (
        "import os\nos.environ['WK_N'] = '2'\ndef f(x): return float(os.environ['WK_N'])",
        "os.environ['WK_N'] = '3'",
    ),
    "frame": ("import pandas as pd\nt = pd.DataFrame({'a': [1]})\ndef f(x): return t.a[0]", "t.loc[0, 'a'] = 3"),
    "made module": ("import types\nm = types.ModuleType('m')\nm.N = 2\ndef f(x): return m.N", "m.N = 3"),
    "deep": ("t = ()\nfor _ in range(5000): t = (t,)\ndef f(x): return len(t)", "t = ()"),
}


@pytest.fixture
def notebook(monkeypatch):
    """A new module `__main__`, as a notebook has, for each of two runs."""

    def opened() -> dict[str, Any]:
        module = types.ModuleType("__main__")
        monkeypatch.setitem(sys.modules, "__main__", module)
        return vars(module)

    return opened


def asked(function: Any) -> list[Any]:
    """What a check gets from a function, in words; without source lines, which only the notebook has."""
    found = call.on_each(
        function, iter([(f"input {n}", copy.copy(one)) for n, one in enumerate(INPUTS)]), Number("ms", 0.1), ()
    )
    return [(one.input, one.plain, one.problem, one.told) for one in found]


def at_the_check(space: dict[str, Any], before: str) -> list[Any]:
    exec(before, space)
    return asked(space["f"])


@pytest.mark.filterwarnings("ignore:coroutine")
@pytest.mark.parametrize("name", [*KEPT, *REFUSED])
def test_a_kept_function_gives_the_same_as_at_its_check(name, notebook):
    before, after = (KEPT | REFUSED)[name]
    at_check = at_the_check(notebook(), before)
    space = notebook()
    exec(before, space)
    kept = frozen_copy(space["f"])
    assert (kept is None) == (name in REFUSED)
    if kept is not None:
        exec(after, space)
        space.clear()
        assert asked(kept) == at_check


def test_a_module_submitted_next_to_the_notebook_is_not_a_librarys(notebook, tmp_path, monkeypatch):
    (tmp_path / "nearby.py").write_text("N = 2\ndef helper(x): return N\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    for before in ("import nearby\ndef f(x): return nearby.N", "from nearby import helper\ndef f(x): return helper(x)"):
        space = notebook()
        exec(before, space)
        assert frozen_copy(space["f"]) is None
    monkeypatch.delitem(sys.modules, "nearby")


VALUES = st.sampled_from(["1", "2.5", "(1, 2)", "'t'", "None", "[1]", "{5.0: 2}", "range(3)", "max", "sum", "b'x'"])
NAMES = st.sampled_from(["a", "b", "c", "d", "e"])
USES = st.sampled_from(
    [
        "{0}",
        "len({0})",
        "{0}(x)",
        "{0}[0]",
        "[{0} for _ in x][0]",
        "(lambda: {0})()",
        "{0}(x) + {1}(x)",
        "{0}.append(1)",
        "x[0] * {0}",
        "{0} + {1}",
        "globals()['{0}']",
        "(lambda y={0}: y)()",
        "{0}.pop()",
        "{0}.setdefault(1, 2)",
    ]
)


@st.composite
def cells(draw) -> list[str]:
    """Cells that bind, change, delete and use five names, as values and as functions of one argument."""
    found = []
    for _ in range(draw(st.integers(1, 7))):
        name, other = draw(NAMES), draw(NAMES)
        use = draw(USES).format(other, draw(NAMES))
        found.append(
            draw(
                st.sampled_from(
                    [
                        f"{name} = {draw(VALUES)}",
                        f"{name} = {other}",
                        f"def {name}(x): return {use}",
                        f"def {name}(x, y={draw(VALUES)}): return {use}",
                        f"{name} = lambda x: {use}",
                        f"del {name}",
                        f"def {name}(x):\n    global {other}\n    {other} = {draw(VALUES)}\n    return {use}",
                        f"def {name}(x):\n    def inner(z): return {use}\n    return inner(x)",
                        f"{name}.append(3)",
                        f"{name}[0] = 9",
                        f"{name} = {other}.append",
                        f"{name} = {other}.get",
                        f"{name}(INPUT)",
                        f"from statistics import median as {name}",
                        f"import math as {name}",
                        f"{name}.__defaults__ = (8,)",
                    ]
                )
            )
        )
    return found


def _run(space: dict[str, Any], sources: list[str]) -> None:
    space["INPUT"] = (1.0, 2.0)
    for source in sources:
        try:
            exec(source, space)
        except Exception:
            continue  # as in a notebook: the next cell runs anyway


@LONG
@given(before=cells(), use=USES, after=cells())
def test_later_cells_do_not_change_a_kept_function(before, use, after):
    before = [*before, f"def f(x): return {use.format('a', 'b')}"]
    first, second = ({"__name__": "__main__"} for _ in range(2))
    _run(first, before)
    at_check = asked(first["f"])
    _run(second, before)
    kept = frozen_copy(second["f"])
    if kept is not None:
        _run(second, after)
        _run(second, [f"{name} = 77" for name in (*"abcde", "f")])
        assert asked(kept) == at_check
