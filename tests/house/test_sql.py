"""Every statement of every service can be prepared on the schema that the migrations make.

Why: a column that a migration renames is still asked for by the one statement that nobody ran; a
reserved word taken for an alias once stopped every service at its first round, past all checks.
PostgreSQL reads each statement here, on the real schema, and counts what it wants to be given.
"""

import ast
from collections.abc import Iterator

import pytest

from services.registry import WITH_DATABASE
from tests.house.checking import Rule, Source, Violation
from tests.house.conftest import Connect
from tests.house.statements import (
    ANY_SERVICE,
    Statement,
    has_statements,
    running_calls,
    statements,
    statements_on,
    wrong_with,
)


def _find(source: Source) -> Iterator[Violation]:
    if not has_statements(source.path):
        return
    for call in running_calls(source):
        match call.args[0]:
            case ast.Constant(value=str()):
                pass
            case _:
                yield Violation(
                    call.lineno, "SQL that is put together: write the whole statement here"
                )


RULE = Rule("sql-as-text", _find)


def test_statements_are_literals() -> None:
    """So they can be pasted into psql, and prepared here."""
    assert not (broken := RULE.broken()), broken


@pytest.mark.database
@pytest.mark.parametrize("service", WITH_DATABASE)
async def test_every_statement_fits_the_schema(connect: Connect, service: str) -> None:
    """PostgreSQL can prepare each statement, and the number of arguments is right."""
    found = statements_on(service)
    connection = await connect(service)
    wrong = [why for statement in found if (why := await wrong_with(connection, statement))]
    assert found
    assert not wrong, "\n".join(wrong)


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
    connect: Connect, sql: str, given: int | None, why: str | None
) -> None:
    """An unknown column, a syntax error and a missing argument are found."""
    statement = Statement("services/identity/citizens/queries.py", 1, sql, given)
    found = await wrong_with(await connect(ANY_SERVICE), statement)
    assert (found is None) if why is None else (found is not None and why in found)


@pytest.mark.parametrize(
    ("call", "lines"),
    [
        ('tx.fetch("SELECT 1")', []),
        ('tx.execute(f"DELETE FROM {table}")', [1]),
        ('tx.fetchval("SELECT " + column)', [1]),
        ("tx.fetchrow(_CLAIM, worker)", [1]),
    ],
)
def test_a_composed_statement_is_found(call: str, lines: list[int]) -> None:
    """f-strings, concatenations and variables break the rule."""
    assert RULE.lines(call, "services/identity/citizens/queries.py") == lines
    assert RULE.lines(call, "sandbox/page/queries.py") == []


def test_statements_are_collected_with_their_arguments() -> None:
    """Arguments are counted; with a starred one the number is unknown."""
    text = 'tx.fetch("SELECT $1", one)\ntx.execute("SELECT 1", *many)\nlog.info("x")\n'
    found = list(statements(Source("services/identity/citizens/queries.py", text)))
    assert [(statement.sql, statement.given) for statement in found] == [
        ("SELECT $1", 1),
        ("SELECT 1", None),
    ]
