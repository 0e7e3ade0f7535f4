"""The databases: SQLite by default, one file each, write-ahead log; PostgreSQL by URL.

A process opens one database when it starts (`open_store`); its endpoints then say `with session() as db:`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.orm import Session, sessionmaker

from watchkeeper.shop import seed
from watchkeeper.shop.models import DATABASES

# Relative, because every process works in the run's folder, and `db.namespace` then holds no path of this machine.
DEFAULT_URL = "sqlite:///{database}.db"

session: sessionmaker[Session] = sessionmaker()


def engine_for(database: str, url: str = DEFAULT_URL) -> Engine:
    """An engine on one database; `{database}` in the URL stands for its name."""
    engine = create_engine(url.format(database=database))
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_pragmas)
    return engine


def open_store(database: str, url: str = DEFAULT_URL) -> Engine:
    """Open this process's database and bind `session` to it."""
    engine = engine_for(database, url)
    session.configure(bind=engine)
    return engine


def create_stores(url: str = DEFAULT_URL) -> None:
    """Create every table in the current folder's databases and insert what the shop sells."""
    for database, base in DATABASES.items():
        engine = engine_for(database, url)
        base.metadata.drop_all(engine)  # a database by URL may hold an earlier run
        base.metadata.create_all(engine)
        with Session(engine) as db:
            db.add_all(seed.rows(database))
            db.commit()
        engine.dispose()
    Path("feed.xml").write_text(seed.supplier_feed(), encoding="utf-8")


def store_bytes(engine: Engine) -> int:
    """The size of the database on disk in bytes, including the write-ahead log."""
    if engine.dialect.name == "postgresql":
        with engine.connect() as connection:
            return int(connection.scalar(text("SELECT pg_database_size(current_database())")) or 0)
    path = Path(str(engine.url.database))
    return sum(part.stat().st_size for part in path.parent.glob(path.name + "*"))


def _set_pragmas(connection: Any, _record: object) -> None:
    """Readers don't block the writer (WAL), and a second writer waits instead of failing."""
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=5000"):
        connection.execute(f"PRAGMA {pragma}")
