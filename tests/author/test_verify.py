"""The proofs of the content must bite: each fault, made in a copy of module 0, is named in a sentence."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from watchkeeper.staff.author import course as courses
from watchkeeper.staff.author import form, marking, verify

ROOT = Path(__file__).parent.parent.parent
LESSON, ABOUT = "first-watch/lesson.py", "module.md"


@pytest.fixture
def module(tmp_path):
    shutil.copytree(ROOT / "course" / "00-welcome", tmp_path / "course" / "00-welcome")
    text = (ROOT / "course" / "course.toml").read_text(encoding="utf-8")
    (tmp_path / "course" / "course.toml").write_text(text.split('[[module]]\nname = "01')[0], encoding="utf-8")
    (tmp_path / "datasets").symlink_to(ROOT / "datasets")
    (module,) = courses.read(tmp_path).modules
    return module


def test_the_copy_has_no_fault(module):
    assert list(verify.of_lesson(module, "first-watch", marking.load(module))) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        (LESSON, "### Question: the root", "### The root", "4 checks and 3 headings"),
        (LESSON, "### Question: the root", "##### Question: the root", "skips a level"),
        (LESSON, "### Question: the root\n#", "### Question: the root\n#" + " word" * 90, "words; keep it to 30 to 75"),
        (LESSON, "minutes in all", "minutes", 'the lesson says none: "N minutes in all"'),
        (LESSON, "# # First watch", "# ## First watch", "one heading of the first level"),
        (LESSON, "### Question: the root\n#", "### Question: the root\n# [x](nowhere.ipynb)", "leads nowhere"),
        (LESSON, "### Question: the root\n#", "### Question: the root\n# [x](first-watch.md)", "leads nowhere"),
        (LESSON, "### Question: the root\n#", "### Question: the root\n# ![](https://x.org/a.png)", "has no words"),
        (LESSON, "you are the one who looks.", "3 + 4 = 8.", "3 + 4 = 8"),
        (LESSON, "you are the one who looks.", "at 08:05 + 10 = 08:15, 05 + 2 = 8.", "05 + 2 = 8"),
        (LESSON, "you are the one who looks.", "3 / 0 = 0.", "3 / 0 = 0"),
        (LESSON, "you are the one who looks.", "2 + 3 × 4 = 20.", "2 + 3 × 4 = 20"),
        (ABOUT, "| look at the shop, predict, answer | 10 |", "| look at the shop | 56 |", "takes 91 minutes"),
        (LESSON, "you are the one who looks.", "you look for 29.1 ms.", "'29.1 ms' where nothing is computed"),
        (LESSON, "# %%\nfrom", "# %%\n" + "pass\n" * 13 + "from", "lines of code"),
        (ABOUT, "| look at the shop, predict, answer | 10 |", "| look at the shop | 11 |", "add up to 46"),
        (ABOUT, "| `what-waits` |", "| `what-wait` |", "does not ask"),
        (ABOUT, "| `what-waits` |", "| `the-root` |", "'what-waits' is asked, and no outcome"),
        (ABOUT, "`the-root.first_child`", "`the-root.frist_child`", "Run: watchkeeper build"),
        (ABOUT, "<!-- end -->", "", "has no place for the misconceptions of first-watch"),
        (ABOUT, "## Misconceptions: first-watch", "## Misconceptions", "has no place for the misconceptions"),
        (ABOUT, "## Outcomes: first-watch", "## Outcomes", "no table"),
    ],
)
def test_a_fault_is_named(module, file, old, new, said):
    path = module.folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    found = list(verify.of_lesson(module, "first-watch", marking.load(module)))
    assert any(said in one for one in found), found


def test_sums_that_are_right_are_not_named(module):
    path = module.folder / LESSON
    text = path.read_text(encoding="utf-8")
    right = "2 + 3 × 4 = 14 and 1,000 − 05 / 2 = 997.5 and 7 − 2 − 3 = 2 and 12 / 3 / 2 = 2."
    path.write_text(text.replace("you are the one who looks.", right, 1), encoding="utf-8")
    assert list(verify.of_lesson(module, "first-watch", marking.load(module))) == []


def test_a_broken_rule_is_named_unless_it_is_an_exception(module, monkeypatch):
    monkeypatch.setattr(form, "NOT_YET", {})
    found = list(verify.of_lesson(module, "first-watch", marking.load(module)))
    assert found == [
        "has 4 questions; a notebook has 5 to 8",
        "the prompt of 'the busiest service (a five-minute test of yourself)' has 77 words; keep it to 30 to 75",
    ]


def test_an_exception_that_is_no_longer_needed_is_named(module, monkeypatch):
    needed = form.NOT_YET["00-welcome/first-watch"]
    monkeypatch.setattr(form, "NOT_YET", {"00-welcome/first-watch": needed | {"minutes": "it was longer once"}})
    found = list(verify.of_lesson(module, "first-watch", marking.load(module)))
    assert len(found) == 1 and "rule for minutes: this exception is no longer needed" in found[0]


def test_every_exception_is_of_a_lesson_and_has_a_reason():
    course = courses.read(ROOT)
    assert form.NOT_YET.keys() <= {f"{module.name}/{name}" for module in course.modules for name in module.lessons}
    assert all(len(reason) > 20 for rules in form.NOT_YET.values() for reason in rules.values())


@pytest.mark.parametrize(
    ("words", "listed", "is_diagnosis", "said"),
    [
        (29, 0, False, "29 words"),
        (30, 0, False, ""),
        (75, 0, False, ""),
        (76, 0, False, "76 words; keep it to 30 to 75"),
        (60, 20, False, "83 words"),
        (60, 20, True, ""),
        (20, 70, True, ""),
        (76, 20, True, "keep it to 30 to 75"),
        (60, 90, True, "140 at most"),
    ],
)
def test_the_length_of_a_prompt(words, listed, is_diagnosis, said):
    prompt = " ".join(["word"] * words) + ("\n- " + " ".join(["word"] * listed) + "\n- word\n" if listed else "\n")
    assert (said in form.of_prompt(prompt, is_diagnosis)) if said else form.of_prompt(prompt, is_diagnosis) == ""


def test_a_lesson_names_misconceptions(module):
    for path in module.questions("first-watch"):
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("misconception=", "misconception='' and "), encoding="utf-8")
    found = list(verify.of_lesson(module, "first-watch", marking.load(module)))
    assert any("name 0 misconceptions, of 3 at least" in one for one in found), found


def test_two_spellings_of_one_misconception_are_named(module):
    said = "two spans together take the sum of their durations"
    path = module.folder / "first-watch" / "busiest-service.py"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("whoever asks most is asked most", f"{said}s"), encoding="utf-8")
    found = list(verify.of_lesson(module, "first-watch", marking.load(module)))
    assert any(f"write them alike: '{said}' and '{said}s'" in one for one in found), found


def test_a_question_that_no_cell_asks_is_named(module):
    text = (module.folder / "first-watch" / "the-root.py").read_text(encoding="utf-8")
    (module.folder / "first-watch" / "a-root.py").write_text(text.replace("the-root:", "a-root:"), encoding="utf-8")
    found = list(verify.of_lesson(module, "first-watch", marking.load(module)))
    assert any("a-root.py is asked nowhere" in one for one in found), found


@pytest.mark.parametrize(
    ("fact", "said"),
    [
        ('Fact("the shop is open", lambda open: len(open("monday-morning").spans) == 1)', "which does not hold"),
        ('Fact("the shop is closed", lambda open: True)', "not in the prose"),
    ],
)
def test_a_fact_must_be_stated_and_hold(module, fact, said):
    text = f"from watchkeeper.staff.author.writing import Fact\n\nFACTS = [{fact}]\n"
    (module.folder / "first-watch" / "facts.py").write_text(text, encoding="utf-8")
    found = list(verify.of_lesson(module, "first-watch", marking.load(module)))
    assert any(said in one for one in found), found
