"""Delivering into a folder with an apprentice's work: the work survives, and everything else is up to date."""

from pathlib import Path

import pytest

from watchkeeper.errors import WorkError
from watchkeeper.kit import folder as work

LESSON = "release/00-welcome/lesson.ipynb"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder into which a first edition was delivered."""
    assert work.deliver({LESSON: b"first", "datasets/monday/card.toml": b"card"}, tmp_path) == []
    return tmp_path


def test_what_nobody_changed_is_updated(folder: Path) -> None:
    assert work.deliver({LESSON: b"second"}, folder) == []
    assert (folder / LESSON).read_bytes() == b"second"


def test_work_stays_and_the_new_version_lies_beside_it(folder: Path) -> None:
    (folder / LESSON).write_bytes(b"my work")
    said = work.deliver({LESSON: b"second"}, folder)
    assert len(said) == 1 and "lesson.new.ipynb" in said[0]
    assert (folder / LESSON).read_bytes() == b"my work"
    assert (folder / LESSON).with_name("lesson.new.ipynb").read_bytes() == b"second"


def test_the_new_version_is_laid_beside_it_only_once(folder: Path) -> None:
    (folder / LESSON).write_bytes(b"my work")
    work.deliver({LESSON: b"second"}, folder)
    assert work.deliver({LESSON: b"second"}, folder) == []
    assert len(list((folder / LESSON).parent.iterdir())) == 2


def test_work_in_the_new_version_stays_as_well(folder: Path) -> None:
    (folder / LESSON).write_bytes(b"my work")
    work.deliver({LESSON: b"second"}, folder)
    (folder / LESSON).with_name("lesson.new.ipynb").write_bytes(b"more work")
    work.deliver({LESSON: b"third"}, folder)
    there = {path.name: path.read_bytes() for path in (folder / LESSON).parent.iterdir()}
    assert there == {"lesson.ipynb": b"my work", "lesson.new.ipynb": b"more work", "lesson.new-2.ipynb": b"third"}


def test_without_news_work_causes_no_sentence(folder: Path) -> None:
    (folder / LESSON).write_bytes(b"my work")
    assert work.deliver({LESSON: b"first"}, folder) == []
    assert (folder / LESSON).read_bytes() == b"my work"


def test_a_file_that_was_there_before_anything_was_delivered_is_somebodys_work(tmp_path: Path) -> None:
    work.write(tmp_path / LESSON, b"mine")
    assert len(work.deliver({LESSON: b"first"}, tmp_path)) == 1
    assert (tmp_path / LESSON).read_bytes() == b"mine"


def test_a_deleted_notebook_comes_back_fresh(folder: Path) -> None:
    (folder / LESSON).unlink()
    work.deliver({LESSON: b"first"}, folder)
    assert (folder / LESSON).read_bytes() == b"first"


def test_what_left_the_kit_leaves_the_folder_unless_it_was_changed(folder: Path) -> None:
    (folder / LESSON).write_bytes(b"my work")
    work.deliver({}, folder)
    assert (folder / LESSON).read_bytes() == b"my work"
    assert not (folder / "datasets/monday").exists()


def test_a_damaged_manifest_stops_with_a_sentence(folder: Path) -> None:
    (folder / work.MANIFEST).write_text("{")
    with pytest.raises(WorkError, match="is damaged"):
        work.deliver({LESSON: b"second"}, folder)


def test_the_kit_is_found_from_inside_and_from_the_repository(kit: Path) -> None:
    inside = kit / "release" / "00-welcome"
    assert work.kit_at(inside) == kit
    work.write(kit.parent / "course" / "course.toml", b"")
    kit.rename(kit.parent / "work")
    assert work.kit_at(kit.parent) == kit.parent / "work"
    assert work.repository(kit.parent) == kit.parent
    assert work.repository(kit.parent / "work" / "release") is None


def test_outside_of_a_kit_a_sentence_says_where_to_go(tmp_path: Path) -> None:
    with pytest.raises(WorkError, match="Go to the folder you unpacked"):
        work.kit_at(tmp_path)
