"""Import files for Canvas and Moodle, against exports as these write them; the people in them are invented."""

from __future__ import annotations

import csv
import io

import pytest

from watchkeeper.staff.errors import LmsError
from watchkeeper.staff.grade.lms import gradebook_file as lms
from watchkeeper.staff.grade.lms.gradebook_file import Row
from watchkeeper.staff.grade.result import FAILED, GRADED, MISSING, Graded, Mark, Result

MODULE = "00-welcome"

# The form that Canvas's exporter gives: points possible below the header, a test student, totals that are read only.
CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,00-welcome (4711),01-critical-path (4712),Current Score,Final Score
,,,,,Manual Posting,,,
    Points Possible,,,,,7.00,43.00,(read only),(read only)
"Lovelace, Ada",101,S-1,al3,Monday,,40.00,93,93
"O'Dowd, Siobhán",102,S-2,sod@shop.example,Monday,1.00,,,
"Parata, Hinemoa",103,S-3,hp,Monday,EX,,,
"Student, Test",999,,d41d8,Monday,,,,
"""

# Moodle's grade export as plain text file.
MOODLE = """\
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


def row(student, points=5.5, state=GRADED, possible=7.0):
    return Row(student, MODULE, points, possible, state)


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
    made = lms.canvas(given(ada_lovelace=6.0, sod=2.25, hinemoa_parata=7.0), template(CANVAS))
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


def test_who_has_no_grade_keeps_what_the_lms_has(template):
    rows = {"siobhán-o-dowd": row("siobhán-o-dowd", None, FAILED), "hp": row("hp", None, MISSING)}
    made = lms.canvas(rows, template(CANVAS))
    assert [line[-1] for line in cells(made)[4:6]] == ["1.00", "EX"]
    assert "Not graded, so Canvas keeps what it has: siobhán-o-dowd, hp." in made.said


def test_nobody_is_dropped_silently(template):
    made = lms.canvas(given(ada_lovelace=6.0, nobody=1.0, hp=1.0, hinemoa_parata=2.0), template(CANVAS))
    said = "\n".join(made.said)
    assert "Not in the file of Canvas, so without points there: nobody." in said
    assert "Not clear which row of Canvas they are, so without points there: hp, hinemoa-parata." in said
    assert "In Canvas without a submission here, left as they are: O'Dowd, Siobhán 102 S-2, Parata, Hinemoa" in said
    assert "Student, Test" not in said
    assert [line[-1] for line in cells(made)[3:6]] == ["6", "1.00", "EX"]


def test_two_of_the_same_name_are_told_apart_by_the_table_of_exceptions(template, tmp_path):
    twins = CANVAS + '"Lovelace, Ada",104,S-4,al4,Friday,,,,\n'
    assert any("Not clear" in one for one in lms.canvas(given(ada_lovelace=6.0), template(twins)).said)
    table = tmp_path / "exceptions.csv"
    table.write_text("ada-lovelace,al4\nSiobhán O'Dowd,S-2\n", encoding="utf-8")
    made = lms.canvas(
        {**given(ada_lovelace=6.0), "siobhán-o-dowd": row("siobhán-o-dowd", 3.0)},
        template(twins),
        exceptions=lms.read_exceptions(table),
    )
    assert [line[-1] for line in cells(made)[3:]] == ["", "3", "EX", "", "6"]


def test_names_in_two_columns_semicolons_and_a_byte_order_mark(template):
    text = (
        "\ufeffLastName;FirstName;ID;SIS Login ID;Section;00-welcome (4711)\n    Points Possible;;;;;7,00\n"
        "Lovelace;Ada;101;al3;Monday;\n"
    )
    made = lms.canvas(given(ada_lovelace=6.5), template(text))
    assert cells(made, ";")[2] == ["Lovelace", "Ada", "101", "al3", "Monday", "6.5"]
    assert made.said == ()


def test_other_points_possible_are_said(template):
    made = lms.canvas(given(ada_lovelace=6.0, sod=1.0, hp=1.0), template(CANVAS.replace("7.00,43.00", "100,43.00")))
    assert made.said == ("00-welcome (4711) counts 100 points in Canvas, 7 here: points are written as they are.",)
    assert cells(made)[2][-1] == "100"


def test_moodle_keeps_who_it_is_and_the_grade(template):
    made = lms.moodle(given(ada=6.0, sod=2.0), template(MOODLE))
    assert cells(made) == [
        ["First name", "Last name", "ID number", "Email address", "Assignment: 00-welcome (Real)"],
        ["Ada", "Lovelace", "77", "ada@shop.example", "6"],
        ["Siobhán", "O'Dowd", "78", "sod@shop.example", "2"],
    ]
    by_name = lms.moodle(given(ada_lovelace=6.0), template(MOODLE))
    assert cells(by_name)[1][-1] == "6" and cells(by_name)[2][-1] == "1.00"
    assert by_name.said == ("In Moodle without a submission here, left as they are: Siobhán O'Dowd 78.",)


def test_moodles_worksheet_stays_whole(template):
    made = lms.moodle(given(ada_lovelace=6.0, sod=2.0), template(WORKSHEET))
    lines = cells(made)
    assert lines[0] == WORKSHEET.splitlines()[0].split(",")
    assert [line[4] for line in lines[1:]] == ["6", "2"]
    assert lines[1][7] == "-" and lines[2][8].startswith("'=HYPERLINK")
    assert len(made.said) == 1 and "would be formulas" in made.said[0]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "  ="])
def test_no_cell_becomes_a_formula(start):
    name = f"{start}cmd|' /C calc'!A0"
    made = lms.plain({name: row(name)})
    assert cells(made)[1][0] == f"'{name}"
    assert all(one.isprintable() for one in "".join(made.said)) and "would be formulas" in made.said[0]


@pytest.mark.parametrize("harmless", ["12.5", "-3", "-", "+4,5", "50 %", "ada@shop.example", "O'Dowd", "2026-03-06"])
def test_numbers_and_names_stay_as_they_are(harmless):
    assert lms.defused(harmless) == harmless


def test_without_a_template_it_is_a_plain_table(tmp_path):
    mark = Mark("q", 4.5, 7, 0.6, "passed")
    graded = Result("ada", MODULE, GRADED, notebooks=(Graded("n", {}, (mark,)),))
    rows = lms.rows([graded, Result("ben", MODULE, FAILED, "not JSON")], 7.0, {"ada": 1.0, "ben": 1.0})
    expected = "student,module,points,possible,state\r\nada,00-welcome,5.5,7,graded\r\nben,00-welcome,,7,failed\r\n"
    for made in (lms.canvas(rows, None), lms.moodle(rows, None)):
        assert made.write(tmp_path / "new" / "grades.csv").read_bytes().decode() == expected


@pytest.mark.parametrize(
    ("text", "column", "said"),
    [
        (MOODLE, "", "is no gradebook of Canvas"),
        ("", "", "is empty"),
        (CANVAS.replace("00-welcome", "Week 1"), "", r"0 columns for '00-welcome'.*'Week 1 \(4711\)', '01-critical"),
        (CANVAS, "Week 2", "0 columns for 'Week 2'"),
        (CANVAS.replace("01-critical-path (4712)", "00-welcome (4713)"), "", "2 columns for '00-welcome'"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_with_a_sentence(template, text, column, said):
    with pytest.raises(LmsError, match=said):
        lms.canvas(given(ada=1.0), template(text), column)


def test_what_moodle_did_not_write_is_refused(template, tmp_path):
    with pytest.raises(LmsError, match="no grade export of Moodle"):
        lms.moodle(given(ada=1.0), template(CANVAS))
    with pytest.raises(LmsError, match="can't be read as a CSV file"):
        lms.moodle(given(ada=1.0), template("Émail", "latin-1"))
    with pytest.raises(LmsError, match="can't be read as a CSV file"):
        lms.moodle(given(ada=1.0), tmp_path / "nothing.csv")


def test_a_column_may_be_named(template):
    made = lms.canvas(given(ada_lovelace=6.0), template(CANVAS), "01-critical-path")
    assert cells(made)[0][-1] == "01-critical-path (4712)" and cells(made)[3][-1] == "6"
