"""Writes a course of one module with one small notebook: eight checks, pandas, about 13 ms of code.

It is a real course for `watchkeeper build`, so stock nbgrader and `watchkeeper grade` can both run it. Four of its
checks take a value and four take a function. Two functions are called on two tables of spans, two on two lists.
"""

from __future__ import annotations

import shutil
from pathlib import Path

MODULE, LESSON = "00-small", "a-small-table"

TITLES = {  # name of the question: (what the cell answers, points)
    "how-many": ("how_many = len(spans)", 1),
    "longest": ("longest = spans.duration_ms.max()", 1),
    "services": ("services = set(spans.service)", 1),
    "wait-by-service": ("wait_by_service = spans.groupby('service').duration_ms.median().to_dict()", 2),
    "my-root": ("def my_root(spans):\n    return spans[spans.parent_span_id == ''].span_id.iloc[0]", 2),
    "my-total": ("def my_total(spans):\n    return spans.groupby('service').duration_ms.sum().to_dict()", 2),
    "my-mean": ("def my_mean(waits):\n    return sum(waits) / len(waits)", 1),
    "my-median": ("def my_median(waits):\n    return sorted(waits)[len(waits) // 2]", 2),
}

HEAD = """# %% [markdown]
# # A small table

# %%
from watchkeeper.check import check
from watchkeeper.check.inputs import paper

# %%
services = ("frontend", "catalog", "cart", "ads")
spans = paper([(f"s{n}", f"s{n // 2}" if n else "", services[n % 4], "GET /", "SERVER", n, 90 - n) for n in range(40)])
spans.head(3)

# %%
spans.sort_values("duration_ms").service.tail(3).tolist()
"""

QUESTION = """
# %% [markdown]
# ### Question: {name}

# %% answer="{name}"
{variable} = ...
### BEGIN SOLUTION
{code}
### END SOLUTION

# %% check="{name}"
check("{name}", {variable})
"""

SHARED = """from watchkeeper.staff.author.writing import given, on_paper

ROWS = [(f"s{n}", f"s{n // 2}" if n else "", ("frontend", "catalog", "cart")[n % 3], "GET /", "SERVER", n, 90 - n / 2)
        for n in range(20)]
OTHER = [(f"t{n}", f"t{n - 1}" if n else "", ("shop", "mail")[n % 2], "GET /", "SERVER", n, 50 + n * n)
         for n in range(11)]
TABLES = [on_paper("twenty spans", ROWS), on_paper("a chain", OTHER)]
LISTS = [given("five waits", [3, 4, 5, 6, 90]), given("three waits", [10.5, 2, 7])]
"""

ASKED = '''"""{name}: what does the cell answer?"""

from watchkeeper.staff.author.writing import Count, MapOf, Number, SetOf, Text, question

from .shared import LISTS, TABLES

q = question(kind="{kind}", points={points}, answer={answer})
q.inputs({inputs})
q.hints("Look.", "Look again.", "Look once more.")
q.passed("That is it.")


@q.wrong("That is one too many things at once.", "Look at the table again.")
def wrong(*tables):
    return {wrong}
'''

ANSWERS = {  # name of the question: (answer type, a wrong answer, inputs of a function)
    "how-many": ('Count("spans")', "0", ""),
    "longest": ('Number("ms", within=0.05)', "0", ""),
    "services": ('SetOf(Text("a service"))', '{"unknown"}', ""),
    "wait-by-service": ('MapOf("service", Number("ms", within=0.05))', '{"unknown": 0}', ""),
    "my-root": ('Text("a span id")', '"unknown"', "*TABLES"),
    "my-total": ('MapOf("service", Number("ms", within=0.05))', '{"unknown": 0}', "*TABLES"),
    "my-mean": ('Number("ms", within=0.05)', "0", "*LISTS"),
    "my-median": ('Number("ms", within=0.05)', "0", "*LISTS"),
}

CHOSEN = """title = "Small"
edition = "1"

[[module]]
name = "{module}"
lessons = ["{lesson}"]
"""


def make(folder: Path, repository: Path) -> Path:
    """Write the course into `folder`, build its `source/` and `release/`, and return its root.

    It uses the repository's recordings. Raises BuildError if the text above is not a valid course.
    """
    from watchkeeper.staff.author import course, everything

    lesson = folder / "course" / MODULE / LESSON
    lesson.mkdir(parents=True)
    (folder / "course" / "course.toml").write_text(CHOSEN.format(module=MODULE, lesson=LESSON))
    asked = [
        QUESTION.format(name=name, variable=name.replace("-", "_"), code=code) for name, (code, _) in TITLES.items()
    ]
    (lesson / "lesson.py").write_text(HEAD + "".join(asked))
    (lesson / "shared.py").write_text(SHARED)
    for name, (answer, wrong, inputs) in ANSWERS.items():
        kind = "compute" if inputs else "read"
        said = {"name": name, "kind": kind, "points": TITLES[name][1], "answer": answer, "inputs": inputs}
        (lesson / f"{name}.py").write_text(ASKED.format(**said, wrong=wrong))
    (lesson.parent / "module.md").write_text("# A small module\n")
    (folder / "datasets").symlink_to(repository / "datasets")
    shutil.copy2(repository / "nbgrader_config.py", folder)
    everything.build(course.read(folder), folder / "datasets", say=lambda _: None)
    return folder


def submit(root: Path, module: str, folder: Path, students: int) -> None:
    """Write `students` submissions of the reference's answers into `folder`/submitted.

    Each has a comment of its own in the first answer, so that no two submissions have the same bytes.
    """
    import json

    for number in range(students):
        place = folder / "submitted" / f"s{number:04}" / module
        place.mkdir(parents=True)
        for path in sorted((root / "source" / module).glob("*.ipynb")):
            notebook = json.loads(path.read_text(encoding="utf-8"))
            answer = next(
                cell
                for cell in notebook["cells"]
                if cell["metadata"].get("nbgrader", {}).get("solution") and cell["cell_type"] == "code"
            )
            text = answer["source"] if isinstance(answer["source"], str) else "".join(answer["source"])
            answer["source"] = f"# submitted by s{number:04}\n{text}"
            (place / path.name).write_text(json.dumps(notebook), encoding="utf-8")
