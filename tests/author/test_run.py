"""The whole set through papermill: what counts as good, and that another school's recordings will do."""

from pathlib import Path

import pytest

from watchkeeper.staff.author import course as courses
from watchkeeper.staff.author import run
from watchkeeper.staff.author.run import Tally
from watchkeeper.staff.errors import BuildError

ROOT = Path(__file__).parent.parent.parent
COURSE = courses.read(ROOT)


def only(module):
    """The course with one module, so that a test runs one notebook."""
    return courses.Course(COURSE.root, COURSE.title, COURSE.edition, (COURSE.module(module),))


def quiet(_):
    pass


def test_the_reference_reaches_every_point_on_another_schools_recordings():
    """The key is recomputed from them: with the committed one the answers would be wrong."""
    (tally,) = run.run(only("00-welcome"), "reference", ROOT / "datasets" / "held-back", say=quiet)
    assert run.problems([tally], "reference") == []
    assert tally.reached == tally.possible == 7


def test_an_untouched_release_runs_to_its_end_without_a_point():
    (tally,) = run.run(only("00-welcome"), "release", ROOT / "datasets", say=quiet)
    assert run.problems([tally], "release") == []
    assert tally.reached == 0 and set(tally.words.values()) == {"not attempted"}


@pytest.mark.parametrize(
    "kind, tally, says",
    [
        ("reference", Tally("a", {"q": "not yet"}, 0, 1), ["a, q: not yet, not passed", "a reaches 0 of 1 points"]),
        ("release", Tally("a", {"q": "passed"}, 1, 1), ["a, q: passed, not not attempted"]),
        ("reference", Tally("a", {"q": "passed"}, 1, 1, ["ValueError: x"]), ["a stopped: ValueError: x"]),
        ("release", Tally("a"), ["a has not checked anything"]),
    ],
)
def test_what_is_wrong_with_a_run_is_said(kind, tally, says):
    assert run.problems([tally], kind) == says


def test_a_set_that_does_not_exist_is_a_sentence():
    with pytest.raises(BuildError, match="'reference' or 'release'"):
        run.run(COURSE, "solutions", ROOT / "datasets", say=quiet)
