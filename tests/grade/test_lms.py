"""Import files for Canvas and Moodle, made from exports as these write them; the people in them are invented."""

from __future__ import annotations

import csv
import io

import pytest
from submissions import ROOT

from watchkeeper.staff.commands import grade as commands
from watchkeeper.staff.errors import LmsError
from watchkeeper.staff.grade import session
from watchkeeper.staff.grade.lms import CANVAS, LMSES, MOODLE
from watchkeeper.staff.grade.lms.export import defused, into, read, read_exceptions, recognized, table
from watchkeeper.staff.grade.result import FAILED, GRADED, MISSING
from watchkeeper.staff.grade.standing import Standing

MODULE = "00-welcome"

# The form that Canvas's exporter gives: points possible below the header, a test student, totals that are read only.
CANVAS_FILE = """\
Student,ID,SIS User ID,SIS Login ID,Section,00-welcome (4711),01-critical-path (4712),Current Score,Final Score
,,,,,Manual Posting,,,
    Points Possible,,,,,7.00,43.00,(read only),(read only)
"Lovelace, Ada",101,S-1,al3,Monday,,40.00,93,93
"O'Dowd, Siobhán",102,S-2,sod@shop.example,Monday,1.00,,,
"Parata, Hinemoa",103,S-3,hp,Monday,EX,,,
"Student, Test",999,,d41d8,Monday,,,,
"""

# Moodle's grade export as plain text file.
MOODLE_FILE = """\
First name,Last name,ID number,Institution,Email address,Assignment: 00-welcome (Real),Course total (Real),Last downloaded from this course
Ada,Lovelace,77,,ada@shop.example,-,-,1772800000
Siobhán,O'Dowd,78,,sod@shop.example,1.00,1.00,1772800000
"""  # noqa: E501

# Moodle's worksheet for grading an assignment offline.
WORKSHEET = """\
Identifier,Full name,Email address,Status,Grade,Maximum grade,Grade can be changed,Last modified (grade),Feedback comments
Participant 5001,Ada Lovelace,ada@shop.example,Submitted for grading,,7.00,Yes,-,
Participant 5002,Siobhán O'Dowd,sod@shop.example,No submission,,7.00,Yes,-,"=HYPERLINK(""http://evil.example"")"
"""  # noqa: E501


def row(student, points=5.5, state=GRADED, possible=7.0, why=""):
    return Standing(student, MODULE, points, possible, state, why)


def given(**points):
    return {name.replace("_", "-"): row(name.replace("_", "-"), value) for name, value in points.items()}


def cells(export, separator=","):
    return list(csv.reader(io.StringIO(export.text, newline=""), delimiter=separator))


@pytest.fixture
def template(tmp_path):
    def write(text, encoding="utf-8"):
        path = tmp_path / "export.csv"
        path.write_bytes(text.encode(encoding))
        return path

    return write


def test_canvas_gets_its_own_rows_and_only_this_assignment(template):
    made = into(template(CANVAS_FILE), given(ada_lovelace=6.0, sod=2.25, hinemoa_parata=7.0))
    assert cells(made) == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "00-welcome (4711)"],
        ["", "", "", "", "", "Manual Posting"],
        ["    Points Possible", "", "", "", "", "7.00"],
        ["Lovelace, Ada", "101", "S-1", "al3", "Monday", "6"],
        ["O'Dowd, Siobhán", "102", "S-2", "sod@shop.example", "Monday", "2.25"],
        ["Parata, Hinemoa", "103", "S-3", "hp", "Monday", "7"],
        ["Student, Test", "999", "", "d41d8", "Monday", ""],
    ]
    assert made.said == ()


def test_students_without_a_grade_keep_what_the_lms_has(template):
    rows = {
        "siobhán-o-dowd": row("siobhán-o-dowd", None, FAILED, why="It is not JSON."),
        "hp": row("hp", None, MISSING, why="Nothing was submitted."),
        "ada-lovelace": row("ada-lovelace", None, GRADED, why="Nothing was submitted."),
    }
    made = into(template(CANVAS_FILE), rows)
    assert [line[-1] for line in cells(made)[3:6]] == ["", "1.00", "EX"]
    assert made.said == (
        "Without a grade, so Canvas keeps what it has: siobhán-o-dowd. It is not JSON.",
        "Without a grade, so Canvas keeps what it has: hp, ada-lovelace. Nothing was submitted.",
    )


def test_no_one_is_dropped_silently(template):
    made = into(template(CANVAS_FILE), given(ada_lovelace=6.0, stranger=1.0, hp=1.0, hinemoa_parata=2.0))
    said = "\n".join(made.said)
    assert "Not in Canvas's file, so no points were written for: stranger." in said
    assert (
        "It isn't clear which row of Canvas's file is theirs, so no points were written for: hp, hinemoa-parata."
        in said
    )
    assert "In Canvas without a submission here, left as they are: O'Dowd, Siobhán 102 S-2, Parata, Hinemoa" in said
    assert "Student, Test" not in said
    assert [line[-1] for line in cells(made)[3:6]] == ["6", "1.00", "EX"]


def test_two_of_the_same_name_are_told_apart_by_the_table_of_exceptions(template, tmp_path):
    twins = CANVAS_FILE + '"Lovelace, Ada",104,S-4,al4,Friday,,,,\n'
    assert any("isn't clear which row" in one for one in into(template(twins), given(ada_lovelace=6.0)).said)
    exceptions = tmp_path / "exceptions.csv"
    exceptions.write_text("ada-lovelace,al4\nSiobhán O'Dowd,S-2\n", encoding="utf-8")
    rows = {**given(ada_lovelace=6.0), "siobhán-o-dowd": row("siobhán-o-dowd", 3.0)}
    made = into(template(twins), rows, exceptions=read_exceptions(exceptions))
    assert [line[-1] for line in cells(made)[3:]] == ["", "3", "EX", "", "6"]


def test_names_in_two_columns_semicolons_and_a_byte_order_mark(template):
    text = (
        "\ufeffLastName;FirstName;ID;SIS Login ID;Section;00-welcome (4711)\n    Points Possible;;;;;7,00\n"
        "Lovelace;Ada;101;al3;Monday;\n"
    )
    made = into(template(text), given(ada_lovelace=6.5))
    assert cells(made, ";")[2] == ["Lovelace", "Ada", "101", "al3", "Monday", "6.5"]
    assert made.said == ()


def test_a_different_maximum_is_reported(template):
    made = into(template(CANVAS_FILE.replace("7.00,43.00", "100,43.00")), given(ada_lovelace=6.0, sod=1.0, hp=1.0))
    assert made.said == ("00-welcome (4711) is out of 100 in Canvas and 7 here; points are written as they are.",)
    assert cells(made)[2][-1] == "100"


def test_moodle_gets_the_students_columns_and_the_grade(template):
    made = into(template(MOODLE_FILE), given(ada=6.0, sod=2.0))
    assert cells(made) == [
        ["First name", "Last name", "ID number", "Email address", "Assignment: 00-welcome (Real)"],
        ["Ada", "Lovelace", "77", "ada@shop.example", "6"],
        ["Siobhán", "O'Dowd", "78", "sod@shop.example", "2"],
    ]
    by_name = into(template(MOODLE_FILE), given(ada_lovelace=6.0))
    assert cells(by_name)[1][-1] == "6" and cells(by_name)[2][-1] == "1.00"
    assert by_name.said == ("In Moodle without a submission here, left as they are: Siobhán O'Dowd 78.",)


def test_moodles_worksheet_stays_whole(template):
    made = into(template(WORKSHEET), given(ada_lovelace=6.0, sod=2.0))
    lines = cells(made)
    assert lines[0] == WORKSHEET.splitlines()[0].split(",")
    assert [line[4] for line in lines[1:]] == ["6", "2"]
    assert lines[1][7] == "-" and lines[2][8].startswith("'=HYPERLINK")
    assert len(made.said) == 1 and "take for formulas" in made.said[0]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "  ="])
def test_no_cell_becomes_a_formula(start):
    name = f"{start}cmd|' /C calc'!A0"
    made = table({name: row(name)})
    assert cells(made)[1][0] == f"'{name}"
    assert all(one.isprintable() for one in "".join(made.said)) and "take for formulas" in made.said[0]


@pytest.mark.parametrize("harmless", ["12.5", "-3", "-", "+4,5", "50%", "ada@shop.example", "O'Dowd", "2026-03-06"])
def test_numbers_and_names_stay_as_they_are(harmless):
    assert defused(harmless) == harmless


def test_without_an_lms_it_is_a_plain_table(tmp_path):
    made = table({"ada": row("ada", 5.5), "zoë": row("zoë", None, FAILED, why="It is not JSON.")})
    written = made.write(tmp_path / "new" / "grades.csv").read_bytes()
    assert written.startswith(b"\xef\xbb\xbf"), "Excel takes a file without it for one in the computer's own encoding"
    assert written.decode("utf-8-sig").splitlines() == [
        "student,module,points,possible,state,note",
        "ada,00-welcome,5.5,7,graded,",
        "zoë,00-welcome,,7,failed,It is not JSON.",
    ]
    assert made.lms == "" and made.said == ("Without points: zoë. It is not JSON.",)


@pytest.mark.parametrize(
    ("text", "lms"), [(CANVAS_FILE, CANVAS), (MOODLE_FILE, MOODLE), (WORKSHEET, MOODLE), (CANVAS_FILE.upper(), CANVAS)]
)
def test_an_export_is_recognized_by_its_header(template, text, lms):
    path = template(text)
    assert recognized(read(path), path) is lms
    assert [one for one in LMSES if one.recognizes(read(path))] == [lms]


def test_the_command_takes_the_table_of_exceptions_that_its_sentence_asks_for(template, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(session, "kept", lambda *_: session.Run(None, standings=given(ada=6.0)))
    out, exceptions = tmp_path / "grades.csv", tmp_path / "exceptions.csv"
    commands.export(MODULE, ROOT, tmp_path, into=template(CANVAS_FILE), out=out)
    assert "Export again with --names FILE, a CSV file with two columns: the student here (such as ada)" in (
        said := capsys.readouterr().out
    )
    assert f"wrote {out}, for Canvas to import" in said
    exceptions.write_text("ada,al3\n")
    commands.export(MODULE, ROOT, tmp_path, into=template(CANVAS_FILE), out=out, names=exceptions)
    assert "--names" not in capsys.readouterr().out
    assert list(csv.reader(out.open()))[3][-1] == "6"


def test_options_about_a_file_need_the_file(tmp_path):
    with pytest.raises(LmsError, match="Name that file too: --into FILE"):
        commands.export(MODULE, ROOT, tmp_path, names=tmp_path / "exceptions.csv")


def test_a_table_of_exceptions_has_two_columns(tmp_path):
    (tmp_path / "exceptions.csv").write_text("ada-lovelace\nben\n")
    with pytest.raises(LmsError, match=r"needs two columns: the student's name here, then their login, ID or name"):
        read_exceptions(tmp_path / "exceptions.csv")


@pytest.mark.parametrize(
    ("text", "column", "said"),
    [
        ("name,points\nada,1\n", "", "is not a gradebook export of Moodle or Canvas. In Moodle, open Grades"),
        ("", "", "is empty"),
        (
            CANVAS_FILE.replace("00-welcome", "Week 1"),
            "",
            r"0 columns for '00-welcome'.*'Week 1 \(4711\)', '01-critical",
        ),
        (CANVAS_FILE, "Week 2", "0 columns for 'Week 2'"),
        (CANVAS_FILE.replace("01-critical-path (4712)", "00-welcome (4713)"), "", "2 columns for '00-welcome'"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_with_a_sentence(template, text, column, said):
    with pytest.raises(LmsError, match=said):
        into(template(text), given(ada=1.0), column)


def test_a_file_that_is_not_a_table_is_refused(template, tmp_path):
    with pytest.raises(LmsError, match="can't be read as a CSV file"):
        into(template("Émail", "latin-1"), given(ada=1.0))
    with pytest.raises(LmsError, match="can't be read as a CSV file"):
        into(tmp_path / "nothing.csv", given(ada=1.0))


def test_a_column_may_be_named(template):
    made = into(template(CANVAS_FILE), given(ada_lovelace=6.0), "01-critical-path")
    assert cells(made)[0][-1] == "01-critical-path (4712)" and cells(made)[3][-1] == "6"
