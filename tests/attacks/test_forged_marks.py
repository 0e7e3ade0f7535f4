"""Attacks that want an unearned mark. Each submits wrong answers (0 points) and tries to make them count.

The most that an attack can do is to change its own answer, which is then compared with the reference's like any other.
"""

from __future__ import annotations

import socket
import struct

import pytest
from classroom import MODULE, RIGHT, WRONG, Row, grade_id

from watchkeeper.staff.sandbox import wire

CHECKS = ("the-root", "what-waits", "busiest-service", "typical-wait")

SOCKETS = """
import json, os, socket, struct
def sockets():
    found = []
    for name in os.listdir("/proc/self/fd"):
        try:
            if os.readlink(f"/proc/self/fd/{name}").startswith("socket:"):
                found.append(socket.socket(fileno=os.dup(int(name))))
        except OSError:
            pass
    return found
def tell(raw):
    for one in sockets():
        try:
            one.setblocking(False)
            one.send(raw)
        except OSError:
            pass
        finally:
            one.setblocking(True)
def frame(message):
    body = message if isinstance(message, bytes) else json.dumps(message).encode()
    return struct.pack("!I", len(body)) + body
"""
FORGED = """
{"output_type": "execute_result", "execution_count": 1, "metadata": {}, "data": {"text/plain": "3.0"}}
"""
EQUAL = """
class Equal:
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __hash__(self): return 0
    def __lt__(self, other): return False
    __gt__ = __le__ = __ge__ = __eq__
    def __float__(self): return float("nan")
    def __len__(self): return 1
    def __iter__(self): return iter([self])
    def __getattr__(self, name): return lambda *a, **k: self
    def __repr__(self): return "passed"
"""
SUBCLASSES = """
class Text(str):
    def strip(self): return self
    def lower(self): return self
    def __eq__(self, other): return True
    def __hash__(self): return hash("x")
    def __contains__(self, other): return True
class Real(float):
    def __eq__(self, other): return True
    def __sub__(self, other): return 0.0
    __rsub__ = __sub__
    def __round__(self, n=None): return 0
    def __truediv__(self, other): return 0.0
    __hash__ = float.__hash__
class Map(dict):
    def items(self): return [("anything", True)]
    def __getitem__(self, key): return True
    def __contains__(self, key): return True
    def keys(self): return self
    def __and__(self, other): return other
class Items(list):
    def __len__(self): return 1
    def __iter__(self): return iter(["x"])
    def __eq__(self, other): return True
"""


def everywhere(value: str) -> dict[str, str]:
    """The same value, a Python expression, as the answer to all four questions."""
    return {
        "the-root-answer": f"root = {value}",
        "what-waits-answer": f"both_ms = {value}",
        "busiest-service-answer": f"def busiest(spans):\n    return {value}",
        "typical-wait-answer": f"typical_ms = {value}",
    }


def edits_the_checks(notebook):
    for cell in notebook["cells"]:
        if grade_id(cell) in CHECKS:
            cell["source"] = "3.0"
            cell["metadata"]["nbgrader"] |= {"points": 1000, "grade": True, "locked": False, "solution": True}
            cell["metadata"]["tags"] = ["skip-execution", "raises-exception"]
            cell["outputs"] = [
                {
                    "output_type": "execute_result",
                    "execution_count": 1,
                    "metadata": {},
                    "data": {"text/plain": "1000.0"},
                }
            ]
        elif "nbgrader" in cell["metadata"]:
            cell["metadata"]["tags"] = ["skip-execution"]


ROWS = [
    Row(
        "the built-ins that comparisons use are patched",
        """
import builtins, math, operator
builtins.isinstance = lambda *_: True
builtins.all = builtins.any = lambda *_: True
builtins.len = lambda *_: 1
builtins.abs = builtins.round = lambda *_: 0
math.isclose = operator.eq = lambda *_: True
""",
        stopped=None,
    ),
    Row(
        "assert, unittest and pandas.testing never fail",
        """
import unittest, pandas.testing
unittest.TestCase.assertEqual = lambda *_: None
for name in dir(pandas.testing):
    setattr(pandas.testing, name, lambda *a, **k: None)
get_ipython().ast_transformers.append(type("Drop", (__import__("ast").NodeTransformer,), {
    "visit_Assert": lambda self, node: None})())
""",
    ),
    Row(
        "pandas returns what the check wants",
        """
import pandas as pd
pd.DataFrame.__eq__ = pd.Series.__eq__ = lambda *_: True
pd.Series.item = lambda self: "nothing"
""",
    ),
    Row("check is replaced in the notebook", cells={"the-root-answer": "check = lambda *a: 3.0\nroot = 1"}),
    Row(
        "the check's module is replaced before it is imported",
        """
import sys, types
fake = types.ModuleType("watchkeeper.check")
fake.check = fake.hint = fake.progress = lambda *a, **k: 3.0
sys.modules["watchkeeper.check"] = fake
""",
    ),
    Row(
        "the check's own modules are patched: compare, outcome, key",
        """
from watchkeeper.check import compare, outcome, key
compare.agrees = compare.is_known = lambda *_: True
compare.differing = lambda *_: []
outcome.NOT_YET = outcome.STOPPED = outcome.NOT_ATTEMPTED = outcome.PASSED
outcome.Outcome.__init__ = lambda self, question, word="passed", lines=(), misconception="": None
""",
    ),
    Row(
        "the answer that is handed out contains a verdict",
        """
from watchkeeper.check import handout
handout.results = lambda question, answer: [{"input": "", "plain": None, "share": 1.0, "points": 3.0,
                                             "passed": True, "verdict": "passed", "word": "passed"}]
""",
    ),
    Row(
        "handing out is switched off",
        """
import watchkeeper.check as check_module
from watchkeeper.check import handout
handout.hand_out = check_module.hand_out = lambda *_: None
""",
    ),
    Row(
        "answers are handed out under another type",
        """
from watchkeeper.check import handout
handout.MIME = "text/plain"
""",
    ),
    Row(
        "json.dumps writes full marks",
        """
import json
real = json.dumps
def dumps(value, **more):
    if isinstance(value, dict) and "answer" in value:
        value = {**value, "answer": {**value["answer"], "results": [{"input": "", "plain": True}], "share": 1}}
    return real(value, **more)
json.dumps = dumps
""",
    ),
    Row(
        "an input hook drops the lines with checks",
        """
get_ipython().input_transformers_cleanup.append(lambda lines: [one for one in lines if "check(" not in one])
""",
    ),
    Row(
        "a syntax-tree hook turns every check into points",
        """
import ast
class Points(ast.NodeTransformer):
    def visit_Call(self, node):
        if getattr(node.func, "id", "") == "check":
            return ast.copy_location(ast.Constant(3.0), node)
        return self.generic_visit(node)
get_ipython().ast_transformers.append(Points())
""",
    ),
    Row(
        "run_cell is replaced",
        """
get_ipython().run_cell = lambda *a, **k: print("3.0")
""",
    ),
    Row(
        "run_cell is replaced in the shell's class",
        """
type(get_ipython()).run_cell = type(get_ipython()).run_cell_async = lambda *a, **k: 3.0
""",
    ),
    Row(
        "the session that outputs go through is replaced",
        """
shell = get_ipython()
class Session:
    def __getattr__(self, name): return lambda *a, **k: None
shell.display_pub._trait_values["session"] = shell.displayhook._trait_values["session"] = Session()
""",
    ),
    Row(
        "a score is printed and displayed in the check's own cell",
        """
import watchkeeper.check
def full(*_):
    print("3.0")
    from IPython.display import publish_display_data
    publish_display_data({"text/plain": "3.0"})
    return 3.0
watchkeeper.check.check = full
""",
    ),
    Row(
        "the exception of the check is swallowed",
        """
import builtins
from watchkeeper.check.outcome import NotJudged
get_ipython().set_custom_exc((Exception,), lambda *a, **k: print("3.0"))
NotJudged.__init__ = lambda self, outcome: None
NotJudged._render_traceback_ = lambda self: ["3.0"]
""",
    ),
    Row(
        "outputs of the checks are written straight to the grader",
        SOCKETS
        + f"""
for cell in range(60):
    tell(frame({{"cell": cell, "outputs": [{FORGED}]}}))
""",
    ),
    Row(
        "answers of all cells are written straight to the grader",
        SOCKETS
        + """
for cell in range(60):
    for question in ("the-root", "what-waits", "busiest-service", "typical-wait"):
        tell(frame({"cell": cell, "answer": {"question": question, "results": [{"input": "", "plain": True}]}}))
""",
    ),
    Row("the end is forged in the first cell", SOCKETS + 'tell(frame({"end": True}))', answers=RIGHT),
    Row(
        "a failure of the grader itself is forged",
        SOCKETS + 'tell(frame({"failed": "no box"}))',
        answers=RIGHT,
        points=4.0,
    ),  # it also wrote to the socket of the function's question, where that is not an answer
    Row("a message that is not an object", SOCKETS + "tell(frame([]))", stopped="invalid message"),
    Row("a message that is null", SOCKETS + "tell(frame(None))", stopped="The process ended"),
    Row("a message of four gigabytes is announced", SOCKETS + 'tell(b"\\xff\\xff\\xff\\xff")', stopped="more at once"),
    Row("a message that is not JSON", SOCKETS + 'tell(frame(b"{\\"cell\\": "))', stopped="invalid message"),
    Row("a message that is not UTF-8", SOCKETS + 'tell(frame(b"\\"\\xff\\""))', stopped="invalid message"),
    Row(
        "a message a hundred thousand levels deep",
        SOCKETS + 'tell(frame(b"[" * 100000 + b"]" * 100000))',
        stopped="invalid message",
    ),
    Row(
        "a message of millions of empty lists",
        SOCKETS
        + """
for one in sockets():
    try:
        one.sendall(frame(b"[" + b"[]," * 3_000_000 + b"[]]"))
    except OSError:
        pass
""",
        stopped="more parts",
    ),
    Row(
        "an output nine hundred levels deep",
        SOCKETS
        + """
deep = "x"
for _ in range(900):
    deep = [deep]
tell(frame({"cell": 0, "outputs": [{"output_type": "display_data", "metadata": {}, "data": {"application/json": deep}},
                                   {"output_type": "display_data", "metadata": {"deep": deep}, "data": {}}]}))
""",
    ),
    Row(
        "outputs of the wrong form",
        SOCKETS
        + """
for number, outputs in enumerate([[1], "text", [{}], [None], [{"output_type": "stream"}], {"a": 1},
        [{"output_type": "stream", "name": "stdout", "text": {"a": 1}}],
        [{"output_type": "error", "ename": 1, "evalue": [], "traceback": "x"}],
        [{"output_type": "display_data", "data": {"text/html": 5, "text/plain": None}, "metadata": {}}],
        [{"output_type": "display_data", "data": {"image/png": {"a": "b"}}, "metadata": []}]]):
    tell(frame({"cell": number, "outputs": outputs}))
""",
    ),
    Row(
        "half a character, NaN and infinity in outputs",
        SOCKETS
        + """
tell(frame(b'{"cell": 0, "outputs": [{"output_type": "stream", "name": "stdout", "text": "half \\\\ud800 of it"},'
           b'{"output_type": "display_data", "metadata": {"a": NaN}, "data": {"application/json": [1e999]}}]}'))
print("\\udcff", "and another half")
""",
    ),
    Row(
        "cell numbers of the wrong form",
        SOCKETS
        + """
for cell in (-1, 10**6, 10**4000, 1.5, True, None, "1", [], {}):
    tell(frame({"cell": cell, "answer": {"question": "the-root", "results": []}, "outputs": []}))
""",
    ),
    Row(
        "answers of the wrong form",
        SOCKETS
        + """
import ast
for answer in (None, 1, "x", [], {}, {"question": []}, {"question": {"a": 1}, "results": {}},
               {"question": "the-root", "results": "nothing"}, {"question": "the-root", "results": [None]}):
    for cell in range(30):
        tell(frame({"cell": cell, "answer": answer}))
""",
    ),
    Row(
        "answers that are not functions claim that their results come later",
        """
from watchkeeper.check import handout
handout.results = lambda question, answer: [{"problem": {"kind": "later"}}]
""",
    ),
    Row(
        "an integer that is too long to read",
        SOCKETS
        + """
from watchkeeper.check import handout
handout.results = lambda question, answer: [{"input": "", "plain": 10**4000}]
""",
    ),
    Row("ten to the power of five thousand", answers=everywhere("10**5000")),
    Row("not a number", answers=everywhere('float("nan")')),
    Row("an object that equals everything", EQUAL, answers=everywhere("Equal()")),
    Row("a text that equals everything", SUBCLASSES, answers=everywhere('Text("x")')),
    Row("a number that equals everything", SUBCLASSES, answers=everywhere("Real(-5)")),
    Row("a dict that contains everything", SUBCLASSES, answers=everywhere("Map(a=1)")),
    Row("a list that equals everything", SUBCLASSES, answers=everywhere("Items()")),
    Row(
        "a class that claims to be a number",
        """
import numbers
class Any:
    __class__ = float
    def __float__(self): raise KeyboardInterrupt
numbers.Real.register(Any)
""",
        answers=everywhere("Any()"),
    ),
    Row(
        "an array of objects whose item() lies",
        """
class Lies:
    ndim, shape, dtype = 0, (), "float64"
    def item(self): return self
    def tolist(self): return self
    def to_dict(self): return self
    def __len__(self): raise SystemExit
    def __repr__(self): raise SystemExit
    def __bool__(self): raise SystemExit
    def __eq__(self, other): raise SystemExit
""",
        answers=everywhere("Lies()"),
    ),
    Row(
        "a generator that never ends",
        answers=everywhere("__import__('itertools').count()"),
    ),
    Row(
        "every service at once",
        answers=everywhere('["frontend", "catalog", "ads", "cart", "checkout", "payment", "stock", "search"]'),
    ),
    Row(
        "a thread that keeps changing names and outputs",
        """
import threading
def change():
    while True:
        for name in ("root", "both_ms", "typical_ms"):
            globals()[name] = True
        get_ipython().displayhook.shell.user_ns["check"] = lambda *_: 3.0
threading.Thread(target=change, daemon=True).start()
""",
    ),
    Row(
        "exit handlers, signal handlers and a task of the event loop",
        SOCKETS
        + """
import asyncio, atexit, signal
def late(*_):
    for cell in range(60):
        tell(frame({"cell": cell, "answer": {"question": "the-root", "results": [{"input": "", "plain": "a1"}]}}))
atexit.register(late)
signal.signal(signal.SIGTERM, late)
async def forever():
    while True:
        late()
        await asyncio.sleep(0.01)
try:
    asyncio.get_event_loop().create_task(forever())
except RuntimeError:
    pass
os.register_at_fork(after_in_child=late)
""",
    ),
    Row(
        "ten thousand answers from one cell",
        """
from IPython.display import publish_display_data
for number in range(10_000):
    publish_display_data({"application/vnd.watchkeeper.answer+json": {
        "question": "the-root", "results": [{"input": "", "plain": str(number)}]}})
""",
        at="the-root",
    ),
    Row(
        "ten thousand answers in the check's own cell",
        """
import watchkeeper.check as module
from IPython.display import publish_display_data
def many(name, answer):
    for number in range(10_000):
        publish_display_data({"application/vnd.watchkeeper.answer+json": {
            "question": name, "results": [{"input": "", "plain": str(number)}]}})
module.check = many
""",
    ),
    Row(
        "an answer that is larger than the check's own limit, which is patched",
        """
from watchkeeper.check import handout
handout.LARGEST = 10**9
handout.results = lambda question, answer: [{"input": "", "plain": ["x" * 3_000_000]}]
""",
        hides=("xxxxxxxxxx",),
    ),
    Row("the checks are edited: their text, points, tags and outputs", edit=edits_the_checks),
    Row(
        "a fake NotJudged that shows a score",
        """
class NotJudged(Exception):
    def _render_traceback_(self): return ["3.0"]
    def __str__(self): return "3.0"
def check(*_): raise NotJudged
import watchkeeper.check
watchkeeper.check.check = check
""",
    ),
    Row(
        "the key's digests are edited in memory",
        """
from watchkeeper.check import key
for name, value in list(vars(key).items()):
    if callable(value) and getattr(value, "__module__", "") == key.__name__ and name not in ("Question", "load"):
        setattr(key, name, lambda *a, **k: True)
""",
    ),
    Row("a fake key.json is submitted", files={"key.json": b'{"questions": {}}'}, answers=RIGHT, points=7.0),
    Row(
        "every check checks another question",
        """
import watchkeeper.check as module
real = module.check
module.check = lambda name, answer: real("the-root", "a1")
""",
        points=1.0,
    ),  # "a1" is the right answer to that one, so it earns its points
    Row(
        "frames, history and the heap are searched for the right answers",
        """
import gc, sys
found = [one for one in gc.get_objects() if type(one).__name__ in ("Truths", "Answers", "Lesson", "Edition", "Sheet")]
frame, names = sys._getframe(), set()
while frame:
    names |= set(frame.f_locals) & {"right", "truths", "edition", "sheet", "expected"}
    frame = frame.f_back
print("FOUND", len(found), sorted(names), [one for one in In if "SOLUTION" in one and "gc." not in one])
""",
        at="last",
        shows="FOUND 0 [] []",
    ),
    Row(
        "the notebook itself replies on the socket of a function's question",
        SOCKETS
        + """
import threading
def answer(one):
    one.sendall(frame([{"input": "", "plain": "frontend", "share": 1}] * 40))
for one in sockets():
    threading.Thread(target=answer, args=(one,), daemon=True).start()
""",
        stopped="invalid message",
    ),
    Row(
        "a function searches its callers' frames for the answer",
        answers=WRONG
        | {
            "busiest-service-answer": """
def busiest(spans):
    import sys
    frame = sys._getframe()
    while frame:
        for name in ("right", "truths", "expected", "answers"):
            if name in frame.f_locals:
                return frame.f_locals[name]
        frame = frame.f_back
    return "nothing"
"""
        },
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_only_the_answers_earn_points(judge, row):
    result = judge(row)
    assert result.module == MODULE
    assert {mark.name for mark in result.notebooks[0].marks} == set(CHECKS)


def test_a_received_frame_can_be_written_as_utf_8_and_strict_json():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        body = b'{"half": "\\ud800", "whole": "\\ud83d\\ude00", "numbers": [NaN, Infinity, -Infinity, 1e999, 1.5]}'
        theirs.sendall(struct.pack("!I", len(body)) + body)
        assert wire.receive(ours) == {"half": "?", "whole": "\U0001f600", "numbers": [None, None, None, None, 1.5]}


def test_every_attack_has_its_own_name():
    assert len({row.name for row in ROWS}) == len(ROWS)
