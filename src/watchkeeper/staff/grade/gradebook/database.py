"""A gradebook's database: opened, made or mended, and what can go wrong with it in a sentence each."""

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
LOCK = 0x77617463  # of whoever makes the tables on a server; any number that other programs don't use


def named(url: str) -> str:
    """The URL as a message may show it: without a password."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        return make_url(url).render_as_string(hide_password=True)
    except ArgumentError:
        return "the URL that was given"


@contextmanager
def sentences(url: str) -> Iterator[None]:
    """Turn what a database says into what a mentor can act on."""
    from sqlalchemy import exc

    try:
        yield
    except exc.NoSuchModuleError:
        raise GradebookError(f"{named(url)} names a database that is not known here. A URL is {EXAMPLES}.") from None
    except exc.ArgumentError:
        raise GradebookError(f"{named(url)} is no URL of a database. A URL is {EXAMPLES}.") from None
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
            f"Another program is writing to the gradebook {name}. Close nbgrader commands that still run, wait "
            "until formgrader has saved, and grade again: it goes on where it stopped."
        )
    if "readonly" in low or "read-only" in low:
        return f"The gradebook {name} is read-only for you. Make the file and its folder writable and grade again."
    if "disk is full" in low or "no space" in low:
        return f"There is no room left on the disk for the gradebook {name}. Make room and grade again."
    if "unable to open" in low:
        return f"The gradebook {name} can't be opened. Make its folder, or see that you may read it."
    if "not a database" in low or "malformed" in low:
        return f"{name} is no gradebook, or a damaged one. Put a backup in its place, or name another file."
    if "password" in low or "authentication failed" in low or ("role" in low and "does not exist" in low):
        return f"The server refuses the user or the password of the gradebook {name}. Correct the URL."
    if "database" in low and "does not exist" in low:
        return f"The server has no database for the gradebook {name}. Make it with its program createdb."
    if any(said in low for said in GONE):
        return (
            f"The server of the gradebook {name} does not answer. See that the server runs and the URL is right, "
            "and grade again: it goes on where it stopped."
        )
    first = text.strip().splitlines()[0][:300] if text.strip() else "no reason given"
    return f"The gradebook {name} can't be used: {first}. See that the server runs and the URL is right."


def engine(url: str, patience: float = PATIENCE) -> Engine:
    """A SQLAlchemy engine on a gradebook that is whole: made, or mended if a run was stopped while making it."""
    from sqlalchemy import create_engine
    from sqlalchemy.engine import make_url

    with sentences(url):
        parsed = make_url(url)
        lite = parsed.get_backend_name() == "sqlite"
        # A connection is tried before it is used: a server may have been started anew since the last submission.
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
    """Give the database the tables and the alembic version that are missing; never touch what is there."""
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
        if engine.dialect.name == "postgresql":  # "create if it is not there" is no promise when two do it at once
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
        Base.metadata.create_all(connection)
        connection.execute(text("CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) NOT NULL)"))
        if not connection.execute(text("SELECT version_num FROM alembic_version")).first():
            connection.execute(text("INSERT INTO alembic_version (version_num) VALUES (:head)"), {"head": head()})


def head() -> str:
    """The version of nbgrader's tables, as its own command `alembic heads` gives it."""
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
