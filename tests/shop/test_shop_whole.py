"""A school's whole set in one run: what is missing is recorded, what is there is kept, nothing is replaced silently."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
import tomli_w
from typer.testing import CliRunner

from watchkeeper.commands import app
from watchkeeper.errors import RecordingError, ShopError, WatchkeeperError
from watchkeeper.staff.errors import RecordingSpoilt
from watchkeeper.staff.recorder import compose, whole
from watchkeeper.staff.recorder import record as recorder
from watchkeeper.staff.recorder.scenarios import SCENARIOS

ROOT = Path(__file__).parents[2]
EVERY = {one.recording for one in SCENARIOS.values()} | {compose.NAME}


class Recorder:
    """Writes a card and nothing else; `spoilt` are the recordings that it can't make."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.made: list[str] = []
        self.spoilt: set[str] = set()
        monkeypatch.setattr(whole, "record", self.record)
        monkeypatch.setattr(whole, "compose", self.compose)

    def record(self, name, seed, out, recording, public, seconds, rate, store_url, replace) -> Path:
        return self.write(out / SCENARIOS[name].recording, seed, public, replace)

    def compose(self, seed, out, datasets, private, replace) -> Path:
        assert out == datasets and {path.name for path in out.iterdir()} >= EVERY - {compose.NAME}
        return self.write(out / compose.NAME, seed, not private, replace)

    def write(self, folder: Path, seed: int, public: bool, replace: bool) -> Path:
        recorder.refuse_existing(folder, replace)
        if folder.name in self.spoilt:
            raise RecordingSpoilt("This machine was too busy to record.")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "card.toml").write_text(tomli_w.dumps({"name": folder.name, "seed": seed}), encoding="utf-8")
        if not public:
            (folder / "private.toml").write_text("", encoding="utf-8")
        self.made.append(f"{folder.parent.name}/{folder.name}")
        return folder


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Recorder:
    monkeypatch.chdir(tmp_path)
    return Recorder(monkeypatch)


def typed(line: str, code: int = 0) -> str:
    done = CliRunner().invoke(app(), line.split())
    assert done.exit_code == code, f"{done.output}\n{done.exception!r}"
    return done.output


def test_one_command_records_both_sets_and_says_how_long_it_takes(made: Recorder, tmp_path: Path) -> None:
    said = typed("record --all --seed 20261")
    for folder, private in (("my-recordings", 0), ("my-held-back", len(EVERY))):
        assert {path.name for path in (tmp_path / folder).iterdir()} == EVERY
        assert len(list((tmp_path / folder).glob("*/private.toml"))) == private
    first, estimate, *rest = said.splitlines()
    assert first == f"{2 * len(EVERY)} recordings with the seeds 20261 (in my-recordings) and 20262 (in my-held-back)."
    assert re.fullmatch(r"This takes about \d h( \d+ min)?\. Leave the machine alone meanwhile\.", estimate)
    assert rest[0].startswith(f"1 of {2 * len(EVERY)}: recorded my-recordings/") and rest[0].endswith(" left")
    assert rest[-2] == f"{2 * len(EVERY)} of {2 * len(EVERY)}: recorded my-held-back/three-weeks"
    assert rest[-1] == f"All {2 * len(EVERY)} are there."


@pytest.mark.parametrize(
    "gone", [["my-recordings/tuesday-lunch"], ["my-held-back/three-weeks", "my-held-back/sunday-night"]]
)
def test_a_run_that_was_interrupted_continues(made: Recorder, tmp_path: Path, gone: list[str]) -> None:
    typed("record --all --seed 5")
    for name in gone:
        shutil.rmtree(tmp_path / name)
    made.made.clear()
    said = typed("record --all --seed 5")
    assert sorted(made.made) == sorted(gone)
    assert f"{2 * len(EVERY) - len(gone)} are there already and are kept." in said


def test_an_interrupted_replacement_continues_too(made: Recorder, tmp_path: Path) -> None:
    typed("record --all --seed 5")
    made.spoilt = {"tuesday-lunch"}
    typed("record --all --seed 7 --replace", code=1)
    made.spoilt, made.made = set(), []
    typed("record --all --seed 7 --replace")
    assert sorted(made.made) == sorted(
        f"{set_}/{name}" for set_ in ("my-recordings", "my-held-back") for name in ("tuesday-lunch", "three-weeks")
    )


@pytest.mark.parametrize("place", ["my-recordings/monday-morning", "my-held-back/three-weeks"])
def test_nothing_is_recorded_if_something_else_is_in_the_way(made: Recorder, tmp_path: Path, place: str) -> None:
    made.write(tmp_path / place, 99, True, False)
    made.made.clear()
    assert f"{place} is another recording: its seed is 99" in typed("record --all --seed 5", code=1)
    (tmp_path / place / "card.toml").unlink()
    assert f"{place} exists and is not a recording" in typed("record --all --seed 5 --replace", code=1)
    assert made.made == []


def test_a_private_recording_is_not_taken_for_a_public_one(made: Recorder, tmp_path: Path) -> None:
    made.write(tmp_path / "my-recordings" / "monday-morning", 5, False, False)
    assert "with a private card" in typed("record --all --seed 5", code=1)


def test_a_spoilt_recording_costs_only_itself_and_the_series_that_needs_it(made: Recorder) -> None:
    made.spoilt = {"quiet-sunday"}
    said = typed("record --all --seed 5", code=1)
    assert len(made.made) == 2 * len(EVERY) - 4
    assert "my-recordings/quiet-sunday was not recorded: This machine was too busy" in said
    assert "my-held-back/three-weeks is composed of the others, and my-held-back/quiet-sunday is missing" in said
    assert "4 recordings could not be made" in said and "Type the same command again" in said


def test_a_machine_that_can_not_record_is_not_tried_for_hours(made: Recorder) -> None:
    made.spoilt = EVERY
    said = typed("record --all --seed 5", code=1)
    assert said.count("was not recorded") == whole.IN_A_ROW and "in a row" in said


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("record", "watchkeeper record --all"),
        ("record nothing-wrong --all", "Name one scenario, or record all"),
        ("record --all --name x", "are for one scenario"),
        ("record --all --private", "are for one scenario"),
        ("record nothing-wrong --held-back x", "--held-back is for --all"),
        ("record --all --out x --held-back ./x", "can't hold both sets"),
        ("record no-such", "nothing-wrong"),
    ],
)
def test_what_does_not_go_together_is_a_sentence(made: Recorder, line: str, said: str) -> None:
    assert said in typed(line, code=1) and made.made == []


def test_the_scenarios_are_listed_with_their_recordings_and_so_are_they_in_the_handbook() -> None:
    rows = {tuple(line.split()[:2]) for line in typed("record --list").splitlines()[2:]}
    assert rows == {(one.name, one.recording) for one in SCENARIOS.values()}
    page = (ROOT / "handbook" / "scenarios.md").read_text(encoding="utf-8")
    written = set(re.findall(r"^\| `([\w-]+)` \| `([\w-]+)` \|", page, re.M))
    assert written == {(one.recording, one.name) for one in SCENARIOS.values()}


def test_a_recording_is_not_replaced_unless_told(tmp_path: Path) -> None:
    (tmp_path / "monday-morning").mkdir()
    (tmp_path / "monday-morning" / "card.toml").write_text("", encoding="utf-8")
    with pytest.raises(WatchkeeperError, match=r"monday-morning is there already.*--replace.*--name"):
        recorder.record("nothing-wrong", seed=1, out=tmp_path)
    (tmp_path / compose.NAME).mkdir()
    (tmp_path / compose.NAME / "card.toml").write_text("", encoding="utf-8")
    with pytest.raises(WatchkeeperError, match=r"three-weeks is there already.*--replace"):
        compose.compose(1, tmp_path, ROOT / "datasets")


@pytest.mark.parametrize("missing", [["saturday-orders"], ["monday-morning", "sunday-night"]])
def test_a_series_says_which_recording_is_missing_where_and_how_to_get_it(tmp_path: Path, missing: list[str]) -> None:
    for path in (ROOT / "datasets").iterdir():
        if path.name not in missing and path.is_dir():
            (tmp_path / "mine" / path.name).mkdir(parents=True)
            (tmp_path / "mine" / path.name / "card.toml").touch()
    with pytest.raises(RecordingError) as raised:
        compose.compose(1, tmp_path, tmp_path / "mine")
    assert str(raised.value).startswith(f"{tmp_path / 'mine'} lacks {', '.join(missing)}, ")
    command = str(raised.value).partition("watchkeeper ")[2]
    scenario = next(one.name for one in SCENARIOS.values() if one.recording == missing[0])
    assert command == f'record {scenario} --seed 1 --out "{tmp_path / "mine"}"'


class Stopped:
    """A shop that fails while it is recorded."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def __call__(self, **_: object) -> None:
        raise self.error


@pytest.mark.parametrize(
    ("error", "share", "kind", "said"),
    [
        (
            RecordingSpoilt("x."),
            0.97,
            RecordingSpoilt,
            r"x\. This machine was too busy to record\. Meanwhile its \d+ cores? were 97% busy",
        ),
        (
            RecordingSpoilt("x."),
            0.31,
            RecordingSpoilt,
            r"x\. The machine was not too busy\. Meanwhile its \d+ cores? were 31% busy",
        ),
        (ShopError("x."), 0.97, RecordingSpoilt, r"too busy to record.*Close other programs"),
        (ShopError("x."), 0.31, ShopError, r"^x\.$"),
    ],
)
def test_it_says_whether_the_machine_was_too_busy(monkeypatch, tmp_path, error, share, kind, said) -> None:
    monkeypatch.setattr(recorder.Shop, "start", Stopped(error))
    monkeypatch.setattr(recorder.Busy, "share", lambda *_: share)
    with pytest.raises(kind, match=said):
        recorder.record("nothing-wrong", seed=1, out=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_busy_is_the_share_of_time_in_which_something_ran() -> None:
    assert recorder.Busy(100.0, 100.0).share(recorder.Busy(130.0, 110.0)) == 0.75
    assert recorder.Busy(100.0, 100.0).share(recorder.Busy(100.0, 100.0)) == 0.0
    assert 0 <= recorder.Busy(0.0, 0.0).share(recorder.Busy.now()) <= 1


def test_a_load_that_never_ends_is_said_with_numbers(monkeypatch, tmp_path) -> None:
    class Endless:
        def status(self):
            return {"services": {}}

        def load(self, *_):
            pass

        def load_runs(self):
            return True

    monkeypatch.setattr(recorder, "wait_until", lambda condition, seconds: False)
    order = recorder.Order(SCENARIOS["nothing-wrong"], 1, "x", True, 0.0, 1.0)
    with pytest.raises(RecordingSpoilt, match=r"15 s after the last shopper arrived.*Nothing was kept\."):
        recorder.run(Endless(), order)
