"""Releases: every one of them can be deployed, is small, and names its version; what can't be used is refused."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from shop_probe import ROSTER, loaded

from watchkeeper.errors import ReleaseError, UnknownService
from watchkeeper.shop import diffs, roster
from watchkeeper.shop.models import DATABASES
from watchkeeper.shop.roster import Release, Roster, Service
from watchkeeper.staff.recorder import VERSIONS
from watchkeeper.staff.recorder.scenarios import SCENARIOS

RELEASES = [(service, release) for service in ROSTER.services.values() for release in service.releases.values()]
DIFFS = [(service, release) for service, release in RELEASES if release.diff]
IDS = [f"{service.name}-{release.version}" for service, release in DIFFS]

CHANGED = range(6, 26)  # lines that a diff removes and adds: small enough to be found by reading, too big for a slip
# These are what they are: three rewrites of how a service gets its data, one service that got a second job, and three
# changes of one thing.
OTHER_SIZES = {
    "cart-3.2.0": 71,
    "catalog-1.4.0": 52,
    "currency-1.3.0": 44,
    "checkout-2.2.0": 39,
    "checkout-2.1.0": 4,
    "shipping-1.2.2": 4,
    "frontend-2.5.0": 2,
}
HEALTHY = "one\ntwo\nthree\nfour\n"
DIFF = """What the commit message said.
diff --git a/ads.py b/ads.py
index 814f4a4..f2d3c5e 100644
--- a/ads.py
+++ b/ads.py
@@ -2,2 +2,3 @@
 two
-three
+drei
+vier
"""


def size(release: Release) -> int:
    assert release.diff
    return sum(hunk.changed for hunks in diffs.read(release.diff.read_text("utf-8")).values() for hunk in hunks)


@pytest.mark.parametrize(("service", "release"), DIFFS, ids=IDS)
def test_a_diff_gives_whole_files_of_which_one_names_the_version(service, release, tmp_path):
    folder = service.put(release.version, tmp_path)
    assert folder == tmp_path / service.name / release.version
    healthy = {path.relative_to(service.folder) for path in service.folder.rglob("*") if path.is_file()}
    ours = {path for path in healthy if path.name not in ("__init__.py", "releases.toml") and path.suffix != ".pyc"}
    assert {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()} == ours
    changed = {str(path) for path in ours if (folder / path).read_bytes() != (service.folder / path).read_bytes()}
    assert changed == set(diffs.read(release.diff.read_text("utf-8")))
    in_code = f"{service.name}.py" in changed
    code = loaded(service.name, release.version, tmp_path)
    assert (release.version if in_code else service.first) == code.VERSION


@pytest.mark.parametrize(("service", "release"), DIFFS, ids=IDS)
def test_a_diff_is_small(service, release):
    name = f"{service.name}-{release.version}"
    assert size(release) in ([OTHER_SIZES[name]] if name in OTHER_SIZES else CHANGED)


def test_other_sizes_belong_to_releases_that_need_them():
    assert set(OTHER_SIZES) <= set(IDS)
    assert not set(OTHER_SIZES.values()) & set(CHANGED)


def test_what_is_deployed_reads_like_any_other_file(tmp_path):
    for service, release in DIFFS:
        service.put(release.version, tmp_path)
    for check in (["check", "--quiet"], ["format", "--check", "--quiet"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *check, "--config", Path(__file__).parents[2] / "pyproject.toml", tmp_path],
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_a_rebuild_is_the_healthy_files(tmp_path):
    service = ROSTER.service("ads")
    assert service.put("1.6.1", tmp_path) == service.put("1.6.0", tmp_path) == tmp_path / "ads" / "1.6.0"


def test_the_shop_starts_with_the_healthy_files():
    for service in ROSTER.services.values():
        assert service.release(service.first).diff is None
        code = ast.parse((service.folder / f"{service.name}.py").read_text("utf-8"))
        assert f"VERSION = '{service.first}'" in map(ast.unparse, code.body)
        assert service.database in ("", *DATABASES)


def test_a_service_reads_in_five_minutes():
    for service in ROSTER.services.values():
        assert len((service.folder / f"{service.name}.py").read_text("utf-8").splitlines()) <= 140, service.name


def test_the_shop_itself_knows_healthy_releases_only():
    known = [release for service in Roster.read().services.values() for release in service.releases.values()]
    assert known and not [release for release in known if release.diff]


def test_every_version_with_a_diff_is_deployed_by_a_scenario():
    used = set()
    for scenario in SCENARIOS.values():
        for seed in range(4):
            used |= set(scenario.setup(seed).versions.items())
            used |= {(step.service, step.version) for step in scenario.steps(seed)}
    assert {(service.name, release.version) for service, release in DIFFS} <= used


def test_versions_are_in_order_whatever_folder_they_come_from(further):
    more = further("ads", '[releases]\n"1.10.0" = "rebuild"\n"1.5.9" = "rebuild"\n')
    assert list(Roster.read([more]).service("ads").releases) == ["1.5.9", "1.6.0", "1.6.1", "1.10.0"]
    assert list(Roster.read([more, VERSIONS]).service("ads").releases)[-2:] == ["1.7.0", "1.10.0"]


@pytest.fixture
def further(tmp_path):
    """Write a folder of further releases of one service."""

    def write(service: str, text: str, **files: str) -> Path:
        folder = tmp_path / "further" / service
        folder.mkdir(parents=True)
        for name, content in {roster.RELEASES: text, **files}.items():
            (folder / name).write_text(content, encoding="utf-8")
        return folder.parent

    return write


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[releases", "is not TOML"),
        ('first = "1.6.0"', r"no table \[releases\]"),
        ('[releases]\n"1.6.0" = "rebuild"', "another folder has already"),
        ('[releases]\n"1.x" = "rebuild"', "'1.x' is not a version like 1.4.0"),
        ('[releases]\n"../1.9" = "rebuild"', "'../1.9' is not a version"),
        ('[releases]\n"1.9.0" = "sick"', "is 'sick', not a diff next to it, nor one of: healthy, rebuild"),
    ],
)
def test_releases_that_can_not_be_used_are_refused_with_their_file(further, text, words):
    with pytest.raises(ReleaseError, match=words) as refusal:
        Roster.read([further("ads", text)])
    assert "further/ads/releases.toml" in str(refusal.value)


def test_a_folder_that_has_no_release_of_ours_is_refused(further, tmp_path):
    with pytest.raises(ReleaseError, match=r"attic has no releases.toml"):
        Roster.read([tmp_path / "attic"])
    with pytest.raises(ReleaseError, match=r"adverts/releases.toml is for a service that the shop does not have"):
        Roster.read([further("adverts", "[releases]\n")])


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ('first = "1"\n[releases]\n"1" = "healthy"', ReleaseError, "toys/releases.toml has no host"),
        ('host = "a"\nfirst = "1"\nport = 3\n[releases]\n"1" = "healthy"', ReleaseError, "means nothing: port"),
        ('host = "a"\nfirst = "2"\n[releases]\n"1" = "healthy"', UnknownService, "toys has no version '2'"),
    ],
)
def test_a_new_service_must_say_what_it_needs(tmp_path, monkeypatch, text, error, words):
    (tmp_path / "toys").mkdir()
    (tmp_path / "toys" / roster.RELEASES).write_text(text)
    monkeypatch.setattr(roster, "SERVICES", tmp_path)
    with pytest.raises(error, match=words):
        Roster.read()


def test_a_new_service_is_its_folder(tmp_path, monkeypatch):
    (tmp_path / "toys").mkdir()
    (tmp_path / "toys" / roster.RELEASES).write_text('host = "shop-9"\nfirst = "1.0"\n[releases]\n"1.0" = "healthy"\n')
    monkeypatch.setattr(roster, "SERVICES", tmp_path)
    assert Roster.read().hosts == {"toys": "shop-9", "loadgenerator": "outside-1"}


def service_with(tmp_path: Path, diff: str, healthy: str = HEALTHY) -> Service:
    folder = tmp_path / "ads"
    folder.mkdir()
    (folder / "ads.py").write_text(healthy)
    (tmp_path / "2.diff").write_text(diff)
    return Service(folder, "shop-1", "1", {"1": Release("1"), "2": Release("2", tmp_path / "2.diff")})


def test_a_diff_is_applied_where_its_lines_have_moved_to(tmp_path):
    service = service_with(tmp_path, DIFF, "zero\n" + HEALTHY)
    assert (service.put("2", tmp_path / "run") / "ads.py").read_text() == "zero\none\ntwo\ndrei\nvier\nfour\n"
    assert (service.put("1", tmp_path / "run") / "ads.py").read_text() == "zero\n" + HEALTHY


@pytest.mark.parametrize(
    ("diff", "healthy", "words"),
    [
        (DIFF, HEALTHY.replace("two", "TWO"), "the 2 lines that begin with 'two' are not in the file"),
        (DIFF, HEALTHY * 2, "the 2 lines that begin with 'two' are in the file 2 times"),
        (DIFF.replace("ads.py", "cart.py"), HEALTHY, "No such file"),
        (DIFF.replace("+2,3", "+2,4"), HEALTHY, "its last hunk is cut off"),
        (DIFF.replace("+2,3", "+2,2"), HEALTHY, "line 10 is not part of a unified diff: [+]vier"),
        (DIFF.replace("-2,2", "-2,1"), HEALTHY, "line 8 does not belong to the hunk above it: -three"),
        (DIFF.replace("-three", "three"), HEALTHY, "line 8 does not belong to the hunk above it: three"),
        (DIFF.partition("@@")[0], HEALTHY, "it has no hunks"),
        ("", HEALTHY, "it has no hunks"),
    ],
)
def test_a_diff_that_does_not_fit_is_refused_and_leaves_nothing(tmp_path, diff, healthy, words):
    service = service_with(tmp_path, diff, healthy)
    with pytest.raises(ReleaseError, match=f"2.diff does not apply to .*ads: .*{words}"):
        service.put("2", tmp_path / "run")
    assert not (tmp_path / "run").exists()
