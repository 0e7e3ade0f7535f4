"""pyproject.toml, the two locks, environment.yml and the other places that name versions can't drift apart."""

import ast
import itertools
import json
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import files, packages_distributions

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from tree import ROOT, tracked

from watchkeeper.commands import doctor

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
ENVIRONMENT = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
EXTRAS = PROJECT["optional-dependencies"]


def locked(name: str) -> dict[str, Requirement]:
    """The entries of a lock by package."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    entries = [Requirement(line) for line in lines if line.strip() and not line.lstrip().startswith("#")]
    return {entry.name: entry for entry in entries}


def direct(*groups: list[str]) -> Iterator[Requirement]:
    """The packages that pyproject.toml asks for itself."""
    for text in itertools.chain(*groups):
        requirement = Requirement(text)
        if requirement.name != PROJECT["name"]:
            yield requirement


def missing(lock: dict[str, Requirement], wanted: Iterator[Requirement]) -> list[str]:
    """What is asked for, and is not locked at a version that is allowed."""
    found = []
    for requirement in wanted:
        entry = lock.get(requirement.name)
        version = str(entry.specifier).removeprefix("==") if entry else ""
        if not entry or not requirement.specifier.contains(version, prereleases=True):
            found.append(f"{requirement}: {entry}")
    return found


def test_each_direct_dependency_is_locked_at_an_allowed_version() -> None:
    assert missing(locked("requirements-kit.lock"), direct(PROJECT["dependencies"])) == []
    assert missing(locked("requirements.lock"), direct(PROJECT["dependencies"], *EXTRAS.values())) == []


def test_a_dependency_that_is_not_locked_or_outside_its_range_is_noticed() -> None:
    lock = {"pandas": Requirement("pandas==2.1")}
    assert len(missing(lock, iter([Requirement("pandas>=2.2"), Requirement("rich>=1")]))) == 2


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-kit.lock"])
def test_a_lock_names_one_version_each_and_no_host(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert "://" not in text and not re.search(r"^-|^[^#]* @ ", text, re.M)
    assert [entry for entry in locked(name).values() if not re.fullmatch(r"==[^*,]+", str(entry.specifier))] == []


def test_the_kits_lock_is_a_part_of_the_whole_one() -> None:
    whole, kit = locked("requirements.lock"), locked("requirements-kit.lock")
    assert {name: str(entry.specifier) for name, entry in kit.items()} == {
        name: str(whole[name].specifier) for name in kit if name in whole
    }
    staff = {requirement.name for requirement in direct(EXTRAS["shop"], EXTRAS["dev"])}
    assert {"uvicorn", "pytest", "duckdb"} <= staff - kit.keys()


def test_environment_yml_installs_from_the_lock_and_nothing_beside_it() -> None:
    *conda, pip = ENVIRONMENT["dependencies"]
    assert pip == {"pip": ["-r requirements-kit.lock", "."]}
    python, installer = conda
    assert installer == "pip"
    assert SpecifierSet(PROJECT["requires-python"]).contains(python.removeprefix("python="))


def test_every_place_names_the_same_pythons() -> None:
    (first, last) = (".".join(map(str, version)) for version in doctor.PYTHON)
    assert PROJECT["requires-python"] == f">={first},<{last}"
    low, high = doctor.PYTHON
    assert f"{low} <= sys.version_info < {high}" in (ROOT / "Makefile").read_text(encoding="utf-8")


def test_every_place_names_the_same_edition() -> None:
    edition = PROJECT["version"]
    assert tomllib.loads((ROOT / "course" / "course.toml").read_text(encoding="utf-8"))["edition"] == edition
    assert yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))["version"] == edition
    assert f"## [{edition}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert {json.loads(key.read_text(encoding="utf-8"))["edition"] for key in tracked("release/*key.json")} == {edition}


HOUSE = ROOT / "src" / "watchkeeper"
# Which extras a folder's code may rely on besides the kit's own dependencies; the longest name that fits counts.
INSTALLS: dict[str, tuple[str, ...]] = {
    "": (),
    "shop": ("shop",),
    "staff": ("grade",),
    "staff/recorder": ("shop",),
    "staff/grade/cluster": ("grade", "cluster"),
}
# Declared and imported by none of our lines, with the reason.
NOT_IMPORTED = {
    "jupyterlab": "started as a program by watchkeeper lab",
    "python-multipart": "starlette reads forms with it",
    "matplotlib": "submissions may draw with it",
    "psycopg": "sqlalchemy opens PostgreSQL with it",
}
PROVIDES = packages_distributions()
OWNERS = {str(file): one for one in PROVIDES["opentelemetry"] for file in files(one) or []}


def install_of(folder: str) -> tuple[str, ...]:
    """The extras of the longest entry of INSTALLS that contains `folder`."""
    return INSTALLS[max((name for name in INSTALLS if f"{folder}/".startswith(f"{name}/") or not name), key=len)]


def imported(source: str) -> set[str]:
    """The packages, by their names on the index, that a module imports anywhere in it; the most specific that fits."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        found |= {one for name in names if (one := distribution(name))}
    return found


def distribution(name: str) -> str:
    """The package that a dotted module name comes from, "" for Python's own and ours."""
    top = name.split(".")[0]
    if top in sys.stdlib_module_names or top == PROJECT["name"]:
        return ""
    if top != "opentelemetry":  # one name, many packages
        return PROVIDES[top][0].lower().replace("_", "-")
    # A namespace has no package of its own: the one whose files hold the longest part of the name.
    parts = name.split(".")
    for length in range(len(parts), 1, -1):
        path = "/".join(parts[:length])
        if owner := OWNERS.get(f"{path}.py") or OWNERS.get(f"{path}/__init__.py"):
            return owner
    raise AssertionError(f"{name} comes from no installed package")


def by_install() -> dict[tuple[str, ...], set[str]]:
    """What the code of each install imports."""
    found: dict[tuple[str, ...], set[str]] = {}
    for path in HOUSE.rglob("*.py"):
        folder = path.parent.relative_to(HOUSE).as_posix().removeprefix(".")
        found.setdefault(install_of(folder), set()).update(imported(path.read_text(encoding="utf-8")))
    return found


def declared(*extras: str) -> set[str]:
    return {one.name for one in direct(PROJECT["dependencies"], *(EXTRAS[extra] for extra in extras))}


def test_every_install_declares_what_its_code_imports() -> None:
    missing = {extras: names - declared(*extras) for extras, names in by_install().items()}
    assert missing == {extras: set() for extras in INSTALLS.values()}


def test_no_install_declares_what_none_of_its_code_imports() -> None:
    used = by_install()
    unused = declared() - used[()]
    for extra in ("shop", "grade", "cluster", "postgres"):
        theirs = set().union(*(names for extras, names in used.items() if extra in extras))
        unused |= {one.name for one in direct(EXTRAS[extra])} - theirs
    assert unused == set(NOT_IMPORTED)


def test_an_import_is_traced_to_its_package() -> None:
    source = (
        "import json, pandas\ndef f():\n    from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor"
    )
    assert imported(source) == {"pandas", "opentelemetry-instrumentation-httpx"}
    assert install_of("staff/grade/cluster") == ("grade", "cluster") and install_of("plot") == ()
