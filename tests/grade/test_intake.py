"""Submissions come from everywhere and may be hostile: they get the right student, are complete, and are never lost."""

from __future__ import annotations

import json
import os
import random
import stat
import zipfile
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest

from watchkeeper.kit.archive import slug
from watchkeeper.staff.errors import IntakeError
from watchkeeper.staff.grade import intake
from watchkeeper.staff.grade.intake import Refused, Taken, disk, entries, names

MODULES = {"00-welcome": {"first-watch"}, "01-critical-path": {"read-one-request", "what-could-leave"}}
NOW = datetime(2026, 6, 1, tzinfo=UTC)
NOTEBOOK = json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()
OTHER = NOTEBOOK + b"\n"


def packed(files, pack=zipfile.ZIP_DEFLATED):
    """A zip of `files`: name (or ZipInfo) to content."""
    made = BytesIO()
    with zipfile.ZipFile(made, "w", pack) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


def about(name="Ada Lovelace", module="00-welcome", time="2026-05-01T10:00:00+00:00"):
    return json.dumps({"format": 1, "name": name, "module": module, "time": time}).encode()


def handed_in(name="Ada Lovelace", module="00-welcome", time="2026-05-01T10:00:00+00:00", notebook=NOTEBOOK, **more):
    """An archive like those of `watchkeeper submit`, only smaller."""
    folder = f"{slug(name)}/{module}"
    lesson = sorted(MODULES[module])[0]
    files = {f"{folder}/{lesson}.ipynb": notebook, f"{folder}/submission.json": about(name, module, time)}
    return packed(files | {f"{folder}/{key}": content for key, content in more.items()})


@pytest.fixture
def school(tmp_path):
    """`school(files)` puts files into a source folder (or one archive there) and takes it in."""
    submitted = tmp_path / "submitted"

    def run(files):
        source = tmp_path / "source"
        if isinstance(files, bytes):
            source = tmp_path / "all.zip"
            source.write_bytes(files)
        else:
            for name, content in files.items():
                (source / name).parent.mkdir(parents=True, exist_ok=True)
                (source / name).write_bytes(content)
        return intake.take_in(source, submitted, MODULES, now=NOW)

    run.submitted, run.source = submitted, tmp_path / "source"
    run.source.mkdir()
    return run


def there(folder):
    """Every file below a folder, by name."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def who(results):
    assert all(isinstance(one, Taken) for one in results), results
    return [(one.student, one.module) for one in results]


def said(results):
    return " ".join(one.why if isinstance(one, Refused) else " ".join(one.notes) for one in results)


def test_what_submit_writes_is_taken_in(school, tmp_path):
    from watchkeeper.kit import folder as work
    from watchkeeper.kit import submission

    kit = tmp_path / "kit"
    (kit / "release" / "00-welcome").mkdir(parents=True)
    (kit / work.MANIFEST).parent.mkdir()
    (kit / work.MANIFEST).write_text("{}")
    (kit / "release" / "00-welcome" / "first-watch.ipynb").write_bytes(NOTEBOOK)
    written = submission.submit("00-welcome", "Łucja O'Neil", kit, kit, datetime(2026, 5, 1, 10, tzinfo=UTC))
    (taken,) = school({"x.zip": written.path.read_bytes()})
    assert taken == Taken("łucja-o-neil", "00-welcome", school.submitted / "łucja-o-neil" / "00-welcome")
    found = intake.read(school.submitted, "łucja-o-neil", "00-welcome")
    assert found.files["first-watch.ipynb"] == NOTEBOOK and found.notes == ()
    assert found.files["timestamp.txt"] == b"2026-05-01 10:00:00 UTC\n"
    assert found.time == datetime(2026, 5, 1, 10, tzinfo=UTC)


WIDE, PLAIN = "\u0639\u0644\u06cc\u200c\u0631\u0636\u0627\u3000b", "\u0639\u0644\u06cc\u0631\u0636\u0627-b"
MOODLE, CANVAS = "Ada Lovelace_{}_assignsubmission_file_", "lovelaceada_{}123_4567_"
LAYOUTS = {
    "a zip by itself": (handed_in(), "ada-lovelace", True),
    "a folder of zips": ({"ada.zip": handed_in()}, "ada-lovelace", True),
    "a zip of zips": (packed({"all/ada.zip": handed_in()}), "ada-lovelace", True),
    "Moodle, folders": (packed({f"{MOODLE.format(12)}/submission.zip": handed_in()}), "ada-lovelace", True),
    "Moodle, flat": (packed({f"{MOODLE.format(12)}submission.zip": handed_in()}), "ada-lovelace", True),
    "Moodle, unpacked": ({f"{MOODLE.format(12)}/submission.zip": handed_in()}, "ada-lovelace", True),
    "Moodle, a notebook": (packed({f"{MOODLE.format(12)}/first-watch (2).ipynb": NOTEBOOK}), "ada-lovelace", False),
    "Canvas": (packed({f"{CANVAS.format('')}submission-00-welcome-ada.zip": handed_in()}), "lovelaceada", True),
    "Canvas, late": (packed({f"{CANVAS.format('LATE_')}s.zip": handed_in()}), "lovelaceada", True),
    "Canvas, a notebook": (packed({f"{CANVAS.format('')}first-watch-1.ipynb": NOTEBOOK}), "lovelaceada", False),
    "nbgrader": ({"Ada.L/00-welcome/first-watch.ipynb": NOTEBOOK}, "Ada.L", False),
    "nbgrader, zipped": (packed({"submitted/ada/00-welcome/first-watch.ipynb": NOTEBOOK}), "ada", False),
    "exchange": ({"ada+00-welcome+2026-05-01 10:00:00 UTC+c29tZQ==/first-watch.ipynb": NOTEBOOK}, "ada", True),
    "packed by hand": (
        {"z.zip": packed({"first-watch.ipynb": NOTEBOOK, "submission.json": about()})},
        "ada-lovelace",
        True,
    ),
    "joiners, wide spaces": ({f"{WIDE}_1_assignsubmission_file_/first-watch.ipynb": NOTEBOOK}, PLAIN, False),
    "by Windows": ({"z.zip": packed({"ada\\00-welcome\\first-watch.ipynb": NOTEBOOK})}, "ada", False),
}


@pytest.mark.parametrize("files, student, timed", LAYOUTS.values(), ids=LAYOUTS)
def test_every_layout_is_taken_in_and_again_changes_nothing(school, files, student, timed):
    results = school(files)
    assert who(results) == [(student, "00-welcome")] and results[0].is_new
    found = intake.read(school.submitted, student, "00-welcome")
    assert [content for name, content in found.files.items() if name.endswith(".ipynb")] == [NOTEBOOK]
    assert (found.time is not None) is timed
    before = there(school.submitted)
    again = school(files)
    assert who(again) == [(student, "00-welcome")] and not again[0].is_new and "there already" in said(again)
    assert there(school.submitted) == before


def test_taking_in_the_submitted_folder_itself_changes_nothing(school):
    school({"ada.zip": handed_in()})
    before = there(school.submitted)
    (again,) = intake.take_in(school.submitted, school.submitted, MODULES, now=NOW)
    assert not again.is_new and there(school.submitted) == before


@pytest.mark.parametrize(
    "files, student",
    [
        (packed({"Ben_7_assignsubmission_file_/s.zip": handed_in("Ada Lovelace")}), "ben"),
        (packed({"benb_7_8_s.zip": handed_in("Ada Lovelace")}), "benb"),
        (
            {
                "ben+00-welcome+2026-05-01 10:00:00 UTC/submission.json": about(),
                "ben+00-welcome+2026-05-01 10:00:00 UTC/first-watch.ipynb": NOTEBOOK,
            },
            "ben",
        ),
        ({"ben/00-welcome/submission.json": about(), "ben/00-welcome/first-watch.ipynb": NOTEBOOK}, "ben"),
    ],
    ids=["Moodle", "Canvas", "exchange", "nbgrader"],
)
def test_no_one_can_submit_under_another_name(school, files, student):
    results = school(files)
    assert who(results) == [(student, "00-welcome")]
    assert "names Ada Lovelace" in said(results) and "which counts" in said(results)


def test_an_apprentices_archive_can_not_imitate_an_lms(school):
    inner = packed({"Ada Lovelace_1_assignsubmission_file_/00-welcome/first-watch.ipynb": NOTEBOOK})
    results = school(packed({"Ben_7_assignsubmission_file_/s.zip": inner}))
    assert who(results) == [("ben", "00-welcome")]
    folder = "Ada Lovelace_1_assignsubmission_file_/00-welcome"
    mine = packed({f"{folder}/first-watch.ipynb": OTHER, f"{folder}/submission.json": about("Eve")})
    assert who(school({"s.zip": mine})) == [("eve", "00-welcome")]


def test_a_later_one_replaces_the_first_and_nothing_is_lost(school):
    first, second = handed_in(), handed_in(time="2026-05-02T10:00:00+00:00", notebook=OTHER)
    results = school({"ada.zip": first, "ada_2.zip": second})
    assert [one.is_new for one in results] == [True, True]
    assert "ada_2.zip is later and replaces the earlier one (from ada.zip)" in said(results[1:])
    files = there(school.submitted)
    assert files["ada-lovelace/00-welcome/first-watch.ipynb"] == OTHER
    assert files[".replaced/ada-lovelace/00-welcome/1/first-watch.ipynb"] == NOTEBOOK
    again = school({})
    assert [one.is_new for one in again] == [False, False] and there(school.submitted) == files


def test_an_earlier_one_is_refused_with_both_times(school):
    late, early = handed_in(time="2026-05-02T10:00:00+00:00"), handed_in(notebook=OTHER)
    taken, refused = school({"ada.zip": late, "ada_2.zip": early})
    assert isinstance(taken, Taken) and isinstance(refused, Refused) and refused.what == "ada_2.zip"
    assert "of 2026-05-02 10:00:00 UTC" in refused.why and "2026-05-01" in refused.why and "ada.zip" in refused.why
    assert there(school.submitted)["ada-lovelace/00-welcome/first-watch.ipynb"] == NOTEBOOK


def test_a_time_in_the_future_replaces_nothing(school):
    results = school({"a.zip": handed_in(), "a_2.zip": handed_in(time="2999-01-01T00:00:00+00:00", notebook=OTHER)})
    assert isinstance(results[1], Refused) and "does not say its time" in results[1].why


def info(name, mode=0o100644):
    made = zipfile.ZipInfo(name)
    made.create_system, made.external_attr = 3, mode << 16
    return made


@pytest.mark.parametrize(
    "entry, reason",
    [
        ("../../out.txt", "leads out"),
        ("/out.txt", "leads out"),
        ("..\\..\\out.txt", "leads out"),
        ("C:\\out.txt", "leads out"),
        ("ada/00-welcome/../../../out.txt", "leads out"),
        (info("ada/00-welcome/link", stat.S_IFLNK | 0o777), "link or a device"),
        (info("ada/00-welcome/device", stat.S_IFCHR | 0o666), "link or a device"),
        (info("ada/00-welcome/pipe", stat.S_IFIFO | 0o666), "link or a device"),
        ("ada/00-welcome/a\nb.txt", "characters"),
        ("ada/00-welcome/a|b", "characters"),
        ("ada/00-welcome/" + "n" * 200, "too long"),
        ("ada/00-welcome" + "/n" * 20, "too long"),
        ("ada/00-welcome/FIRST-watch.ipynb", "already taken"),
        ("ada/00-welcome/first-watch.ipynb/x", "already taken"),
    ],
)
def test_hostile_entries_are_left_out_and_the_rest_counts(school, tmp_path, entry, reason):
    results = school({"a.zip": packed({"ada/00-welcome/first-watch.ipynb": NOTEBOOK, entry: b"/etc/passwd"})})
    assert who(results) == [("ada", "00-welcome")] and reason in said(results)
    assert there(school.submitted) == {"ada/00-welcome/first-watch.ipynb": NOTEBOOK}
    assert {path.name for path in tmp_path.iterdir()} == {"source", "submitted"}


def encrypted():
    content = bytearray(handed_in())
    for mark, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        place = content.find(mark)
        while place >= 0:
            content[place + at] |= 1
            place = content.find(mark, place + 4)
    return bytes(content)


def lying_listing():
    """The end of an archive that claims to have a list of files as long as memory."""
    content = bytearray(handed_in())
    end = content.rfind(b"PK\5\6")
    content[end + 12 : end + 16] = (2**32 - 2).to_bytes(4, "little")
    return bytes(content)


REFUSED = {
    "encrypted": (encrypted, "encrypted"),
    "no zip": (lambda: b"PK\3\4 not really", "not a zip archive"),
    "empty": (lambda: b"", "not a zip archive"),
    "cut off": (lambda: handed_in()[:-40], "not a zip archive"),
    "a long listing": (lying_listing, "list of files is too long"),
    "a bomb": (lambda: handed_in(bomb=b"\0" * (disk.BYTES + 1)), "unpacks to more than"),
    "many files": (lambda: handed_in(**{f"f{n}": b"" for n in range(disk.FILES)}), "more than 200"),
    "no notebook": (lambda: packed({"ada/00-welcome/a.txt": b"x"}), "no notebook"),
    "nothing": (lambda: packed({}), "no notebook"),
    "no name": (lambda: packed({"first-watch.ipynb": NOTEBOOK}), "whose it is"),
    "the name in the notebook": (lambda: handed_in("Your name"), "whose it is"),
    "another course's notebook": (lambda: packed({"homework.ipynb": NOTEBOOK}), "not from the course"),
    "a damaged notebook": (
        lambda: packed({"a/00-welcome/first-watch.ipynb": NOTEBOOK}, zipfile.ZIP_STORED).replace(
            b'"cells"', b'"CELLS"'
        ),
        "first-watch.ipynb is damaged",
    ),
    "zips in zips": (lambda: packed({"a.zip": packed({"b.zip": packed({"c.zip": handed_in()})})}), "an archive in"),
}


@pytest.mark.parametrize("make, reason", REFUSED.values(), ids=REFUSED)
def test_what_can_not_be_taken_in_is_refused_and_the_rest_is_taken(school, make, reason):
    results = school({"a.zip": make(), "b.zip": handed_in("Ben")})
    assert [type(one) for one in results] == [Refused, Taken], results
    assert reason in results[0].why and results[0].why.endswith(".") and results[1].student == "ben"
    assert {path.name for path in school.submitted.iterdir()} == {"ben"}


def test_bytes_are_counted_whatever_the_header_says(school, monkeypatch):
    monkeypatch.setattr(disk, "BYTES", 10_000)
    content = bytearray(handed_in(bomb=b"\0" * 100_000))
    content = content.replace((100_000).to_bytes(4, "little"), (100).to_bytes(4, "little"))
    results = school({"a.zip": bytes(content)})
    assert len(results) == 1 and not (school.submitted / "ada-lovelace" / "00-welcome" / "bomb").exists()


def test_a_damaged_file_is_left_out_and_the_notebook_counts(school):
    files = {"ada/00-welcome/first-watch.ipynb": NOTEBOOK, "ada/00-welcome/data.csv": b"whole"}
    raw = packed(files, zipfile.ZIP_STORED)
    results = school({"a.zip": raw.replace(b"whole", b"wrong", 1)})
    assert who(results) == [("ada", "00-welcome")] and "data.csv is damaged" in said(results)


def test_links_in_a_folder_are_not_followed(school, tmp_path):
    (tmp_path / "secret.zip").write_bytes(handed_in("Eve"))
    (school.source / "eve.zip").symlink_to(tmp_path / "secret.zip")
    (school.source / "ada" / "00-welcome").mkdir(parents=True)
    (school.source / "ada" / "00-welcome" / "passwd").symlink_to("/etc/passwd")
    os.mkfifo(school.source / "ada" / "00-welcome" / "pipe")
    (school.source / "ada" / "loop").symlink_to(school.source)
    results = school({"ada/00-welcome/first-watch.ipynb": NOTEBOOK})
    taken = [one for one in results if isinstance(one, Taken)]
    assert [one.student for one in taken] == ["ada"] and "passwd is left out" in said(taken)
    assert sorted(one.what for one in results if isinstance(one, Refused)) == ["ada/loop", "eve.zip"]
    assert list(there(school.submitted)) == ["ada/00-welcome/first-watch.ipynb"]


def test_a_stray_file_is_named(school):
    results = school({"notes.txt": b"", "a.zip": handed_in()})
    assert [one.what for one in results if isinstance(one, Refused)] == ["notes.txt"]


def test_the_graders_own_folders_are_not_submissions(school):
    results = school(
        {"autograded/ada/00-welcome/first-watch.ipynb": OTHER, "submitted/ada/00-welcome/first-watch.ipynb": NOTEBOOK}
    )
    assert [(one.student, one.is_new) for one in results if isinstance(one, Taken)] == [("ada", True)]
    assert there(school.submitted) == {"ada/00-welcome/first-watch.ipynb": NOTEBOOK}


@pytest.mark.parametrize(
    "name, folder",
    [
        ("a+b", "a-b"),
        (".hidden", "hidden"),
        ("CON", "con-1"),
        ("two words", "two-words"),
        ("-", ""),
        ("ada", "ada"),
        ("s123@example.org", "s123@example.org"),
        ("š" * 100, "š" * 60),
        ("𝔞" * 59, "𝔞" * 30),
        ("..", ""),
    ],
)
def test_a_students_folder(name, folder):
    found, note = names.student(name)
    assert (found, bool(note)) == (folder, folder != name)


def test_two_of_one_name_are_told_apart_by_the_lms(school):
    files = {f"Ada Lovelace_{number}_assignsubmission_file_/s.zip": handed_in() for number in (11, 22)}
    results = school(packed(files))
    assert who(results) == [("ada-lovelace-11", "00-welcome"), ("ada-lovelace-22", "00-welcome")]


def test_an_interrupted_intake_is_repaired_by_the_next(school):
    school({"a.zip": handed_in()})
    incoming = school.submitted / disk.INCOMING
    (incoming / "3.half" / "x").mkdir(parents=True)  # being written
    (incoming / "file").write_bytes(b"")
    (incoming / "ben+00-welcome").mkdir()  # complete; the one that it replaces was moved already
    (incoming / "ben+00-welcome" / "first-watch.ipynb").write_bytes(NOTEBOOK)
    (incoming / "ada-lovelace+00-welcome").mkdir()  # complete; the one that it replaces is still there
    school({})
    assert not incoming.exists()
    assert set(there(school.submitted)) == {
        "ben/00-welcome/first-watch.ipynb",
        "ada-lovelace/00-welcome/first-watch.ipynb",
        "ada-lovelace/00-welcome/submission.json",
        "ada-lovelace/00-welcome/timestamp.txt",
    }


@pytest.mark.parametrize("step", ["_written", "_move_in"])
def test_stopped_at_any_step_nothing_is_half_made_or_lost(school, monkeypatch, step):
    school({"a.zip": handed_in()})
    with monkeypatch.context() as patch:

        def stop(*_):
            raise KeyboardInterrupt

        patch.setattr(disk.Store, step, stop)
        with pytest.raises(KeyboardInterrupt):
            school({"a_2.zip": handed_in(time="2026-05-02T10:00:00+00:00", notebook=OTHER)})
    assert NOTEBOOK in there(school.submitted).values()
    school({})
    assert there(school.submitted)["ada-lovelace/00-welcome/first-watch.ipynb"] == OTHER


def test_two_intakes_do_not_work_at_the_same_time(school):
    with disk.Store(school.submitted), pytest.raises(IntakeError, match="Another intake"):
        school({"a.zip": handed_in()})


def test_a_link_in_submitted_is_not_written_through(school, tmp_path):
    school.submitted.mkdir()
    (tmp_path / "elsewhere").mkdir()
    (school.submitted / "ada-lovelace").symlink_to(tmp_path / "elsewhere")
    results = school({"a.zip": handed_in()})
    assert isinstance(results[0], Refused) and "is a link" in results[0].why
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_read_takes_regular_files_only_within_the_caps(tmp_path, monkeypatch):
    monkeypatch.setattr(disk, "BYTES", 100)
    folder = tmp_path / "ada" / "00-welcome"
    (folder / ".hidden").mkdir(parents=True)
    (folder / ".hidden" / "x").write_bytes(b"x")
    (folder / "big").write_bytes(b"x" * 101)
    (folder / "a.ipynb").write_bytes(NOTEBOOK[:50])
    (tmp_path / "secret").write_bytes(b"secret")
    (folder / "link").symlink_to(tmp_path / "secret")
    (folder / "up").symlink_to(tmp_path)
    os.mkfifo(folder / "pipe")
    (folder / "timestamp.txt").write_bytes(b"yesterday")
    found = intake.read(tmp_path, "ada", "00-welcome")
    assert set(found.files) == {"a.ipynb", "timestamp.txt"} and found.time is None
    assert {note.split()[0] for note in found.notes} == {"big", "its", "link", "pipe"}
    assert intake.read(tmp_path, "nobody", "00-welcome").files == {}
    with pytest.raises(IntakeError, match="can't be a submission"):
        intake.read(tmp_path, "..", "00-welcome")


def test_read_does_not_follow_a_students_link(tmp_path):
    (tmp_path / "ada" / "00-welcome").mkdir(parents=True)
    (tmp_path / "ada" / "00-welcome" / "a.ipynb").write_bytes(NOTEBOOK)
    (tmp_path / "ben").symlink_to(tmp_path / "ada")
    found = intake.read(tmp_path, "ben", "00-welcome")
    assert not found.files and "link" in found.notes[0]


def test_no_source_is_a_sentence(tmp_path):
    with pytest.raises(IntakeError, match="does not exist"):
        intake.take_in(tmp_path / "nowhere", tmp_path / "submitted", MODULES)


def test_nbgrader_can_read_it(school):
    """The timestamp has the form that nbgrader parses, and the folders have the form that it looks for."""
    from nbgrader.utils import parse_utc

    school({"a.zip": handed_in()})
    written = (school.submitted / "ada-lovelace" / "00-welcome" / "timestamp.txt").read_text()
    assert parse_utc(written.strip()) == datetime(2026, 5, 1, 10)


def test_say_gets_every_result(school):
    lines = []
    (school.source / "a.zip").write_bytes(handed_in())
    (school.source / "b.zip").write_bytes(b"")
    intake.take_in(school.source, school.submitted, MODULES, lines.append, NOW)
    assert lines[0] == "taken in: ada-lovelace, 00-welcome" and lines[1].startswith("refused b.zip: It is not a zip")
    assert lines[2] == "1 taken in, 0 unchanged, 1 refused."


NO_NAMES = ["", "/", "a/../b", "a\\..\\b", "\0", "a\ud800", "x" * 10_000, "c:/x", "\u202e", " a", "a."]


@pytest.mark.parametrize("name", NO_NAMES)
def test_no_name_gets_through_unchecked(name):
    assert entries.checked(name)[1] != ""


def test_paths_that_are_not_text_are_left_out(school):
    (Path(os.fsdecode(os.fsencode(school.source) + b"/\xff.zip"))).write_bytes(handed_in("Eve"))
    results = school({"a.zip": handed_in()})
    assert [type(one) for one in results] == [Refused, Taken]


def test_damaged_archives_stop_nothing_and_write_nowhere_else(school, tmp_path):
    """An archive in an archive with bytes changed at random (seeded) is taken in or refused, nothing else."""
    dice = random.Random(7)
    whole = packed({f"{name}_assignsubmission_file_/s.zip": handed_in() for name in ("Ada_1", "Ben_2")})
    for _ in range(200):
        content = bytearray(whole if dice.random() < 0.5 else handed_in())
        for _ in range(dice.randint(1, 8)):
            content[dice.randrange(len(content))] = dice.randrange(256)
        cut = dice.choice([None, None, dice.randrange(len(content))])
        results = school(bytes(content[:cut]))
        assert results and all(isinstance(one, Taken | Refused) for one in results)
    assert {path.name for path in tmp_path.iterdir()} == {"source", "submitted", "all.zip"}
    found = list(school.submitted.rglob("*.ipynb"))
    assert found and all(path.read_bytes() == NOTEBOOK for path in found)


PEOPLE = {
    "Bengali vowels": ("মিতা", "মাতা", True),
    "Devanagari vowels": ("सुनीता", "सनत", True),
    "Thai vowels": ("กิตติ", "กาตต", True),
    "Tamil vowels": ("மாலா", "மலி", True),
    "Hebrew points": ("שָׁרוֹן", "שׁרון", True),
    "a letter and its mark": ("e\u0301va\u030c", "éva", True),
    "an apostrophe inside": ("O'Brien", "OBrien", True),
    "wide letters": ("ＡＤＡ", "ADA", True),
    "a hyphen": ("Ann-Marie", "Ann Marie", False),
    "an apostrophe for a space": ("D'Arcy", "D Arcy", False),
    "case": ("ada lovelace", "Ada Lovelace", False),
    "a final period": ("Ada Jr.", "Ada Jr", False),
    "the end of a long name": ("n" * 60 + "a", "n" * 60 + "b", False),
    "sharp s": ("Weiß", "Weiss", False),
    "a joiner": ("علی‌رضا", "علیرضا", False),
    "a name that Windows reserves": ("CON", "con 1", False),
}


@pytest.mark.parametrize("at_once", [True, False], ids=["one intake", "two intakes"])
@pytest.mark.parametrize("one, other, fit", PEOPLE.values(), ids=PEOPLE)
def test_two_people_never_become_one(school, one, other, fit, at_once):
    """Both have a folder, or the second is refused with both names; the later one never replaces the first."""
    first = {"first.zip": handed_in(one)}
    second = {"second.zip": handed_in(other, time="2026-05-02T10:00:00+00:00", notebook=OTHER)}
    results = school(first | second) if at_once else [*school(first), school(first | second)[1]]
    taken = [result for result in results if isinstance(result, Taken)]
    if fit:
        assert len({result.student for result in taken}) == 2
        assert {NOTEBOOK, OTHER} <= set(there(school.submitted).values())
    else:
        assert [type(result) for result in results] == [Taken, Refused]
        assert "first.zip" in results[1].why or f"from {one}" in results[1].why
        assert "--replace" in results[1].why and "two people" in results[1].why
        assert OTHER not in there(school.submitted).values() and NOTEBOOK in there(school.submitted).values()
    assert not (school.submitted / ".replaced").exists()


def test_the_mentor_says_which_of_two_counts(school):
    school({"a.zip": handed_in("Ann-Marie")})
    later = handed_in("Ann Marie", notebook=OTHER)
    (school.source / "b.zip").write_bytes(later)
    lines = []
    source = school.source / "b.zip"
    (refused,) = intake.take_in(source, school.submitted, MODULES, now=NOW, options=" --folder f")
    assert f"watchkeeper take-in {source} --replace ann-marie --folder f" in refused.why
    (taken,) = intake.take_in(source, school.submitted, MODULES, lines.append, NOW, counts=["ann-marie", "ben"])
    assert taken.is_new and "as you said" in said([taken])
    assert "from ben, so --replace ben did nothing" in "\n".join(lines)
    files = there(school.submitted)
    assert files["ann-marie/00-welcome/first-watch.ipynb"] == OTHER
    assert files[".replaced/ann-marie/00-welcome/1/first-watch.ipynb"] == NOTEBOOK


def test_another_archive_with_the_same_name_inside_is_refused_even_if_it_comes_first(school):
    school({"ada.zip": handed_in(), "aaa.zip": handed_in(notebook=OTHER, time="2026-05-03T10:00:00+00:00")})
    assert there(school.submitted)["ada-lovelace/00-welcome/first-watch.ipynb"] == NOTEBOOK


@pytest.mark.parametrize("copy", ["ada (1).zip", "ada_2.zip", "ada-1.zip", "Copy of ada.zip", "ada - Copy.zip"])
def test_a_second_download_is_a_copy_and_the_later_time_counts(school, copy):
    results = school({"ada.zip": handed_in(), copy: handed_in(notebook=OTHER, time="2026-05-03T10:00:00+00:00")})
    assert "has the same name inside" not in said(results)
    assert there(school.submitted)["ada-lovelace/00-welcome/first-watch.ipynb"] == OTHER


def test_a_folder_of_edition_2026_1_stays_the_persons(school):
    """That edition took vowel signs for punctuation, and its folders are known by the name inside."""
    old = school.submitted / "ম-ত" / "00-welcome"
    old.mkdir(parents=True)
    (old / "first-watch.ipynb").write_bytes(NOTEBOOK)
    (old / "submission.json").write_bytes(about("মিতা"))
    (old / "timestamp.txt").write_bytes(b"2026-05-01 10:00:00 UTC\n")
    later = handed_in("মিতা", time="2026-05-02T10:00:00+00:00", notebook=OTHER)
    assert who(school({"a.zip": later, "b.zip": handed_in("মাতা")})) == [("ম-ত", "00-welcome"), ("মাতা", "00-welcome")]


def test_a_name_is_normalized_once():
    dice = random.Random(3)
    scripts = [
        range(0x20, 0x250),
        range(0x300, 0x370),
        range(0x590, 0x600),
        range(0x900, 0xE80),
        range(0x1F600, 0x1F640),
    ]
    for _ in range(3000):
        name = "".join(chr(dice.choice(dice.choice(scripts))) for _ in range(dice.randrange(1, 90)))
        made = slug(name)
        assert slug(made) == made and len(made.encode()) <= 122 and not set(made) & set("/\\. +")
        assert not made or names.student(made)[0] == made


def test_logins_that_give_the_same_folder_stay_two_people(school):
    folder = "{}+00-welcome+2026-05-0{} 10:00:00 UTC+abc/first-watch.ipynb"
    results = school({folder.format("a+b", 1): NOTEBOOK, folder.format("a-b", 2): OTHER})
    assert [type(one) for one in results] == [Taken, Refused] and "from a+b" in results[1].why
    assert there(school.submitted)["a-b/00-welcome/first-watch.ipynb"] == NOTEBOOK
    results = school({folder.format("Kim", 1): NOTEBOOK, folder.format("kim", 2): OTHER})
    assert isinstance(results[3], Refused) and "Kim is there already" in results[3].why


SLOT = "Ada Lovelace_{}_assignsubmission_file_/first-watch.ipynb"


def test_people_of_one_name_are_told_apart_by_the_lms_in_later_archives_and_other_modules(school):
    assert who(school(packed({SLOT.format(11): NOTEBOOK}))) == [("ada-lovelace", "00-welcome")]
    assert who(school(packed({SLOT.format(22): OTHER}))) == [("ada-lovelace-22", "00-welcome")]
    both = {SLOT.format(11): NOTEBOOK, SLOT.format(22): OTHER}
    assert who(school(packed(both))) == [("ada-lovelace", "00-welcome"), ("ada-lovelace-22", "00-welcome")]
    other = SLOT.format(33).replace("first-watch", "read-one-request")
    assert who(school(packed({other: NOTEBOOK}))) == [("ada-lovelace-33", "01-critical-path")]


def test_the_lmss_own_id_is_kept(school):
    results = school(packed({SLOT.format(11): NOTEBOOK, "lovelaceada_LATE_123_4567_first-watch.ipynb": OTHER}))
    assert "Canvas marks it as late" in said(results)
    found = intake.origins(school.submitted, "00-welcome")
    assert {name: (one.system, one.number) for name, one in found.items()} == {
        "ada-lovelace": ("Moodle", "11"),
        "lovelaceada": ("Canvas", "123"),
    }
    assert ".origin.json" not in intake.read(school.submitted, "lovelaceada", "00-welcome").files


TIMES = {
    "2026-05-01 18:30:00 UTC": "18:30",
    "2026-05-01 18:30:00.1 CET": "17:30",
    "2026-05-01 18:30:00.123456 CEST": "16:30",
    "2026-05-01 18:30:00 EDT": "22:30",
    "2026-05-01 18:30:00 EST5EDT": "22:30",
    "2026-05-01 18:30:00 Europe/Berlin": "16:30",
    "2026-05-01 18:30:00 PDT": "01:30",
    "2026-05-01 18:30:00 JST": "09:30",
    "2026-05-01 18:30:00.5 -03": "21:30",
    "2026-05-01 18:30:00 +0100": "17:30",
    "2026-05-01 18:30:00 +05:30": "13:00",
    "2026-05-01T18:30:00Z": "18:30",
    "2026-05-01T18:30:00.25+05:45": "12:45",
    "2026-05-01 18:30:00 UTC+2": "16:30",
    "2026-05-01 18:30": "18:30",
}


@pytest.mark.parametrize("text, clock", TIMES.items())
def test_a_time_in_any_zone_is_read_wherever_it_is(school, text, clock):
    if "/" not in text and "UTC+" not in text:  # a folder can't be called like these
        results = school({f"ada+00-welcome+{text}+c29tZQ==/first-watch.ipynb": NOTEBOOK})
        assert who(results) == [("ada", "00-welcome")] and not results[0].notes
        assert f"{intake.read(school.submitted, 'ada', '00-welcome').time:%H:%M}" == clock
    school({"ben/00-welcome/first-watch.ipynb": NOTEBOOK, "ben/00-welcome/timestamp.txt": text.encode()})
    assert f"{intake.read(school.submitted, 'ben', '00-welcome').time:%H:%M}" == clock


@pytest.mark.parametrize("zone", ["UTC", "CET", "-03", "+0100", "+05:30", "EST5EDT", "PST", "Z"])
def test_the_later_one_counts_in_any_zone(school, zone):
    folder = "ada+00-welcome+2026-05-0{} 18:30:00.{} " + zone + "+abc/first-watch.ipynb"
    assert who(school({folder.format(1, 5): NOTEBOOK, folder.format(2, 1): OTHER})) == [("ada", "00-welcome")] * 2
    assert there(school.submitted)["ada/00-welcome/first-watch.ipynb"] == OTHER
    assert "is later" in said(school({folder.format(2, 7): NOTEBOOK + b" "}))


def test_a_zone_with_several_meanings_is_said(school):
    results = school({"ada+00-welcome+2026-05-01 18:30:00 IST+abc/first-watch.ipynb": NOTEBOOK})
    assert "IST has several meanings" in said(results) and "13:00 UTC" in said(results)


def test_an_unreadable_time_is_said_and_loses_against_nothing_silently(school):
    folder = "ada+00-welcome+2026-05-0{} 18:30:00 {}+abc/first-watch.ipynb"
    results = school({folder.format(1, "QQQ"): NOTEBOOK, folder.format(2, "QQQ"): OTHER})
    assert [type(one) for one in results] == [Taken, Refused]
    assert 'its time, "2026-05-01 18:30:00 QQQ", can\'t be read' in said(results[:1])
    assert "2026-05-02 18:30:00 QQQ" in results[1].why and "--replace ada" in results[1].why
    results = school({folder.format(3, "CET"): NOTEBOOK + b" "})
    assert "has a time and replaces the earlier one, which has none" in said(results)


def test_a_newer_download_of_the_lmss_archive_counts_and_an_older_one_does_not(school, tmp_path):
    """Moodle gives no times. What it gives later is what counts for it, whether or not the earlier one had a time."""
    monday, wednesday, friday = (tmp_path / f"{day}.zip" for day in ("monday", "wednesday", "friday"))
    contents = (handed_in(), packed({SLOT.format(1): OTHER}), packed({SLOT.format(1): NOTEBOOK + b" "}))
    contents = (packed({SLOT.format(1).replace("first-watch.ipynb", "s.zip"): contents[0]}), *contents[1:])
    for number, (path, content) in enumerate(zip((monday, wednesday, friday), contents, strict=True)):
        path.write_bytes(content)
        os.utime(path, (1.7e9 + 1000 * number,) * 2)
    results = [*school(b""), *intake.take_in(monday, school.submitted, MODULES, now=NOW)][1:]
    results += intake.take_in(friday, school.submitted, MODULES, now=NOW)
    assert [one.is_new for one in results] == [True, True] and "was downloaded later" in said(results)
    (refused,) = intake.take_in(wednesday, school.submitted, MODULES, now=NOW)
    assert isinstance(refused, Refused) and "--replace ada-lovelace" in refused.why
    (again,) = intake.take_in(monday, school.submitted, MODULES, now=NOW)
    assert not again.is_new and there(school.submitted)["ada-lovelace/00-welcome/first-watch.ipynb"] == NOTEBOOK + b" "


def test_every_note_is_printed(school):
    lines = []
    for name, content in {"ben/00-welcome/first-watch.ipynb": NOTEBOOK, "ben/00-welcome/x|y": b""}.items():
        (school.source / name).parent.mkdir(parents=True, exist_ok=True)
        (school.source / name).write_bytes(content)
    (taken,) = intake.take_in(school.source, school.submitted, MODULES, lines.append, NOW)
    assert taken.notes and [f"  {note}" for note in taken.notes] == lines[1:-1]


def crowd(*people, **more):
    return packed({f"{name}.zip": handed_in(name, **more) for name in people})


def test_an_archive_that_comes_by_itself_is_one_persons(school):
    results = school({"all.zip": crowd("Ada", "Ben", "Cem"), "x.zip": handed_in("Eve")})
    assert [type(one) for one in results] == [Refused, Taken] and "work of 3 people" in results[0].why
    two = packed({"ada/00-welcome/first-watch.ipynb": NOTEBOOK, "ben/00-welcome/first-watch.ipynb": NOTEBOOK})
    assert "work of 2 people" in said(school({"all.zip": two}))
    slot = packed({"Eve_3_assignsubmission_file_/x.zip": crowd("Ada", "Ben")})
    assert "Eve submitted it" in said(school(slot))
    own = packed({f"{number}.zip": handed_in("Eve", module) for number, module in enumerate(MODULES)})
    assert who(school(packed({"Eve_3_assignsubmission_file_/x.zip": own}))) == [("eve", module) for module in MODULES]
    flat = {f"Eve_3_assignsubmission_file_/{name}.zip": handed_in(name) for name in ("Ada", "Ben")}
    assert "Eve submitted it" in said(school(packed(flat)))
    hers = {
        f"{folder}/{module}/{sorted(MODULES[module])[0]}.ipynb": OTHER
        for folder, module in zip("ab", MODULES, strict=True)
    }
    assert len(who(school(packed({"Eve_3_assignsubmission_file_/x.zip": packed(hers)})))) == 2  # folders, not people
    assert who(school(crowd("Ada", "Ben"))) == [("ada", "00-welcome"), ("ben", "00-welcome")]  # the mentor named it


def test_people_and_bytes_of_an_intake_are_limited(school, monkeypatch):
    from watchkeeper.staff.grade.intake import piles, take

    assert "unpacks to more than 5 MB" in said(school({"a.zip": handed_in(bomb=b"\0" * 6_000_000)}))
    monkeypatch.setattr(piles, "PEOPLE", 2)
    assert "more than 2 people" in said(school(crowd("Ada", "Ben", "Cem")))
    monkeypatch.setattr(piles, "PEOPLE", 9)
    monkeypatch.setattr(take, "WRITTEN", 1000)
    results = school(crowd("Ada", "Ben", "Cem", data=b"x" * 400))
    assert [type(one) for one in results] == [Taken, Refused, Refused] and "One intake writes at most" in said(results)


def test_entries_that_overlap_are_refused(school):
    """Many names for the same compressed bytes: the archive says that it is larger than it is."""
    raw = bytearray(handed_in(a=b"x" * 5000, b=b"y" * 5000))
    place = -1
    while (place := raw.find(b"PK\1\2", place + 1)) >= 0:
        raw[place + 20 : place + 24] = (len(raw) - 1).to_bytes(4, "little")
    assert "larger than the archive" in said(school({"a.zip": bytes(raw)}))


def test_a_folder_that_becomes_a_link_while_it_is_read_is_not_followed(school, tmp_path):
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "data.csv").write_bytes(b"the mentor's")
    for name, content in {"first-watch.ipynb": NOTEBOOK, "sub/data.csv": b"mine"}.items():
        path = school.source / "ada+00-welcome+2026-05-01 10:00:00 UTC+abc" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    listed = entries.of_folder(school.source)
    path.parent.rename(path.parent.with_name("gone"))
    path.parent.symlink_to(tmp_path / "secret")
    (entry,) = (one for one in listed.entries.values() if one.parts[-1] == "data.csv")
    with pytest.raises(entries.Damaged, match="can't be read"):
        entry.read(1000)
    top = school.source / "ada+00-welcome+2026-05-01 10:00:00 UTC+abc"
    top.rename(tmp_path / "moved")
    top.symlink_to(tmp_path / "secret")
    (entry,) = (one for one in listed.entries.values() if one.parts[-1] == "first-watch.ipynb")
    with pytest.raises(entries.Damaged, match="can't be read"):
        entry.read(1000)


@pytest.mark.parametrize(
    "name", ["key.json/x", "graded.json/x", "graded.json", "Timestamp.txt/x", "first-watch.IPYNB/x"]
)
def test_names_of_the_graders_own_files_are_reserved(school, name):
    results = school({"a.zip": packed({"ada/00-welcome/a.ipynb": NOTEBOOK, f"ada/00-welcome/{name}": b"x"})})
    assert who(results) == [("ada", "00-welcome")] and f"{name} is left out" in said(results)
    assert there(school.submitted) == {"ada/00-welcome/a.ipynb": NOTEBOOK}


def test_a_file_where_a_folder_should_be_is_that_ones_refusal(school):
    school.submitted.mkdir()
    (school.submitted / "ada-lovelace").write_bytes(b"")
    (school.submitted / "ben").mkdir()
    (school.submitted / "ben" / "00-welcome").write_bytes(b"")
    results = school({"a.zip": handed_in(), "b.zip": handed_in("Ben"), "c.zip": handed_in("Cem")})
    assert [type(one) for one in results] == [Refused, Refused, Taken] and "a file in place of" in said(results)


@pytest.mark.parametrize("one, other", [("Ann-Marie", "Ann Marie"), ("kim", "Kim"), ("O'Neil", "O Neil")])
def test_a_class_list_never_takes_two_people_for_one(tmp_path, one, other):
    from watchkeeper.staff.errors import GradingError
    from watchkeeper.staff.grade.lms import classlist

    path = tmp_path / "class.csv"
    path.write_text(f"student\n{one}\nজন\n{one}\n", encoding="utf-8")
    assert classlist.read(path) == [names.student(one)[0], "জন"]
    path.write_text(f"student\n{one}\n{other}\n", encoding="utf-8")
    with pytest.raises(GradingError, match="both mean the folder") as refused:
        classlist.read(path)
    assert f'"{one}"' in str(refused.value) and f'"{other}"' in str(refused.value)


def test_what_a_class_list_calls_people_is_what_take_in_calls_them(school, tmp_path):
    from watchkeeper.staff.grade.lms import classlist

    people = ["মিতা", "Łucja O'Neil", "u\u0308mit", "s123@example.org", "CON"]
    (tmp_path / "class.csv").write_text("\n".join(["student", *people]), encoding="utf-8")
    taken = school({f"{number}.zip": handed_in(name) for number, name in enumerate(people) if "@" not in name})
    assert [one.student for one in taken] == [one for one in classlist.read(tmp_path / "class.csv") if "@" not in one]
