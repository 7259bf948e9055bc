"""Fills a database that `data.py` has prepared, as fast as PostgreSQL can, and looks after its statistics."""
# ruff: noqa: S608 - nothing in it comes from outside

import datetime
import itertools
import zoneinfo
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import psycopg
import rows

AT_ONCE = 2  # connections
CHUNKS = 8  # of one statement

CONSTRAINTS = """
SELECT conname, format('ALTER TABLE %%I ADD CONSTRAINT %%I %%s', relname, conname, pg_get_constraintdef(k.oid))
  FROM pg_constraint k JOIN pg_class t ON t.oid = conrelid WHERE relname = %s AND contype = 'u'
"""
INDEXES = """
SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid)
  FROM pg_index WHERE indrelid = %s::regclass AND NOT indisprimary
   AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid)
"""

# Added afterwards, an exclusion constraint looks at each row, which takes minutes. The rows keep to it by construction,
# so its index is switched off, built at one go as an ordinary one, and made what it was.
EXCLUSIONS = """
UPDATE pg_index SET indisready = false, indisexclusion = false
 WHERE indrelid = %s::regclass AND indisexclusion RETURNING indexrelid::regclass::text
"""
MADE_AGAIN = """
REINDEX INDEX {index};
UPDATE pg_index SET indisexclusion = true WHERE indexrelid = '{index}'::regclass
"""


def fill(url: str, *, contacts: int, keys: dict) -> None:
    """Add ``contacts`` contacts, five times as many bookings and ten times as many messages, and no statistics.

    :param keys: of the services and the people, as `data.py` has made them
    """
    bookings, messages = (contacts * times for times in rows.PER_CONTACT.values())
    now = datetime.datetime.now(datetime.UTC)
    values = {
        "contacts": contacts,
        "past": bookings - rows.NEAR,
        "waiting": rows.WAITING,
        "services": keys["services"],
        "people": keys["people"],
        "now": now,
        "today": now.astimezone(zoneinfo.ZoneInfo(rows.ZONE)).date(),
    }
    statements = [
        (rows.CONTACTS, 1, contacts),
        (rows.CONVERSATIONS, 1, contacts),
        (rows.ADDRESSES, 1, contacts),
        (rows.PAST_BOOKINGS, 1, bookings - rows.NEAR),
        (rows.NEAR_BOOKINGS, bookings - rows.NEAR + 1, bookings),
        (rows.MESSAGES, 1, messages),
    ]
    with _connect(url) as connection:
        connection.execute(rows.DEFAULTS)
        constraints, indexes = zip(*(_take_down(connection, table) for table in rows.TABLES), strict=True)
    for statement, first, last in statements:
        chunks = ((url, statement, values | span) for span in _spans(first, last))
        _together(_insert, chunks)
    _together(_put_up, ((url, statements) for statements in constraints))  # each locks its table
    _together(_put_up, ((url, [statement]) for statement in itertools.chain(*indexes)))
    with _connect(url) as connection:
        for table in rows.TABLES:
            connection.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"
            )
        connection.execute(rows.QUESTIONS, values)
        connection.execute(rows.FAILED)


def analyse(url: str) -> None:
    with _connect(url) as connection:
        connection.execute("VACUUM ANALYZE")


def _connect(url: str) -> psycopg.Connection:
    connection = psycopg.connect(url, autocommit=True)
    # References are right by construction and need no look at each.
    connection.execute("SET session_replication_role = replica")
    connection.execute("SET maintenance_work_mem = '512MB'")
    connection.execute("SET max_parallel_maintenance_workers = 0")
    return connection


def _take_down(connection: psycopg.Connection, table: str) -> tuple[list[str], list[str]]:
    """Drop what would be kept up to date row by row; return how constraints are made again, and indexes."""
    # Else statistics would appear at some moment of the measurements, and in some runs only.
    connection.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = off)")
    constraints = connection.execute(CONSTRAINTS, [table]).fetchall()
    indexes = connection.execute(INDEXES, [table]).fetchall()
    exclusions = connection.execute(EXCLUSIONS, [table]).fetchall()
    for name, _ in constraints:
        connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    for name, _ in indexes:
        connection.execute(f"DROP INDEX {name}")
    again = [MADE_AGAIN.format(index=index) for (index,) in exclusions]
    return [statement for _, statement in constraints], again + [statement for _, statement in indexes]


def _put_up(url: str, statements: list[str]) -> None:
    with _connect(url) as connection:
        for statement in statements:
            connection.execute(statement)


def _insert(url: str, statement: str, values: dict) -> None:
    with _connect(url) as connection:
        connection.execute(statement, values)


def _spans(first: int, last: int) -> Iterable[dict[str, int]]:
    size = (last - first) // CHUNKS + 1
    for start in range(first, last + 1, size):
        yield {"first": start, "last": min(start + size - 1, last)}


def _together(act, calls: Iterable[tuple]) -> None:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda call: act(*call), calls))
