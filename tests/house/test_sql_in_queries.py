"""SQL stands in `queries.py` or `queries/`, and in the libraries that own tables, nowhere else.

Why: whoever changes a table must find every statement that reads it. Where queries sit beside the
code that needs them, the one that is missed fails on a citizen, at night. It also lets a reader
paste a statement into psql, and lets `test_sql.py` prepare every one of them.
"""

import re
from collections.abc import Iterator

import pytest

from tests.house.checking import Rule, Source, Violation

_STATEMENT = re.compile(
    r"\s*(?:SELECT\s|INSERT\s+INTO\s|UPDATE\s+\S+\s+(?:SET|AS)\s|DELETE\s+FROM\s|WITH\s+\S+\s+AS\s"
    r"|(?:CREATE|ALTER|DROP)\s+(?:\w+\s+)?(?:TABLE|INDEX|ROLE|DATABASE)\s|TRUNCATE\s|COPY\s"
    r"|LOCK\s+TABLE\s|LISTEN\s|NOTIFY\s|PREPARE\s|MERGE\s+INTO\s)",
    re.ASCII,
)
_HOMES = (
    re.compile(r"(?:services|sandbox|libs|tools)/(?:.*/)?queries(?:\.py|/)"),
    re.compile(r"sandbox/ledger/schema\.py"),
    re.compile(r"libs/(?:messaging|database|jobs)/|operations/encrypt_again\.py|tools/embedded/"),
    re.compile(r"libs/web/(?:handling/idempotency|callers/used_proofs)\.py"),
)


def _find(source: Source) -> Iterator[Violation]:
    if any(home.match(source.path) for home in _HOMES):
        return
    for literal in source.literals():
        if _STATEMENT.match(str(literal.value)):
            yield Violation(literal.lineno, "SQL outside queries: give it a function in queries.py")


RULE = Rule("sql-in-queries", _find)


def test_sql_is_in_queries() -> None:
    """Every statement has a function in queries."""
    assert not (broken := RULE.broken()), broken


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT 1",
        "\n   SELECT status\n FROM applications",
        "INSERT INTO audit VALUES ($1)",
        "UPDATE citizens SET phone = $1",
        "DELETE FROM outbox",
        "WITH due AS (SELECT 1) SELECT 1",
        "CREATE UNIQUE INDEX twice ON citizens (phone)",
        "TRUNCATE citizens",
    ],
)
def test_a_statement_elsewhere_is_found(statement: str) -> None:
    """A statement in another file breaks the rule."""
    text = f"async def act(tx):\n    await tx.execute({statement!r})\n"
    assert RULE.lines(text, "services/applications/lifecycle/use_cases.py") == [2]
    assert RULE.lines(text, "services/applications/lifecycle/queries.py") == []
    assert RULE.lines(text, "services/ministries/deliveries/queries/closing.py") == []


@pytest.mark.parametrize(
    "text",
    [
        'def select() -> None:\n    """SELECT what is due."""\n',
        'say("Select a service, or update your profile")\n',
        'say("WITH a mandate")\n',
    ],
)
def test_prose_is_not_sql(text: str) -> None:
    """SQL words in a sentence or docstring do not break the rule."""
    assert RULE.lines(text) == []
