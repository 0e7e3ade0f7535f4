"""Import files for Canvas and Moodle, made from exports as these write them; the people in them are invented."""

from __future__ import annotations

import csv
import io
import zipfile

import pytest
from submissions import ROOT

from watchkeeper.staff.commands import grade as commands
from watchkeeper.staff.errors import LmsError
from watchkeeper.staff.grade import intake, session
from watchkeeper.staff.grade.intake import Origin
from watchkeeper.staff.grade.lms import CANVAS, LMSES, MOODLE
from watchkeeper.staff.grade.lms.export import People, into, known, read_exceptions, recognized, table
from watchkeeper.staff.grade.lms.table import defused, read
from watchkeeper.staff.grade.result import BY_NBGRADER, FAILED, GRADED, MISSING, REPAIRED, UNGRADED
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
    return list(csv.reader(io.StringIO(export.text.removeprefix("\ufeff"), newline=""), delimiter=separator))


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
        "Here hp, hinemoa-parata are two submissions, and in Canvas one person (Parata, Hinemoa 103 S-3), so no points "
        "were written for that person." in said
    )
    assert "In Canvas without a submission here, left as they are: O'Dowd, Siobhán 102 S-2." in said
    assert "Student, Test" not in said
    assert [line[-1] for line in cells(made)[3:6]] == ["6", "1.00", "EX"]


def test_two_of_the_same_name_are_told_apart_by_the_table_of_exceptions(template, tmp_path):
    twins = CANVAS_FILE + '"Lovelace, Ada",104,S-4,al4,Friday,,,,\n'
    assert any("isn't clear which row" in one for one in into(template(twins), given(ada_lovelace=6.0)).said)
    exceptions = tmp_path / "exceptions.csv"
    exceptions.write_text("ada-lovelace,al4\nSiobhán O'Dowd,S-2\n", encoding="utf-8")
    rows = {**given(ada_lovelace=6.0), "siobhán-o-dowd": row("siobhán-o-dowd", 3.0)}
    made = into(template(twins), rows, people=People({}, read_exceptions(exceptions)))
    assert [line[-1] for line in cells(made)[3:]] == ["", "3", "EX", "", "6"]


def test_names_in_two_columns_semicolons_and_a_byte_order_mark(template):
    text = (
        "\ufeffLastName;FirstName;ID;SIS Login ID;Section;00-welcome (4711)\n    Points Possible;;;;;7,00\n"
        "Lovelace;Ada;101;al3;Monday;\n"
    )
    made = into(template(text), given(ada_lovelace=6.5))
    assert cells(made, ";")[2] == ["Lovelace", "Ada", "101", "al3", "Monday", "6,5"]
    assert made.text.startswith("\ufeff") and "\r" not in made.text
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


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "  =", "＝", "＋", "－", "＠"])
def test_no_cell_becomes_a_formula(start):
    name = f"{start}cmd|' /C calc'!A0"
    made = table({name: row(name)})
    assert cells(made)[1][0] == f"'{name}"
    assert all(one.isprintable() for one in "".join(made.said)) and "take for formulas" in made.said[0]


@pytest.mark.parametrize("separator", [",", ";", "|", "\t", ";  "])
def test_a_separator_of_another_language_begins_no_formula(separator):
    assert defused(f"Ada{separator}=cmd") == f"Ada{separator[0]}'{separator[1:]}=cmd"


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
def test_an_export_is_recognized_by_its_titles(template, text, lms):
    path = template(text)
    assert recognized(read(path), path)[0] is lms
    assert [one for one in LMSES if one.by_title(read(path))] == [lms]


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


# Moodle translates every title; the columns and what is in them are the same everywhere.
GERMAN = """\
Vorname;Nachname;ID-Nummer;Institution;Abteilung;Mailadresse;Aufgabe: 00-welcome (Punkte);Aufgabe: 00-welcome (Prozentsatz);Kurs gesamt (Punkte);Zuletzt von diesem Kurs geladen
Ada;Lovelace;77;;;ada@shop.example;-;-;-;1772800000
Siobhán;O'Dowd;78;;;sod@shop.example;1,50;21,43%;1,50;1772800000
"""  # noqa: E501
FRENCH = """\
Prénom,Nom de famille,Numéro d'identification,Adresse de courriel,Devoir : 00-welcome (Brut),Devoir : 00-welcome (Feedback),Dernier téléchargement depuis ce cours
Ada,Lovelace,77,ada@shop.example,"-",,1772800000
Siobhán,O'Dowd,78,sod@shop.example,"1,50",Bien,1772800000
"""  # noqa: E501
JAPANESE = """\
姓\t名\tIDナンバー\tメールアドレス\t課題: 00-welcome (実データ)\tこのコースからの最新ダウンロード
Lovelace\tAda\t77\tada@shop.example\t-\t1772800000
O'Dowd\tSiobhán\t78\tsod@shop.example\t1.50\t1772800000
"""
SHEETS = {
    "German": "ID,Vollständiger Name,Mailadresse,Status,Bewertung,Beste Bewertung,Bewertung kann geändert werden,Zuletzt geändert (Bewertung),Feedback als Kommentar\n"  # noqa: E501
    'Teilnehmer/in5001,Ada Lovelace,ada@shop.example,Zur Bewertung abgegeben,,"7,00",Ja,-,\n'
    'Teilnehmer/in5002,Siobhán O\'Dowd,sod@shop.example,Keine Abgabe,"1,50","7,00",Ja,-,\n',
    "Spanish, no names": "Identificador,Estatus,Calificación,Calificación máxima,La calificación puede ser cambiada\n"
    "Participante 5001,Enviado,,7.00,Sí\nParticipante 5002,Sin entrega,1.50,7.00,Sí\n",
    "English, only one": "Identifier,Full name,Status,Grade,Maximum grade,Grade can be changed\n"
    "Participant 5001,Ada Lovelace,Submitted for grading,6.00,7.00,Yes\n",
}
TRANSLATED = """\
Studierende,Kennung,SIS-Login,Abschnitt,Notizen,00-welcome (4711),01-critical-path (4712),Endergebnis
    Punkte möglich,,,,,"7,00","43,00",(schreibgeschützt)
"Lovelace, Ada (she/her)",101,al3,Montag,,,"40,00",93
"O'Dowd, Siobhán",102,sod@shop.example,Montag,ruft an,"1,00",,
"Studierende, Test",999,d41d8,Montag,,,,
"""


@pytest.mark.parametrize(
    ("text", "separator", "cell", "other", "kept"),
    [(GERMAN, ";", "6,5", "1,50", 7), (FRENCH, ",", "6,5", "1,50", 5), (JAPANESE, "\t", "6.5", "1.50", 5)],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_moodle_in_any_language_is_told_by_its_columns(template, text, separator, cell, other, kept, encoding, newline):
    made = into(template(text.replace("\n", newline), encoding), given(ada_lovelace=6.5))
    lines = cells(made, separator)
    assert made.lms == "Moodle" and [len(line) for line in lines] == [kept] * 3
    assert [line[-1] for line in lines[1:]] == [cell, other]
    assert lines[0][:2] == text.splitlines()[0].split(separator)[:2]
    assert made.text.startswith("\ufeff") == (encoding != "utf-8") and made.text.endswith(newline)
    assert ("\r" in made.text) == (newline == "\r\n")
    assert made.said == ("In Moodle without a submission here, left as they are: Siobhán O'Dowd 78.",) or "名" in text


@pytest.mark.parametrize("sheet", SHEETS)
def test_a_worksheet_in_any_language_is_matched_by_the_participants_number(template, sheet):
    """Even without names, as in anonymous marking: the archive of submissions has the same number."""
    text = SHEETS[sheet]
    origins = {"ada-l": Origin("Ada L", "Moodle", "5001"), "eve": Origin("Eve", "Moodle", "500")}
    made = into(template(text), {name: row(name, 6.5) for name in origins}, people=People(origins, {}))
    lines, before = cells(made), list(csv.reader(io.StringIO(text)))
    grade = 2 if "no names" in sheet else 4 if sheet == "German" else 3
    assert lines[1][grade] == ("6,5" if sheet == "German" else "6.5") and lines[2:] == before[2:]
    assert [line[:grade] + line[grade + 1 :] for line in lines] == [one[:grade] + one[grade + 1 :] for one in before]
    assert "Not in Moodle's file, so no points were written for: eve (ID 500)." in made.said


def test_a_translated_canvas_is_told_by_its_columns(template):
    made = into(template(TRANSLATED), given(ada_lovelace=6.5, sod=2.0))
    assert made.lms == "Canvas" and [line[-1] for line in cells(made)] == ["00-welcome (4711)", "7,00", "6,5", "2", ""]
    assert [len(line) for line in cells(made)] == [6] * 5
    assert made.said == ("In Canvas without a submission here, left as they are: Studierende, Test 999 d41d8.",)
    assert len(into(template(TRANSLATED.replace("7,00", "9,00")), given(ada_lovelace=6.5, sod=2.0)).said) == 2


def test_a_file_of_another_system_can_be_filled_in_too(template):
    path = template("Matrikel;Wer;Blatt 1;Blatt 2\n4711;Ada Lovelace;1,5;\n4712;Ben;;\n")
    with pytest.raises(LmsError, match="name its column with the students' logins, emails, IDs or names: --who TITLE"):
        into(path, given(ada_lovelace=6.5), "Blatt 2")
    with pytest.raises(LmsError, match=r"has no column 'Name'. There are: 'Matrikel', 'Wer'"):
        into(path, given(ada_lovelace=6.5), "Blatt 2", People({}, {}, "Name"))
    made = into(path, given(ada_lovelace=6.5), "Blatt 2", People({}, {}, "wer"))
    assert cells(made, ";") == [
        ["Matrikel", "Wer", "Blatt 1", "Blatt 2"],
        ["4711", "Ada Lovelace", "1,5", "6,5"],
        ["4712", "Ben", "", ""],
    ]
    by_number = into(path, given(ada=6.5), "Blatt 2", People({}, {"ada": "4712"}, "Matrikel"))
    assert cells(by_number, ";")[2][3] == "6,5"


@pytest.mark.parametrize(
    ("text", "separator"),
    [
        ("sep=;\nLastName;FirstName;ID;Section;00-welcome (1)\nA, b, c, d, e, f;B;101;x;\n", ";"),
        ('Student,ID,Section,"00-welcome; a; b; c; d (1)"\n"A; b; c; d",101,x,\n', ","),
        ("Student\tID\tSection\t00-welcome, the first one, of three (1)\nA, B\t101\tx\t\n", "\t"),
    ],
)
def test_the_separator_is_what_gives_the_same_columns_in_every_row(template, text, separator):
    made = read(template(text))
    assert made.separator == separator and len(made.header) == len(made.rows[0]) == (5 if separator == ";" else 4)


def test_a_row_with_more_cells_than_titles_is_refused(template):
    with pytest.raises(LmsError, match="has more cells in row 4 than titles in its first row"):
        into(template(CANVAS_FILE.replace(",40.00,93,93", ",40.00,93,93,and more")), given(ada_lovelace=6.0))


def of_canvas(number, name="lovelaceada"):
    return Origin(name, "Canvas", number)


def test_the_lms_own_id_counts_before_any_name(template):
    twins = CANVAS_FILE + '"Lovelace, Ada",104,S-4,al4,Friday,,,,\n'
    rows = {
        name: row(name, points) for name, points in (("lovelaceada-101", 1.5), ("lovelaceada-104", 2.5), ("hp", 3.5))
    }
    origins = {"lovelaceada-101": of_canvas("101"), "lovelaceada-104": of_canvas("104"), "hp": of_canvas("102")}
    made = into(template(twins), rows, people=People(origins, {}))
    assert [line[-1] for line in cells(made)[3:]] == ["1.5", "3.5", "EX", "", "2.5"]
    assert made.said == ("In Canvas without a submission here, left as they are: Parata, Hinemoa 103 S-3.",)
    # What the mentor says counts before the ID, and an ID of another LMS says nothing about this one.
    origins["hp"] = Origin("Sod Else", "Moodle", "102")
    made = into(template(twins), rows, people=People(origins, {"lovelaceada-104": "sod@shop.example"}))
    assert [line[-1] for line in cells(made)[3:]] == ["1.5", "2.5", "3.5", "", ""]


def test_two_submissions_of_one_person_and_an_id_that_is_gone_are_refused_with_a_sentence(template):
    origins = {"lovelaceada": of_canvas("101"), "byronada": of_canvas("101", "byronada"), "gone": of_canvas("555")}
    made = into(template(CANVAS_FILE), {name: row(name) for name in origins}, people=People(origins, {}))
    assert [line[-1] for line in cells(made)[3:]] == ["", "1.00", "EX", ""]
    assert made.said[:2] == (
        "Not in Canvas's file, so no points were written for: gone (ID 555).",
        "Here lovelaceada, byronada are two submissions, and in Canvas one person (Lovelace, Ada 101 S-1), "
        "so no points were written for that person.",
    )
    assert "Export again with --names FILE" in made.said[2]


@pytest.mark.parametrize("student", ["lovelaceada", "ada-lovelace", "lovelace-ada", "al3", "101"])
@pytest.mark.parametrize("name", ["Lovelace, Ada", "Lovelace, Ada (she/her)", "Lovelace, Ada (they / them)"])
def test_a_name_is_found_with_pronouns_and_as_canvas_writes_it_in_its_archive(template, student, name):
    made = into(template(CANVAS_FILE.replace("Lovelace, Ada", name)), given(**{student: 6.0}))
    assert cells(made)[3][-1] == "6"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ada,al3\nADA,al4\n", "has ADA twice: as al3 and as al4"),
        ("ada,al3\nben,al3\n", "gives al3 to both ada and ben"),
    ],
)
def test_a_table_of_exceptions_that_contradicts_itself_is_refused(tmp_path, text, said):
    (tmp_path / "exceptions.csv").write_text(text)
    with pytest.raises(LmsError, match=said):
        read_exceptions(tmp_path / "exceptions.csv")


def test_an_exception_for_no_one_is_reported(template):
    made = into(
        template(CANVAS_FILE), given(ada=6.0), people=People({}, {"student": "login", "ada": "al3", "bne": "x"})
    )
    assert "In the table of exceptions, but not here: bne." in made.said and cells(made)[3][-1] == "6"


ARCHIVES = {
    "Canvas": (
        {"lovelaceada_LATE_101_9_first-watch.ipynb": 1, "odowdsiobhan_102_8_first-watch-2.ipynb": 2},
        CANVAS_FILE,
        (3, 4),
    ),
    "Moodle": (
        {
            "Ada Lovelace_5001_assignsubmission_file_/first-watch.ipynb": 1,
            "Siobhán O'Dowd_5002_assignsubmission_file_/first-watch.ipynb": 2,
        },
        WORKSHEET,
        (1, 2),
    ),
    "Moodle, anonymous": (
        {
            "Participant_5001_assignsubmission_file_first-watch.ipynb": 1,
            "Participant_5002_assignsubmission_file_first-watch.ipynb": 2,
        },
        SHEETS["Spanish, no names"],
        (1, 2),
    ),
}


@pytest.mark.parametrize("lms", ARCHIVES)
def test_from_the_archive_of_an_lms_and_back(template, tmp_path, lms):
    """The points come back to the person whose submission it was, by the LMS's own ID and nothing else."""
    names, export, places = ARCHIVES[lms]
    notebook = (ROOT / "release" / MODULE / "first-watch.ipynb").read_bytes()
    with zipfile.ZipFile(tmp_path / "submissions.zip", "w") as archive:
        for name, points in names.items():
            archive.writestr(name, notebook + b" " * points)
    taken = intake.take_in(tmp_path / "submissions.zip", tmp_path / "submitted", {MODULE: {"first-watch"}})
    points = {one.student: len(next(one.path.glob("*.ipynb")).read_bytes()) - len(notebook) for one in taken}
    assert sorted(points.values()) == [1, 2]
    people = People(known(tmp_path / "submitted", MODULE), {})
    made = into(template(export), {name: row(name, float(value)) for name, value in points.items()}, people=people)
    target = next(
        place for place, title in enumerate(cells(made)[0]) if title in ("00-welcome (4711)", "Grade", "Calificación")
    )
    assert [cells(made)[place][target] for place in places] == ["1", "2"]
    assert not any("no points were written" in one for one in made.said)


FILES = {
    "Canvas": CANVAS_FILE,
    "translated": TRANSLATED,
    "Moodle": MOODLE_FILE,
    "German": GERMAN,
    "worksheet": WORKSHEET,
}


@pytest.mark.parametrize("file", [*FILES, "plain"])
@pytest.mark.parametrize("state", [FAILED, MISSING, UNGRADED, GRADED, REPAIRED, BY_NBGRADER, "a state of tomorrow"])
def test_no_state_without_a_grade_writes_a_number_into_any_file(template, file, state):
    """Every cell stays as it was, whatever it was, and the person and the reason are said."""
    one = {"ada-lovelace": row("ada-lovelace", None, state, why="A reason.")}
    if file == "plain":
        (made,) = cells(table(one))[1:]
        assert made[2] == "" and made[4:] == [state, "A reason."]
        assert table(one).said == ("Without points: ada-lovelace. A reason.",)
        return
    path = template(FILES[file])
    separator = read(path).separator
    made, untouched = into(path, one), into(path, {}, "Grade" if file == "worksheet" else MODULE)
    assert cells(made, separator) == cells(untouched, separator)
    before = {cell for line in csv.reader(io.StringIO(FILES[file]), delimiter=separator) for cell in line}
    assert {cell.removeprefix("'") for line in cells(made, separator) for cell in line} <= before
    assert any("ada-lovelace. A reason." in said for said in made.said)


def test_a_column_may_be_named(template):
    made = into(template(CANVAS_FILE), given(ada_lovelace=6.0), "01-critical-path")
    assert cells(made)[0][-1] == "01-critical-path (4712)" and cells(made)[3][-1] == "6"
