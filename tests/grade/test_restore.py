"""The answers go into the course's own notebook: whatever happened to the submitted one, checks are the course's."""

from __future__ import annotations

import base64
import codecs
import copy
import json
from pathlib import Path

import pytest

from watchkeeper.staff.errors import Unreadable
from watchkeeper.staff.grade.restore import parse
from watchkeeper.staff.grade.restore.choose import choose
from watchkeeper.staff.grade.restore.notebook import restore

ROOT = Path(__file__).parent.parent.parent
LESSON = "what-did-it-say"
RELEASE = json.loads((ROOT / "release" / "04-logs" / f"{LESSON}.ipynb").read_text(encoding="utf-8"))
ANSWER, CHECK, ESSAY = "search-quality-answer", "search-quality", "page-on-error"
MINE = "def search_quality(records):\n    return 1.0, 0.5"


@pytest.fixture
def mine():
    """A submitted notebook to change."""
    return copy.deepcopy(RELEASE)


def bytes_of(notebook):
    return json.dumps(notebook).encode()


def restored(notebook):
    return restore(LESSON, RELEASE, notebook if isinstance(notebook, bytes) else bytes_of(notebook))


def position(notebook, name):
    """The position of the cell with a grade_id."""
    return next(i for i, cell in enumerate(notebook["cells"]) if name_of(cell) == name)


def name_of(cell):
    return cell["metadata"].get("nbgrader", {}).get("grade_id")


def at(notebook, name):
    return notebook["cells"][position(notebook, name)]


def code(source, **metadata):
    return {
        "cell_type": "code",
        "id": "0" * 8,
        "metadata": metadata,
        "source": source,
        "outputs": [],
        "execution_count": None,
    }


def text(source):
    return source if isinstance(source, str) else "".join(source)


def assert_the_courses(made):
    """Everything except the texts of answers and unmarked cells is the release's; added cells are bare."""
    known = {cell["id"]: cell for cell in RELEASE["cells"]}
    own = [cell for cell in made.notebook["cells"] if cell["id"] not in known]
    assert [cell["id"] for cell in made.notebook["cells"] if cell["id"] in known] == list(known)
    assert {key: made.notebook[key] for key in RELEASE if key != "cells"} == {
        key: value for key, value in RELEASE.items() if key != "cells"
    }
    for cell in made.notebook["cells"]:
        assert cell["cell_type"] != "code" or (cell["outputs"] == [] and cell["execution_count"] is None)
        assert isinstance(cell["source"], str)
        released = known.get(cell["id"])
        assert cell["metadata"] == (released["metadata"] if released else {})
        if released and name_of(released):
            assert cell["cell_type"] == released["cell_type"]
        if released and released["metadata"].get("nbgrader", {}).get("solution") is False:
            assert cell["source"] == text(released["source"])
    assert len({cell["id"] for cell in made.notebook["cells"]}) == len(made.notebook["cells"])
    return own


def sources(cells):
    return [cell["source"] for cell in cells]


@pytest.mark.parametrize("path", sorted(ROOT.glob("release/*/*.ipynb")), ids=lambda path: path.stem)
def test_a_release_restores_to_itself(path):
    release = json.loads(path.read_text(encoding="utf-8"))
    before = copy.deepcopy(release)
    made = restore(path.stem, release, path.read_bytes())
    plain = [cell | {"source": text(cell["source"])} for cell in release["cells"]]
    assert made.notebook == release | {"cells": plain} and made.notes == () and made.changed == frozenset()
    made.notebook["cells"][0]["metadata"]["changed"] = made.notebook["metadata"]["changed"] = True
    assert release == before


def test_answers_go_in_and_nothing_else(mine):
    for cell in mine["cells"]:
        cell["metadata"] |= {"tags": ["raises-exception", "skip-execution"], "editable": False}
    at(mine, ANSWER)["source"] = MINE.splitlines(keepends=True)
    at(mine, ESSAY)["source"] = "No page for that."
    at(mine, CHECK)["source"] = "print('passed')"
    at(mine, CHECK)["metadata"]["nbgrader"]["points"] = 1000
    at(mine, ANSWER)["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "x" * 1_000_000}]
    at(mine, ANSWER)["execution_count"] = 7
    mine["metadata"] = {"kernelspec": {"name": "bash"}}
    made = restored(mine)
    assert assert_the_courses(made) == []
    assert at(made.notebook, ANSWER)["source"] == MINE and at(made.notebook, ESSAY)["source"] == "No page for that."
    assert made.changed == {ANSWER, ESSAY}
    assert made.notes == (f"{CHECK} was changed, which is not allowed; the course's own cell counts",)


def test_the_first_changed_of_several_answers_counts_and_a_copy_is_left_out(mine):
    place = position(mine, ANSWER)
    first, second = copy.deepcopy(mine["cells"][place]), copy.deepcopy(mine["cells"][place])
    first["source"], second["source"] = MINE, MINE.replace("0.5", "0.7")
    mine["cells"][place + 1 : place + 1] = [first, second]
    made = restored(mine)
    assert assert_the_courses(made) == [] and at(made.notebook, ANSWER)["source"] == MINE
    assert made.notes == (f"{ANSWER} was there 3 times; the first answer counts",)


def test_the_halves_of_a_split_answer_both_run(mine):
    place = position(mine, ANSWER)
    second = copy.deepcopy(mine["cells"][place])
    mine["cells"][place]["source"], second["source"] = "def helper():\n    return 0.5", MINE
    mine["cells"].insert(place + 1, second)
    made = restored(mine)
    assert sources(assert_the_courses(made)) == [MINE]
    assert [cell["source"] for cell in made.notebook["cells"]].index(MINE) == place + 1
    assert any("stays as the apprentice's own cell" in note for note in made.notes)


def test_copied_checks_are_left_out(mine):
    place = position(mine, CHECK)
    bare = code(text(mine["cells"][place]["source"]))
    mine["cells"][place:place] = [copy.deepcopy(mine["cells"][place]), bare]
    made = restored(mine)
    assert assert_the_courses(made) == []
    assert made.notes == (
        f"{CHECK} was there twice; the course's own counts",
        "copies of check cells are left out: 1",
    )


def test_deleted_and_moved_cells_are_put_back(mine):
    check = mine["cells"].pop(position(mine, CHECK))
    del mine["cells"][position(mine, "how-few")]
    del mine["cells"][position(mine, ESSAY)]
    mine["cells"].insert(0, check)
    made = restored(mine)
    assert assert_the_courses(made) == []
    assert made.notes == (
        "answers or checks were moved; they are back in the course's order",
        "how-few was missing; it is as released",
        f"{ESSAY} was missing; it is as released",
    )


def test_a_retyped_answer_keeps_its_text(mine):
    at(mine, ANSWER).update(cell_type="markdown", source=MINE)
    at(mine, ESSAY).update(cell_type="code", source="An essay.")
    made = restored(mine)
    assert assert_the_courses(made) == []
    assert at(made.notebook, ANSWER)["source"] == MINE and at(made.notebook, ESSAY)["source"] == "An essay."
    assert "outputs" not in at(made.notebook, ESSAY)
    assert f"{ANSWER} had become a markdown cell; it is code again" in made.notes


def test_own_cells_stay_after_their_neighbour(mine):
    place = position(mine, ANSWER)
    mine["cells"].insert(place, code("import math", tags=["parameters"], nbgrader={"grade_id": "not-of-the-course"}))
    mine["cells"].insert(0, code("first = 1"))
    mine["cells"].append(code("last = 1") | {"outputs": [{"output_type": "display_data"}]})
    made = restored(mine)
    assert sources(assert_the_courses(made)) == ["first = 1", "import math", "last = 1"]
    order = sources(made.notebook["cells"])
    assert order[0] == "first = 1" and order[-1] == "last = 1"
    assert order.index("import math") + 1 == position(made.notebook, ANSWER)
    assert made.notes == ()


def test_an_edited_example_stays_edited_and_a_copy_of_prose_is_left_out(mine):
    example = next(i for i, cell in enumerate(mine["cells"]) if "explore.logs(quiet)" in text(cell["source"]))
    prose = mine["cells"][0]
    mine["cells"][example]["source"] = "explore.logs(quiet)  # mine"
    mine["cells"].append(copy.deepcopy(prose) | {"id": "another"})
    made = restored(mine)
    assert assert_the_courses(made) == []
    assert made.notebook["cells"][example]["source"] == "explore.logs(quiet)  # mine"
    assert made.notes == () and made.changed == frozenset()


def test_an_example_that_was_turned_off_stays_off(mine):
    example = next(i for i, cell in enumerate(mine["cells"]) if "explore.logs(quiet)" in text(cell["source"]))
    mine["cells"][example]["cell_type"] = "raw"
    made = restored(mine).notebook["cells"][example]
    assert made["cell_type"] == "raw" and made["id"] == RELEASE["cells"][example]["id"] and "outputs" not in made


def test_the_courses_own_parameters_come_last(mine):
    cell = next(cell for cell in mine["cells"] if "tags" in cell["metadata"])
    released, cell["source"] = text(cell["source"]), "import math\ndatasets = '/elsewhere'"
    made = restored(mine)
    source = next(one for one in made.notebook["cells"] if one["id"] == cell["id"])["source"]
    assert source == f"import math\ndatasets = '/elsewhere'\n\n{released}" and "parameters" in made.notes[0]


@pytest.mark.parametrize("ids", [True, False], ids=["with cell ids", "without"])
def test_lost_metadata_is_found_again(mine, ids):
    at(mine, ANSWER)["source"], at(mine, ESSAY)["source"] = MINE, "An essay that shares no word."
    mine["cells"].insert(position(mine, ANSWER), code("import math"))
    for cell in mine["cells"]:
        cell["metadata"] = {}
        if not ids:
            del cell["id"]
    made = restored(mine)
    assert sources(assert_the_courses(made)) == ["import math"]
    assert made.changed == {ANSWER, ESSAY} and at(made.notebook, ANSWER)["source"] == MINE
    assert not any("missing" in note for note in made.notes)
    assert any(note.startswith("without grading metadata") and ANSWER in note for note in made.notes)


def test_a_changed_grade_id_is_found_again(mine):
    at(mine, ANSWER).update(source=MINE)
    at(mine, ANSWER)["metadata"]["nbgrader"]["grade_id"] = "typo"
    made = restored(mine)
    assert made.changed == {ANSWER} and assert_the_courses(made) == []


def old_format(notebook):
    cells = []
    for cell in notebook["cells"]:
        cells.append({"cell_type": cell["cell_type"], "metadata": cell["metadata"], "source": cell["source"]})
        if cell["cell_type"] == "code":
            cells[-1] |= {"input": cells[-1].pop("source"), "language": "python", "prompt_number": 3}
    return {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": cells}]}


def test_format_3_is_read(mine):
    at(mine, ANSWER)["source"] = MINE
    made = restored(old_format(mine))
    assert assert_the_courses(made) == [] and made.changed == {ANSWER}
    assert made.notes == ("it was in the old notebook format 3",)


@pytest.mark.parametrize(
    "encode",
    [
        lambda s: codecs.BOM_UTF8 + s.encode(),
        lambda s: s.encode("utf-16"),
        lambda s: s.encode("utf-16-le"),
        lambda s: s.encode("utf-16-be"),
        lambda s: codecs.BOM_UTF16_BE + s.encode("utf-16-be"),
        lambda s: s.encode("utf-32"),
    ],
    ids=["BOM", "UTF-16", "UTF-16 little", "UTF-16 big", "UTF-16 big BOM", "UTF-32"],
)
def test_encodings_are_recognized(mine, encode):
    at(mine, ESSAY)["source"] = "Łucja wącha żółć"
    made = restored(encode(json.dumps(mine, ensure_ascii=False)))
    assert at(made.notebook, ESSAY)["source"] == "Łucja wącha żółć" and len(made.notes) == 1


def test_ascii_survives_any_other_encoding(mine):
    at(mine, ANSWER)["source"], at(mine, ESSAY)["source"] = MINE, "schön"
    made = restored(json.dumps(mine, ensure_ascii=False).encode("cp1252", "replace"))
    assert at(made.notebook, ANSWER)["source"] == MINE and at(made.notebook, ESSAY)["source"] == "sch\ufffdn"
    assert "not UTF-8" in made.notes[0]


def test_windows_line_ends_do_not_count_as_an_answer(mine):
    at(mine, ANSWER)["source"] = text(at(mine, ANSWER)["source"]).replace("\n", "\r\n")
    made = restored(json.dumps(mine, indent=1).replace("\n", "\r\n").encode())
    assert made.changed == frozenset() and made.notes == ()


REFUSED = {
    b"": "is empty",
    b" \n\0 ": "is empty",
    b"[]": "not a notebook (a list)",
    b"null": "not a notebook (a null)",
    b'"text"': "not a notebook (a text)",
    b"1e999": "not a notebook (a number)",
    b"{}": "no list of cells",
    b'{"cells": {}}': "no list of cells",
    b'{"nbformat": 5, "cells": []}': "format 5",
    b'{"nbformat": 4, "cells": []}': "none of its cells",
    b'{"nbformat": 3, "worksheets": 7}': "none of its cells",
    b'{"cells": [1, null, "x"]}': "none of its cells",
    b'{"cells": [': "not JSON",
    b"\x89PNG\r\n": "not JSON",
    b"[" * 100_000: "nested too deeply",
    b'{"a":' * 100_000: "nested too deeply",
    b"[" * 2_100_000: "too many parts",
    b" " * (parse.FILE + 1): "clear its outputs",
    b'{"cells": [' + b"{}," * 2_000 + b"{}]}": "2001 cells",
    b'{"nbformat": 1e400, "cells": []}': "format inf",
}


@pytest.mark.parametrize("content, reason", REFUSED.items(), ids=REFUSED.values())
def test_a_file_that_can_not_be_graded_is_a_sentence(content, reason):
    with pytest.raises(Unreadable) as problem:
        restored(content)
    assert reason in str(problem.value)
    assert str(problem.value).startswith(f"{LESSON}.ipynb can't be graded: ") and str(problem.value).endswith(".")


ODD = {
    "huge numbers": lambda cell: cell.update(execution_count=10**5000, metadata={"x": 10**5000}),
    "no cell type": lambda cell: cell.pop("cell_type"),
    "a cell type that is a list": lambda cell: cell.update(cell_type=["code"]),
    "no source": lambda cell: cell.pop("source"),
    "source none": lambda cell: cell.update(source=None),
    "source a number": lambda cell: cell.update(source=1.5),
    "source with numbers": lambda cell: cell.update(source=["a = 1\n", 2, None, "b = 2"]),
    "nested source": lambda cell: cell.update(source=[["a"]]),
    "metadata a list": lambda cell: cell.update(metadata=[1]),
    "nbgrader a text": lambda cell: cell.update(metadata={"nbgrader": "x"}),
    "grade_id a list": lambda cell: cell["metadata"].update(nbgrader={"grade_id": [1]}),
    "id a number": lambda cell: cell.update(id=7),
    "a long id": lambda cell: cell.update(id="x" * 10_000),
    "outputs none": lambda cell: cell.update(outputs=None),
    "half a character": lambda cell: cell.update(source="'\ud800'"),
    "a NUL": lambda cell: cell.update(source="a\0b"),
    "too much text": lambda cell: cell.update(source="x" * (parse.SOURCE + 1)),
    "attachments a list": lambda cell: cell.update(attachments=[1]),
}


@pytest.mark.parametrize("name", [ANSWER, CHECK, ESSAY])
@pytest.mark.parametrize("change", ODD.values(), ids=ODD)
def test_odd_cells_do_no_harm(mine, change, name):
    change(at(mine, name))
    content = dumps(mine)
    made = restored(content)
    assert_the_courses(made)
    json.dumps(made.notebook, ensure_ascii=False).encode()  # can be stored
    assert len(made.notebook["cells"]) <= len(RELEASE["cells"]) + 1


def dumps(notebook):
    """JSON with integers of any length."""
    import sys

    limit = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(0)
    try:
        return bytes_of(notebook)
    finally:
        sys.set_int_max_str_digits(limit)


def test_the_same_id_everywhere_does_no_harm(mine):
    for cell in mine["cells"]:
        cell["id"] = RELEASE["cells"][0]["id"]
    at(mine, ANSWER)["source"] = MINE
    made = restored(mine)
    assert assert_the_courses(made) == [] and made.changed == {ANSWER}


def test_duplicate_entries_are_noted(mine):
    content = bytes_of(mine).replace(b'"cell_type": "code"', b'"cell_type": "raw", "cell_type": "code"', 1)
    made = restored(content)
    assert made.notes == ("an entry was there twice; the last one counts",) and assert_the_courses(made) == []


def test_a_cell_with_too_much_text_is_left_out_with_a_note(mine):
    at(mine, ANSWER)["source"] = "x" * (parse.SOURCE + 1)
    made = restored(mine)
    assert made.changed == frozenset() and "more than 200 kB" in made.notes[0]
    assert f"{ANSWER} had no text that could be read, so it is as released" in made.notes


def test_only_attachments_that_are_pictures_stay(mine):
    picture = base64.b64encode(b"\x89PNG").decode()
    given = {
        "a.png": {"image/png": picture, "text/html": picture},
        "b.svg": {"image/svg+xml": picture},
        "c.gif": {"image/gif": ["R0lG", "ODlh"]},
        "d.png": {"image/png": "<script>"},
        "e.png": "x",
        "../f.png": {"image/png": picture},
        "g.png": {"image/png": "A" * 4_000_000},
    }
    for name in (ESSAY, ANSWER):
        at(mine, name)["attachments"] = given
    made = restored(mine)
    assert at(made.notebook, ESSAY)["attachments"] == {
        "a.png": {"image/png": picture},
        "c.gif": {"image/gif": "R0lGODlh"},
    }
    assert "attachments" not in at(made.notebook, ANSWER)
    assert "an attachment that is not a plain picture, or is too large, is left out (5 times)" in made.notes


def test_two_thousand_cells_that_match_nothing_are_kept_quickly(mine):
    for cell in mine["cells"]:
        del cell["id"]
        cell["metadata"] = {}
    mine["cells"] += [code("\n".join(f"line_{n}_{m} = {m}" for m in range(200))) for n in range(1_900)]
    made = restored(mine)
    assert len(assert_the_courses(made)) == 1_900 and len(made.notes) < 10


@pytest.mark.parametrize(
    "file",
    [
        "first-watch.ipynb",
        "first-watch (1).ipynb",
        "first-watch_ada.ipynb",
        "Kopie von first-watch.ipynb",
        "FIRST-WATCH.IPYNB",
        "first-watch-Copy1.ipynb",
        "first_watch - Copy (2).ipynb",
        "work/first-watch.ipynb",
        "ada-lovelace first watch final.ipynb",
    ],
)
def test_a_renamed_notebook_is_recognized_by_its_name(file):
    chosen = choose(["first-watch"], {file: b"{}", "key.json": b"{}", "notes.ipynb": b"{}"})
    assert chosen.mapping == {"first-watch": file}
    assert chosen.notes[-1] == "extra notebooks are left out: notes.ipynb"
    assert (len(chosen.notes) == 1) is (file == "first-watch.ipynb")


def test_a_notebook_of_any_name_is_recognized_by_its_cells():
    names = {"one": {"a", "b"}, "two": {"c", "d"}, "three": {"e"}}
    inside = {name: json.dumps([{"grade_id": one} for one in sorted(ids)]).encode() for name, ids in names.items()}
    files = {
        "Untitled.ipynb": inside["one"],
        "one.ipynb": inside["two"],
        "x.ipynb": inside["one"].decode().encode("utf-16"),
    }
    chosen = choose(names, files)
    assert chosen.mapping == {"one": "Untitled.ipynb", "two": "one.ipynb"}
    assert "three.ipynb is missing" in chosen.notes and "one.ipynb is taken for two.ipynb" in chosen.notes


def test_the_right_name_is_preferred_to_a_copy():
    content = b'{"grade_id": "a"}'
    files = {
        "one (1).ipynb": content,
        "old/one.ipynb": content,
        "one.ipynb": content,
        "one.new.ipynb": content,
        ".ipynb_checkpoints/one-checkpoint.ipynb": content,
    }
    chosen = choose({"one.ipynb": {"a"}}, files)
    assert chosen.mapping == {"one.ipynb": "one.ipynb"} and len(chosen.notes) == 1
    assert choose(["one", "one-two"], {"one-two.ipynb": b""}).mapping == {"one-two": "one-two.ipynb"}
