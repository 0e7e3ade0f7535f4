"""Opens a gradebook's database, creates or completes it, and turns its errors into sentences for the mentor."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from watchkeeper.staff.errors import GradebookError

if TYPE_CHECKING:
    from sqlalchemy import Engine, Inspector, Table
    from sqlalchemy.engine.interfaces import ReflectedColumn

EXAMPLES = "sqlite:///gradebook.db or postgresql+psycopg://user:password@host/name"
PATIENCE = 5.0  # seconds to wait for another program that writes
GONE = (
    "connection failed",
    "connection is bad",
    "connection is lost",
    "closed the connection",
    "is closed",
    "terminating connection",
    "shutting down",
    "starting up",
)
LOCK = 0x77617463  # PostgreSQL's advisory lock for creating the tables; any number that other programs don't use


def named(url: str) -> str:
    """The URL for use in a message: without the password."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        return make_url(url).render_as_string(hide_password=True)
    except ArgumentError:
        return "the given URL"


@contextmanager
def sentences(url: str) -> Iterator[None]:
    """Turn a database's errors into a GradebookError that a mentor can act on."""
    from sqlalchemy import exc

    try:
        yield
    except exc.NoSuchModuleError:
        raise GradebookError(f"{named(url)} is for an unknown kind of database. A URL looks like {EXAMPLES}.") from None
    except exc.ArgumentError:
        raise GradebookError(f"{named(url)} is not the URL of a database. A URL looks like {EXAMPLES}.") from None
    except ModuleNotFoundError as error:
        raise GradebookError(
            f"The driver {error.name!r} for {named(url)} is not installed. Install it: "
            f"pip install {'psycopg[binary]' if error.name in ('psycopg', 'psycopg2') else error.name}"
            + (", and write the URL as postgresql+psycopg://..." if error.name == "psycopg2" else "")
        ) from None
    except (exc.DBAPIError, sqlite3.Error) as error:
        raise GradebookError(f"{_said(str(getattr(error, 'orig', None) or error), named(url))}") from None


def _said(text: str, name: str) -> str:
    low = text.lower()
    if "locked" in low or "lock timeout" in low:
        return (
            f"Another program is writing to the gradebook {name}. Stop nbgrader commands that are still running, wait "
            "until formgrader has saved, and grade again: grading continues where it stopped."
        )
    if "readonly" in low or "read-only" in low:
        return f"The gradebook {name} is read-only for you. Make the file and its folder writable and grade again."
    if "disk is full" in low or "no space" in low:
        return f"The disk is full, so the gradebook {name} can't be written. Free some space and grade again."
    if "unable to open" in low:
        return f"The gradebook {name} can't be opened. Create its folder, or check that you may read the file."
    if "not a database" in low or "malformed" in low:
        return f"{name} is not a gradebook, or it is damaged. Restore a backup, or name another file."
    if "password" in low or "authentication failed" in low or ("role" in low and "does not exist" in low):
        return f"The server rejected the user or the password in {name}. Correct the URL of the gradebook."
    if "database" in low and "does not exist" in low:
        return f"The server does not have the database in {name}. Create it with PostgreSQL's program createdb."
    if any(said in low for said in GONE):
        return (
            f"The server of the gradebook {name} does not answer. Check that it is running and that the URL is right, "
            "and grade again: grading continues where it stopped."
        )
    first = text.strip().splitlines()[0][:300] if text.strip() else "no reason given"
    return f"The gradebook {name} can't be used: {first}. Check that the server is running and that the URL is right."


def engine(url: str, patience: float = PATIENCE) -> Engine:
    """A SQLAlchemy engine for a gradebook. Missing tables are created, also after a run that stopped while doing so."""
    from sqlalchemy import create_engine
    from sqlalchemy.engine import make_url

    with sentences(url):
        parsed = make_url(url)
        lite = parsed.get_backend_name() == "sqlite"
        # Each connection is tested before use: the server may have restarted since the last submission.
        made = (
            create_engine(parsed, connect_args={"timeout": patience})
            if lite
            else create_engine(parsed, pool_pre_ping=True)
        )
        try:
            whole(made, url)
        except BaseException:
            made.dispose()
            raise
        return made


def whole(engine: Engine, url: str) -> None:
    """Add the tables and the alembic version that are missing, and never change what is there."""
    from sqlalchemy import inspect, text

    from watchkeeper.staff.grade.gradebook import tables

    seen = inspect(engine)
    there = set(seen.get_table_names())
    if _version(engine, there) and all(_holds(seen, table, there) for table in tables.EVERY.values()):
        return

    from nbgrader.api import Base

    for table in Base.metadata.sorted_tables:
        missing = {column.name for column in table.columns} - {one["name"] for one in _columns(seen, table.name, there)}
        if table.name in there and missing:
            raise GradebookError(
                f"The gradebook {named(url)} was made by another version of nbgrader (its table {table.name} has no "
                f"{min(missing)}). Make a copy of it, then run: nbgrader db upgrade"
            )
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":  # there, IF NOT EXISTS fails when two do it at once
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
        Base.metadata.create_all(connection)
        connection.execute(text("CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) NOT NULL)"))
        if not connection.execute(text("SELECT version_num FROM alembic_version")).first():
            connection.execute(text("INSERT INTO alembic_version (version_num) VALUES (:head)"), {"head": head()})


def head() -> str:
    """The version of nbgrader's tables, as the command `alembic heads` prints it."""
    import nbgrader
    from alembic.script import ScriptDirectory

    return str(ScriptDirectory(str(Path(nbgrader.__file__).parent / "alembic")).get_current_head())


def _holds(seen: Inspector, table: Table, there: set[str]) -> bool:
    names = {one["name"] for one in _columns(seen, table.name, there)}
    return {column.name for column in table.columns} <= names


def _columns(seen: Inspector, name: str, there: set[str]) -> list[ReflectedColumn]:
    return seen.get_columns(name) if name in there else []


def _version(engine: Engine, there: set[str]) -> bool:
    from sqlalchemy import text

    if "alembic_version" not in there:
        return False
    with engine.connect() as connection:
        return connection.execute(text("SELECT version_num FROM alembic_version")).first() is not None
