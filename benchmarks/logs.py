"""python benchmarks/logs.py: how many log lines per second, and how well lines are grouped, in one run.

There are four inputs: a recording's lines, repeated (most lines have been seen before); the same lines, each with a
different number at its end (no line repeats, but masks do); lines of the invented logs, of which few repeat; and prose,
where no two masks are alike. Grouping accuracy and the F1 of groups are measured on every held-back recording, because
its records name the statement that wrote them, and on the invented logs of `tests/logs`.
"""

from __future__ import annotations

import argparse
import platform
import random
import re
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from watchkeeper import Recording, logs

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "logs"))
from foreign_lines import LOGS, lines  # noqa: E402
from kinds_of_lines import KINDS  # noqa: E402
from log_truth import HELD_BACK, beside, group_f1, recordings, statements  # noqa: E402


def main() -> None:
    """Print two Markdown tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=100_000, help="how many (100000)")
    parser.add_argument("--rounds", type=int, default=5, help="how often to measure each; medians are shown (5)")
    options = parser.parse_args()
    print(f"{platform.system()}, Python {platform.python_version()}, median of {options.rounds}\n")
    speed(options.lines, options.rounds)
    accuracy()


def seconds(call: Callable[[], Any], rounds: int) -> float:
    """The median time of a call."""
    times = []
    for _ in range(rounds):
        begin = time.perf_counter()
        call()
        times.append(time.perf_counter() - begin)
    return statistics.median(times)


def plain(bodies: list[str]) -> list[str]:
    """What you would write in a notebook: mask digits with one regular expression, line by line."""
    digits = re.compile(r"\d+")
    return [digits.sub("<*>", body) for body in bodies]


def speed(count: int, rounds: int) -> None:
    """Print the lines per second of masking and mining."""
    bodies = Recording.open("monday-morning", ROOT / "datasets").logs["body"].tolist()
    repeated = (bodies * (count // len(bodies) + 1))[:count]
    chance = random.Random(1)
    words = ["".join(chance.choices("abcdefghij", k=5)) for _ in range(5_000)]
    prose = [" ".join(chance.choices(words, k=8)) for _ in range(max(count // 20, 1))]
    logs_made = {**LOGS, **KINDS}.values()
    invented = [body for made in logs_made for body in lines(made, count=max(count // len(logs_made), 1))[0]]
    own = [f"{body} {k}" for k, body in enumerate(repeated)]
    material = {"repeated": repeated, "each its own": own, "invented": invented, "prose": prose}
    print("| lines | count | templates, lines/s | digits alone, lines/s |\n|---|---|---|---|")
    for name, some in material.items():
        took = [seconds(lambda call=call, some=some: call(some), rounds) for call in (logs.templates, plain)]
        print(f"| {name} | {len(some):,} | {len(some) / took[0]:,.0f} | {len(some) / took[1]:,.0f} |")


def accuracy() -> None:
    """Print the grouping accuracy and the F1 of groups against the statements, and the accuracy of masking alone."""
    print("\n| log | lines | statements | templates | grouping accuracy | F1 of groups | by masking alone |")
    print("|---|---|---|---|---|---|---|")
    for name in recordings():
        frame = logs.join_lines(Recording.open(HELD_BACK / name).logs)
        show(name, frame["body"].tolist(), statements(frame), lambda found, frame=frame: beside(frame, found))
    for name, made in LOGS.items():
        show(f"in the manner of {name}", *lines(made))
    for name, made in KINDS.items():
        show(f"kind: {name}", *lines(made))


def show(name: str, bodies: list[str], truth: list[Any], by_file: Callable[[list[str]], list[Any]] = list) -> None:
    found = logs.templates(bodies)["template_id"]
    groups = by_file(list(found))
    reached, f1 = logs.grouping_accuracy(groups, truth), group_f1(groups, truth)
    masks = logs.grouping_accuracy(by_file([logs.masked(body) for body in bodies]), truth)
    print(
        f"| {name} | {len(bodies):,} | {len(set(truth))} | {found.nunique()} | {reached:.3f} | {f1:.3f} | {masks:.3f} |"
    )


if __name__ == "__main__":
    main()
