"""Code that honest people write and that could confuse a grader: warnings, magics, figures, kinds of functions.

A function must get the points that it would get if a kernel called it at its check. `FUNCTIONS` has many kinds of them,
some of them wrong (4 points).
"""

from __future__ import annotations

import pytest
from classroom import RIGHT, Row, outputs

FUNCTION = "busiest-service-answer"
LINE = RIGHT[FUNCTION].splitlines()[1].strip()  # the right body of the function


def cell(name: str, before: str, after: str = "", **others) -> Row:
    """Right answers, with other code before and after the answer in one of the cells."""
    answer = "typical-wait-answer"
    source = "\n".join(part for part in (before, RIGHT[answer], after) if part)
    return Row(name, answers=RIGHT, cells={answer: source}, points=7.0, **others)


def function(name: str, source: str, points: float = 7.0, later: str = "") -> Row:
    """Right answers, with the function written as `source`. `later` is a cell at the end, which may change globals."""
    return Row(name, answers=RIGHT, cells={FUNCTION: source}, code=later, at="last", points=points)


CODE = [
    cell("warns", "import warnings\nwarnings.warn('careful')", shows="careful"),
    cell("writes to stderr", "import sys\nprint('careful', file=sys.stderr)", shows="careful"),
    cell("logs", "import logging\nlogging.warning('careful')\nlogging.getLogger('x').error('oh')", shows="careful"),
    cell(
        "a warning of pandas",
        "import pandas as pd\npd.Series([1, 2])['a':] if False else None\n"
        "pd.concat([pd.DataFrame({'a': [1.0]}), pd.DataFrame({'a': [None]})])\n"
        "import warnings; warnings.warn('deprecated', FutureWarning)",
        shows="FutureWarning",
    ),
    cell("a progress bar", "from tqdm import tqdm\nfor _ in tqdm(range(50)): pass", shows="50/50"),
    cell("a progress bar for notebooks", "from tqdm.auto import tqdm\nfor _ in tqdm(range(50)): pass"),
    cell("a progress bar after the answer", "", "import sys\nsys.stderr.write('50%')\nsys.stderr.flush()", shows="50%"),
    cell("prints a lot", "for n in range(20_000): print('line', n, 'x' * 100)", shows="The rest is not kept"),
    cell("prints without line ends", "for n in range(3000): print(n, end='\\r')"),
    cell("timed", "%%time", shows="Wall time"),
    cell("timed line", "%time x = sum(range(10))", shows="Wall time"),
    cell(
        "magics", "%matplotlib inline\n%load_ext autoreload\n%autoreload 2\n%config InlineBackend.figure_format = 'svg'"
    ),
    cell("installs", "!pip install --quiet --disable-pip-version-check no-such-package-anywhere", stopped=None),
    cell("installs by magic", "%pip --version", shows="pip"),
    cell("a command", "!echo from a program", shows="from a program"),
    cell("asks", "", "name = input('Who are you? ')", shows="There is no one to type"),
    cell("asks for a password", "", "import getpass\ngetpass.getpass()", stopped=None),
    cell("a figure", "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()", stopped=None),
    cell("a large frame", "display(morning.spans)", shows="rows"),
    cell(
        "a frame of everything",
        "import pandas as pd\npd.set_option('display.max_rows', None)\ndisplay(morning.spans.head(300))",
        shows="<table",
    ),
    cell(
        "a widget",
        "import ipywidgets\nw = ipywidgets.IntSlider(value=3)\ndisplay(w)\nipywidgets.interact(lambda n: n, n=3)",
    ),
    cell(
        "a widget with output", "import ipywidgets\nout = ipywidgets.Output()\nwith out: print('inside')\ndisplay(out)"
    ),
    cell("awaits", "import asyncio\nawait asyncio.sleep(0.01)"),
    cell(
        "gathers",
        "import asyncio\nasync def one(n): return n\nprint(sum(await asyncio.gather(one(1), one(2))))",
        shows="3",
    ),
    cell(
        "runs a loop",
        "import asyncio\ntry:\n    asyncio.run(asyncio.sleep(0))\nexcept RuntimeError as error: print(error)",
    ),
    cell(
        "threads",
        "from concurrent.futures import ThreadPoolExecutor\nwith ThreadPoolExecutor() as pool:\n"
        "    print(sum(pool.map(int, '123')))",
        shows="6",
    ),
    cell(
        "clears its output", "from IPython.display import clear_output\nprint('a')\nclear_output(wait=True)\nprint('b')"
    ),
    cell("resets", "%reset -f in"),
    cell("leaves", "", "exit()"),
    cell("ends in an error", "", "1/0", shows="ZeroDivisionError"),
    cell(
        "saves a file",
        "requests.to_csv('requests.csv')\nimport pandas as pd\nprint(len(pd.read_csv('requests.csv')) > 5)",
        shows="True",
    ),
    cell(
        "a database in a file",
        "import sqlite3\nimport pandas as pd\none, other = sqlite3.connect('all.db'), sqlite3.connect('all.db')\n"
        "requests[['route', 'duration_ms']].to_sql('requests', one, index=False)\none.commit()\n"
        "print(len(pd.read_sql('select * from requests', other)) == len(requests))",
        shows="True",
    ),
    cell(
        "locks and copies files",
        "import fcntl, os, shutil\nwith open('a.txt', 'w') as file:\n    fcntl.flock(file, fcntl.LOCK_EX)\n"
        "    fcntl.lockf(file, fcntl.LOCK_EX)\n    file.write('copied')\nshutil.copy('a.txt', 'b.txt')\n"
        "shutil.copytree('.', '/box/tmp/all', dirs_exist_ok=True)\n!cat b.txt | sort | head -1",
        shows="copied",
    ),
    cell(
        "loops of its own in threads",
        "import asyncio, threading\ntold = []\n"
        "def work(): told.append(asyncio.run(asyncio.sleep(0, 'from a thread')))\n"
        "threads = [threading.Thread(target=work) for _ in range(4)]\nfor one in threads: one.start()\n"
        "for one in threads: one.join()\nprint(told)",
        shows="from a thread', 'from a thread",
    ),
    cell(
        "talks to itself by a socket",
        "import select, socket\none, other = socket.socketpair()\none.sendall(b'x' * 100_000)\n"
        "one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)\n"
        "print(len(other.recv(1000)), socket.gethostname() != '')",
        shows="1000 True",
    ),
    cell(
        "maps a file into memory",
        "import mmap, numpy\nnumpy.save('a.npy', numpy.arange(10))\nprint(numpy.load('a.npy', mmap_mode='r').sum())\n"
        "with open('a.npy', 'rb') as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as memory:\n"
        "    memory.madvise(mmap.MADV_SEQUENTIAL)",
        shows="45",
    ),
    cell(
        "many programs, many files",
        "import subprocess\nfiles = [open(f'{n}.txt', 'w') for n in range(30)]\n"
        "programs = [subprocess.Popen(['echo', str(n)], stdout=subprocess.PIPE) for n in range(8)]\n"
        "print([one.communicate()[0].decode().strip() for one in programs])",
        shows="'6', '7'",
    ),
    cell("in another folder and back", "import os\nos.makedirs('sub/b')\nos.chdir('sub')\nos.chdir('..')"),
    Row(
        "in another folder for good",
        answers=RIGHT,
        points=5.0,
        cells={"typical-wait-answer": RIGHT["typical-wait-answer"] + "\nimport os\nos.mkdir('sub')\nos.chdir('sub')"},
    ),
    cell("closes stdout", "import sys\nsys.stdout.flush()", "sys.stdout.close()", stopped=None),
    cell("prints unusual letters", "print('Ünïcode ☕ \\ud83d\\ude00', '\\udc80')", stopped=None),
    cell("a long text", "text = 'x' * 500_000", "text", shows="'xxx"),
    cell(
        "sets options",
        "import pandas as pd, numpy as np\npd.set_option('mode.chained_assignment', 'raise')\nnp.seterr('raise')",
    ),
]

HEAD = "def busiest(spans):\n    "
FUNCTIONS = [
    function("plain", f"{HEAD}{LINE}"),
    function("lambda", f"busiest = lambda spans: {LINE.removeprefix('return ')}"),
    function("annotated", f"from typing import Any\ndef busiest(spans: 'pd.DataFrame') -> Any:\n    {LINE}"),
    function("a class", f"class busiest(str):\n    def __new__(cls, spans):\n        {LINE}"),
    function("an object", f"class Busiest:\n    def __call__(self, spans):\n        {LINE}\nbusiest = Busiest()"),
    function(
        "a bound method", f"class B:\n    kind = 'SERVER'\n    def m(self, spans):\n        {LINE}\nbusiest = B().m"
    ),
    function(
        "partial",
        f"from functools import partial\ndef by(kind, spans):\n    "
        f"{LINE.replace(chr(34) + 'SERVER' + chr(34), 'kind')}"
        f"\nbusiest = partial(by, 'SERVER')",
        later="by = None",
    ),
    function(
        "a closure",
        f"def make(kind):\n    def busiest(spans):\n        "
        f"{LINE.replace(chr(34) + 'SERVER' + chr(34), 'kind')}\n    return busiest\nbusiest = make('SERVER')",
    ),
    function("a generator", f"def busiest(spans):\n    yield {LINE.removeprefix('return ')}", points=4.0),
    function("async", f"async def busiest(spans):\n    {LINE}", points=4.0),
    function(
        "a global",
        f"KIND = 'SERVER'\n{HEAD}{LINE.replace(chr(34) + 'SERVER' + chr(34), 'KIND')}",
        later="KIND = 'CLIENT'",
    ),
    function(
        "a list",
        f"KINDS = ['SERVER']\n{HEAD}{LINE.replace(chr(34) + 'SERVER' + chr(34), 'KINDS[0]')}",
        later="KINDS[0] = 'CLIENT'",
    ),
    function(
        "a frame",
        f"import pandas as pd\nkinds = pd.DataFrame({{'kind': ['SERVER']}})\n"
        f"{HEAD}{LINE.replace(chr(34) + 'SERVER' + chr(34), 'kinds.kind[0]')}",
        later="kinds.loc[0, 'kind'] = 'x'",
    ),
    function(
        "query",
        "kind = 'SERVER'\ndef busiest(spans):\n    return spans.query('kind == @kind').service.value_counts().idxmax()",
        later="kind = 'CLIENT'",
    ),
    function(
        "eval",
        "kind = 'SERVER'\ndef busiest(spans):\n"
        "    return spans[spans.eval('kind == @kind')].service.value_counts().idxmax()",
        later="kind = 'x'",
    ),
    function(
        "globals",
        "kind = 'SERVER'\ndef busiest(spans):\n    of = spans.kind == globals()['kind']\n"
        "    return spans[of].service.value_counts().idxmax()",
        later="kind = 'CLIENT'",
    ),
    function(
        "a helper later",
        f"def busiest(spans):\n    return helper(spans)\n\ndef helper(spans):\n    {LINE}",
        later="def helper(spans): return 'no'",
    ),
    function(
        "a helper too late",
        "def busiest(spans):\n    return helper(spans)",
        points=4.0,
        later=f"def helper(spans):\n    {LINE}",
    ),
    function(
        "redefined",
        f"def helper(spans): return 'no'\ndef busiest(spans): return helper(spans)\ndef helper(spans):\n    {LINE}",
        later="busiest = helper = None",
    ),
    function("wrong, and right too late", "def busiest(spans): return 'no'", points=4.0, later=f"{HEAD}{LINE}"),
    function("by exec", f"exec('''{HEAD}{LINE}''')"),
    function(
        "recursion",
        f"def busiest(spans, again=2):\n    if again:\n        return busiest(spans, again - 1)\n    {LINE}",
    ),
    function(
        "cached",
        f"from functools import cache\n@cache\ndef kind(): return 'SERVER'\n"
        f"{HEAD}{LINE.replace(chr(34) + 'SERVER' + chr(34), 'kind()')}",
    ),
    function("cached as a whole", f"from functools import cache\n@cache\ndef busiest(spans):\n    {LINE}", points=4.0),
    function(
        "decorated",
        f"import functools, time\ndef timed(f):\n    @functools.wraps(f)\n    def inner(*given):\n"
        f"        began = time.time()\n        try:\n            return f(*given)\n        finally:\n"
        f"            print(time.time() - began)\n    return inner\n@timed\ndef busiest(spans):\n    {LINE}",
    ),
    function("a mutable default", f"def busiest(spans, seen=[]):\n    seen.append(1)\n    {LINE}"),
    function(
        "counts its calls",
        f"calls = 0\ndef busiest(spans):\n    global calls\n    calls += 1\n    if calls > 99: return 'no'\n    {LINE}",
        later="calls = 100",
    ),
    function(
        "has a memory",
        f"seen = {{}}\ndef busiest(spans):\n    seen[len(seen)] = 1\n    if len(seen) > 99: return 'no'\n    {LINE}",
        later="seen.update((n, 1) for n in range(100))",
    ),
    function("has attributes", f"def busiest(spans):\n    busiest.calls += 1\n    {LINE}\nbusiest.calls = 0"),
    function(
        "draws random numbers with a seed",
        f"import random\nrandom.seed(7)\nfirst = random.random()\nrandom.seed(7)\n"
        f"def busiest(spans):\n    if not busiest.drawn and random.random() != first: return 'no'\n"
        f"    busiest.drawn = True\n    {LINE}\nbusiest.drawn = False",
        later="random.seed(8)",
    ),
    function("warns inside", f"import warnings\n{HEAD}warnings.warn('careful')\n    {LINE}"),
    function("prints inside", f"{HEAD}print(spans)\n    {LINE}"),
    function("shows inside", f"{HEAD}display(spans.head())\n    {LINE}"),
    function("a progress bar inside", f"from tqdm import tqdm\n{HEAD}list(tqdm(range(5)))\n    {LINE}"),
    function(
        "a thread pool inside",
        f"from concurrent.futures import ThreadPoolExecutor\n"
        f"def inner(spans):\n    {LINE}\ndef busiest(spans):\n    with ThreadPoolExecutor(2) as pool:\n"
        f"        return pool.submit(inner, spans).result()",
    ),
    function("leaves when called", "def busiest(spans):\n    exit()", points=4.0),
    function("asks when called", "def busiest(spans):\n    return input()", points=4.0),
    function(
        "changes its input",
        f"{HEAD}spans['kind'] = spans.kind.str.upper()\n    spans.sort_values('name', inplace=True)\n    {LINE}",
    ),
    function("answers as pandas does", "def busiest(spans):\n    return spans[spans.kind == 'SERVER'].service.mode()"),
    function("checked by itself before", f"{HEAD}return 'no'\ncheck('busiest-service', busiest)", points=4.0),
    function("checked in its own cell", f"{HEAD}{LINE}\ncheck('busiest-service', busiest)"),
    function("checked again at the end", f"{HEAD}{LINE}", later="check('busiest-service', busiest)"),
    function("a timed function", f"%%time\n{HEAD}{LINE}"),
    function("a type", "busiest = str", points=4.0),
    function("a misspelled name", "def busyest(spans): return 1", points=4.0),
]
ROWS = [*CODE, *FUNCTIONS]


@pytest.mark.parametrize("row", CODE, ids=lambda row: row.name)
def test_other_code_costs_no_points(judge, row):
    judge(row)


@pytest.mark.parametrize("row", FUNCTIONS, ids=lambda row: row.name)
def test_functions_get_the_points_that_they_would_get_in_a_kernel(judge, row):
    judge(row)


def test_a_figure_is_stored_as_a_picture(ran):
    result, *_ = ran["a figure"]
    assert "iVBOR" in outputs(result)
