"""Every statement of every store can be prepared on the schema that the migrations make.

Why: a column that a migration renames is still asked for by the one statement that nobody ran; a
reserved word taken for an alias once stopped every service at its first round, past all checks.
PostgreSQL reads each statement here, on the real schema, and counts what it wants to be given.
"""

import ast
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import asyncpg
import pytest

from services.supervision.plan import WITH_DATABASE
from tests.house.checking import Fault, Rule, Source, sources

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

_CALLS = {"fetch", "fetchrow", "fetchval", "execute"}
# Tables that every service's database has, and one where they can be prepared.
_LIBRARIES = ("libs/messaging/", "libs/web/idempotency.py")
_ANY_SERVICE = WITH_DATABASE[0]


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement where it is written, and how many values it is given; None when unknown."""

    place: str
    sql: str
    given: int | None


def statements(source: Source) -> Iterator[Statement]:
    """Each statement that a file gives to a transaction or a connection as plain text."""
    for call in _calls(source):
        match call.args:
            case [ast.Constant(value=str(sql)), *values]:
                starred = any(isinstance(value, ast.Starred) for value in values)
                place = f"{source.path}:{call.lineno}"
                yield Statement(place, sql, None if starred else len(values))
            case _:
                pass


def _calls(source: Source) -> Iterator[ast.Call]:
    for node in ast.walk(source.tree):
        match node:
            case ast.Call(func=ast.Attribute(attr=name), args=[_, *_]) if name in _CALLS:
                yield node
            case _:
                pass


def _find(source: Source) -> Iterator[Fault]:
    if not _is_store(source.path):
        return
    for call in _calls(source):
        match call.args[0]:
            case ast.Constant(value=str()):
                pass
            case _:
                yield Fault(call.lineno, "SQL that is put together: write the whole statement here")


def _is_store(path: str) -> bool:
    """Whether a file holds statements for PostgreSQL; the sandbox keeps its ledger in SQLite."""
    service, _, rest = path.removeprefix("services/").partition("/")
    ours = path.startswith("services/") and service in WITH_DATABASE
    return path.startswith(_LIBRARIES) or (ours and rest.startswith(("store.py", "store/")))


RULE = Rule("sql-as-text", _find)


def _statements_on(service: str) -> list[Statement]:
    folders = (f"services/{service}/", *(_LIBRARIES if service == _ANY_SERVICE else ()))
    return [
        statement
        for source in sources(("libs", "services"))
        if source.path.startswith(folders) and _is_store(source.path)
        for statement in statements(source)
    ]


async def wrong_with(connection: Connection, statement: Statement) -> str | None:
    """What PostgreSQL has against a statement, if anything."""
    try:
        prepared = await connection.prepare(statement.sql)
    except asyncpg.PostgresError as failure:
        return f"{statement.place}: {failure}"
    wanted = len(prepared.get_parameters())
    if statement.given is not None and wanted != statement.given:
        return f"{statement.place}: wants {wanted} values and is given {statement.given}"
    return None


@pytest.fixture
async def connect(
    dsn_for: Callable[[str], Awaitable[str]],
) -> AsyncIterator[Callable[[str], Awaitable[Connection]]]:
    """Connect to a service's own database, as its migrations leave it."""
    opened: list[Connection] = []

    async def make(service: str) -> Connection:
        connection = await asyncpg.connect(await dsn_for(service))
        opened.append(connection)
        return connection

    yield make
    for connection in opened:
        await connection.close()


def test_statements_are_written_in_one_piece() -> None:
    """A reader can paste any statement into psql, and PostgreSQL can read each one here."""
    assert RULE.broken() == ""


@pytest.mark.database
@pytest.mark.parametrize("service", WITH_DATABASE)
async def test_every_statement_fits_the_schema(
    connect: Callable[[str], Awaitable[Connection]], service: str
) -> None:
    """PostgreSQL takes every statement, and each is given as many values as it wants."""
    found = _statements_on(service)
    connection = await connect(service)
    wrong = [why for each in found if (why := await wrong_with(connection, each))]
    assert found
    assert "\n".join(wrong) == ""


@pytest.mark.database
@pytest.mark.parametrize(
    ("sql", "given", "why"),
    [
        ("SELECT no_such_column FROM outbox", 0, "does not exist"),
        ("SELECT count(*) AS some FROM", 0, "syntax error"),
        ("SELECT $1::bigint", 2, "wants 1 values and is given 2"),
        ("SELECT $1::bigint", 1, None),
        ("SELECT $1::bigint", None, None),
    ],
)
async def test_a_statement_that_does_not_fit_is_found(
    connect: Callable[[str], Awaitable[Connection]], sql: str, given: int | None, why: str | None
) -> None:
    """A column that is not there, a slip and a missing value are found; a sound one is not."""
    found = await wrong_with(await connect(_ANY_SERVICE), Statement("here", sql, given))
    assert found == why or (found is not None and why is not None and why in found)


@pytest.mark.parametrize(
    ("call", "lines"),
    [
        ('tx.fetch("SELECT 1")', []),
        ('tx.execute(f"DELETE FROM {table}")', [1]),
        ('tx.fetchval("SELECT " + column)', [1]),
        ("tx.fetchrow(_CLAIM, worker)", [1]),
    ],
)
def test_a_statement_that_is_put_together_is_found(call: str, lines: list[int]) -> None:
    """Text with holes, sums of text and names in its place break the rule."""
    assert RULE.lines(call, "services/identity/store.py") == lines
    assert RULE.lines(call, "services/sandbox/store/pages.py") == []


def test_statements_are_collected_with_what_they_are_given() -> None:
    """The values after a statement are counted; a starred one leaves the number open."""
    text = 'tx.fetch("SELECT $1", one)\ntx.execute("SELECT 1", *many)\nlog.info("x")\n'
    found = list(statements(Source("services/identity/store.py", text)))
    assert [(each.sql, each.given) for each in found] == [("SELECT $1", 1), ("SELECT 1", None)]
