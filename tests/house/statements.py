"""The SQL statements in the code."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import asyncpg

from services.registry import WITH_DATABASE
from tests.house.checking import CODE, Source, sources

# Tables that every service's database has, and the one where their statements are tried.
_LIBRARIES = (
    "libs/messaging/",
    "libs/dead_letters/",
    "libs/journeys/",
    "libs/jobs/",
    "libs/audit/",
    "libs/two_people/",
    "libs/web/handling/idempotency.py",
    "libs/web/callers/used_proofs.py",
    "libs/database/data_keys.py",
)
ANY_SERVICE = WITH_DATABASE[0]

_CALLS = {"fetch", "fetchrow", "fetchval", "execute"}


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement with its place and its number of arguments; None if unknown."""

    path: str
    line: int
    sql: str
    given: int | None

    @property
    def place(self) -> str:
        """File and line of the statement."""
        return f"{self.path}:{self.line}"


def statements(source: Source) -> Iterator[Statement]:
    """Yield the statements that a file passes to a transaction or connection as a literal."""
    for call in running_calls(source):
        match call.args:
            case [ast.Constant(value=str(sql)), *values]:
                starred = any(isinstance(value, ast.Starred) for value in values)
                given = None if starred else len(values)
                yield Statement(source.path, call.lineno, sql, given)
            case _:
                pass


def statements_on(service: str, found: Sequence[Source] | None = None) -> list[Statement]:
    """Return the statements on a service's database, including those of the libraries.

    Args:
        service: its name.
        found: the files that are looked at; those of the checkout if None.
    """
    folders = (f"services/{service}/", *(_LIBRARIES if service == ANY_SERVICE else ()))
    return [
        statement
        for source in (sources(CODE) if found is None else found)
        if source.path.startswith(folders) and has_statements(source.path)
        for statement in statements(source)
    ]


def running_calls(source: Source) -> Iterator[ast.Call]:
    """Yield the calls of a file that may run a statement."""
    for node in ast.walk(source.tree):
        match node:
            case ast.Call(func=ast.Attribute(attr=name), args=[_, *_]) if name in _CALLS:
                yield node
            case _:
                pass


def has_statements(path: str) -> bool:
    """Whether a file has statements for PostgreSQL; the sandbox uses SQLite."""
    service, _, rest = path.removeprefix("services/").partition("/")
    ours = path.startswith("services/") and service in WITH_DATABASE
    in_queries = rest.endswith("queries.py") or "/queries/" in rest
    return path.startswith(_LIBRARIES) or (ours and in_queries)


async def wrong_with(
    connection: "asyncpg.Connection[asyncpg.Record]", statement: Statement
) -> str | None:
    """Return PostgreSQL's error for a statement, or None."""
    try:
        prepared = await connection.prepare(statement.sql)
    except asyncpg.PostgresError as failure:
        return f"{statement.place}: {failure}"
    wanted = len(prepared.get_parameters())
    if statement.given is not None and wanted != statement.given:
        return f"{statement.place}: wants {wanted} values and is given {statement.given}"
    return None
