"""A gradebook on a PostgreSQL server: several graders at once, a server that stops and starts, a wrong URL."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from nbgrader.api import Gradebook
from postgresql import server
from sqlalchemy import create_engine, text
from submissions import MODULE, ROOT, course, result

from watchkeeper.staff.errors import GradebookError
from watchkeeper.staff.grade.gradebook.book import Book, stale, store
from watchkeeper.staff.grade.gradebook.database import head


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return course(tmp_path_factory.mktemp("a course") / "course")


@pytest.fixture
def there():
    with server() as made:
        yield made


def test_several_graders_at_once_on_an_empty_server(there, folder, tmp_path):
    """Tables, assignment and rows are there once, whichever grader was first, and every grader succeeds."""

    def grade(number: int) -> None:
        with Book.open(there.url) as book:
            for student in range(6):
                book.write(result(f"s{student}"))
            book.write(result(f"own{number}"))

    with Book.open(there.url) as book:
        book.ensure(folder, MODULE, ROOT)
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(grade, range(3)))
    with Gradebook(there.url) as book:
        assert sorted(one.id for one in book.students) == [f"own{n}" for n in range(3)] + [f"s{n}" for n in range(6)]
        assert {one.score for one in book.assignment_submissions(MODULE)} == {7.0}
        assert len(book.assignment_submissions(MODULE)) == 9
    engine = create_engine(there.url)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).fetchall() == [(head(),)]
        per = "SELECT count(*) FROM grade GROUP BY notebook_id"
        assert len({row[0] for row in connection.execute(text(per))}) == 1
    engine.dispose()


def test_several_graders_make_the_tables_at_the_same_time(there):
    def opened(_: int) -> list[str]:
        with Book.open(there.url) as book:
            return book.students()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(opened, range(8))) == [[]] * 8


def test_a_server_that_stops_loses_nothing_and_the_next_run_continues(there, folder):
    def which_are_stale(book: Book) -> list[str]:
        return [one for one in ("s0", "s1", "s2") if stale(book, folder, one, MODULE, "content", "edition")]

    with Book.open(there.url) as book:
        book.ensure(folder, MODULE, ROOT)
        store(book, folder, result("s0"), {})
        there.stop()
        with pytest.raises(GradebookError, match="grading continues where it stopped"):
            store(book, folder, result("s1"), {})
        there.start()
        assert which_are_stale(book) == ["s1", "s2"]  # in the same run
    with pytest.raises(GradebookError, match="does not answer"):
        there.stop()
        with Book.open(there.url):
            pass
    there.start()
    with Book.open(there.url) as book:
        for student in which_are_stale(book):
            store(book, folder, result(student), {})
        assert which_are_stale(book) == [] and book.students() == ["s0", "s1", "s2"]


def test_a_wrong_user_password_or_database_is_a_sentence(there):
    engine = create_engine(there.url)
    with engine.begin() as connection:
        connection.execute(text("CREATE ROLE tutor LOGIN PASSWORD 'right'"))
    engine.dispose()
    (there.data / "pg_hba.conf").write_text("local all mentor trust\nlocal all all scram-sha-256\n")
    there.run("pg_ctl", "-D", there.data, "reload")
    for url, said in (
        (there.named("tutor:secret", "gradebook"), "rejected the user or the password"),
        (there.named("nobody-of-ours:secret", "gradebook"), "rejected the user or the password"),
        (there.named("mentor", "elsewhere"), "Create it with PostgreSQL's program createdb"),
    ):
        with pytest.raises(GradebookError, match=said) as caught, Book.open(url):
            pass
        assert "secret" not in str(caught.value) and "\n" not in str(caught.value)


def test_a_user_without_the_right_to_write_is_a_sentence(there, folder):
    with Book.open(there.url) as book:
        book.ensure(folder, MODULE, ROOT)
        with book.engine.begin() as connection:
            connection.execute(text("CREATE ROLE reader LOGIN"))
            connection.execute(text("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader"))
    reader = there.named("reader", "gradebook")
    with Book.open(reader) as book, pytest.raises(GradebookError, match="permission denied"):
        book.write(result())
