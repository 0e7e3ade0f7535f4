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

MARKING = """from watchkeeper.staff.author.marking import Count, MapOf, Number, Question, SetOf, Text, Wrong
from watchkeeper.staff.author.marking import given, on_paper

ROWS = [(f"s{n}", f"s{n // 2}" if n else "", ("frontend", "catalog", "cart")[n % 3], "GET /", "SERVER", n, 90 - n / 2)
        for n in range(20)]
OTHER = [(f"t{n}", f"t{n - 1}" if n else "", ("shop", "mail")[n % 2], "GET /", "SERVER", n, 50 + n * n)
         for n in range(11)]
TABLES = [on_paper("twenty spans", ROWS), on_paper("a chain", OTHER)]
LISTS = [given("five waits", [3, 4, 5, 6, 90]), given("three waits", [10.5, 2, 7])]
HINT = ("That is one too many things at once.", "Look at the table again.")


def nothing(*tables):
    return 0


def unknown(*tables):
    return "unknown"


def none_of_them(*tables):
    return {"unknown"}


def all_zero(*tables):
    return {"unknown": 0}


def of(name, answer, wrong, inputs=()):
    kind = "compute" if inputs else "read"
    return Question(name=name, kind=kind, answer=answer, inputs=list(inputs), wrong=[Wrong(wrong, HINT)], right=[],
                    hints=["Look.", "Look again.", "Look once more."], passed="That is it.")


QUESTIONS = [
    of("how-many", Count("spans"), nothing),
    of("longest", Number("ms", within=0.05), nothing),
    of("services", SetOf(Text("a service")), none_of_them),
    of("wait-by-service", MapOf("service", Number("ms", within=0.05)), all_zero),
    of("my-root", Text("a span id"), unknown, TABLES),
    of("my-total", MapOf("service", Number("ms", within=0.05)), all_zero, TABLES),
    of("my-mean", Number("ms", within=0.05), nothing, LISTS),
    of("my-median", Number("ms", within=0.05), nothing, LISTS),
]
"""

CHOSEN = """title = "Small"
edition = "1"

[[module]]
name = "{module}"
lessons = ["{lesson}"]

[module.points]
{points}
"""


def make(folder: Path, repository: Path) -> Path:
    """Write the course into `folder`, build its `source/` and `release/`, and return its root.

    It uses the repository's recordings. Raises BuildError if the text above is not a valid course.
    """
    from watchkeeper.staff.author import course, everything

    chapter = folder / "course" / MODULE
    chapter.mkdir(parents=True)
    points = "\n".join(f"{name} = {worth}" for name, (_, worth) in TITLES.items())
    (folder / "course" / "course.toml").write_text(CHOSEN.format(module=MODULE, lesson=LESSON, points=points))
    asked = [
        QUESTION.format(name=name, variable=name.replace("-", "_"), code=code) for name, (code, _) in TITLES.items()
    ]
    (chapter / f"{LESSON}.py").write_text(HEAD + "".join(asked))
    (chapter / f"{LESSON}.marking.py").write_text(MARKING)
    (chapter / "module.md").write_text("# A small module\n")
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
