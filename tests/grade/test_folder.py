"""A cohort's folder outside the repository: the small configuration that lets nbgrader's own programs work there."""

from __future__ import annotations

from pathlib import Path

from traitlets.config import PyFileConfigLoader

from watchkeeper.staff.grade.nbgrader import folder
from watchkeeper.staff.grade.settings import CONFIGURATION

ROOT = Path(__file__).parents[2]


def test_it_is_the_courses_configuration_with_the_cohorts_folder(tmp_path):
    here = tmp_path / "a 'quoted' folder"
    assert folder.configure(ROOT, here) == here / CONFIGURATION
    found = PyFileConfigLoader(CONFIGURATION, path=str(here)).load_config()
    own = PyFileConfigLoader(CONFIGURATION, path=str(ROOT)).load_config()
    assert found.CourseDirectory.root == str(here) and own.CourseDirectory.root == str(ROOT)
    for config in (found, own):
        del config.CourseDirectory["root"]
    assert found == own and found.Judge.root == str(ROOT)


def test_in_the_repository_nothing_is_written():
    before = (ROOT / CONFIGURATION).read_bytes()
    assert folder.configure(ROOT, ROOT / "course" / "..") is None
    assert (ROOT / CONFIGURATION).read_bytes() == before


def test_a_schools_own_configuration_stays_and_ours_is_rewritten(tmp_path):
    path = tmp_path / CONFIGURATION
    path.write_text("c = get_config()\n")
    assert folder.configure(ROOT, tmp_path) is None and path.read_text() == "c = get_config()\n"
    path.unlink()
    folder.configure(tmp_path / "moved", tmp_path)
    folder.configure(ROOT, tmp_path)
    assert str(ROOT) in path.read_text() and "moved" not in path.read_text()
