"""What tests of several rooms share: the course as it stands in this repository."""

from pathlib import Path

import pytest

from watchkeeper.build import course

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def the_course():
    return course.read(ROOT)
