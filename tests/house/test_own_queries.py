"""A capability's queries are its own, and settings know no capability.

Why: a query that another capability calls cannot change with its tables any more, and nobody who
reads its folder sees who depends on it. Settings that import a capability load its routes and their
frameworks into each command. `.importlinter` holds the layers; it has no word for "one's own".
"""

from collections.abc import Iterator

import pytest

from tests.house.checking import Rule, Source, Violation


def _find(source: Source) -> Iterator[Violation]:
    for line, module in source.imported_modules():
        capability, found, _ = module.partition(".queries")
        home = f"{capability.replace('.', '/')}/"
        if module.startswith("services.") and found and not source.path.startswith(home):
            yield Violation(line, f"{module} is used in {capability} only: call its use cases")
        if module.startswith("services.") and source.path.endswith("/settings.py"):
            yield Violation(line, f"settings import {module}: they know no capability")


RULE = Rule("own-queries", _find)


def test_queries_are_used_in_their_capability() -> None:
    """Other capabilities call its use cases."""
    assert not (broken := RULE.broken()), broken


@pytest.mark.parametrize(
    ("path", "statement"),
    [
        ("services/parks/trees/use_cases.py", "from services.parks.benches import queries"),
        ("services/parks/trees/use_cases.py", "from services.parks.benches.queries import find"),
        ("services/parks/settings.py", "from services.parks import benches"),
    ],
)
def test_a_foreign_query_is_found(path: str, statement: str) -> None:
    """Whichever way it is imported."""
    assert RULE.lines(statement, path) == [1]


def test_own_queries_are_allowed() -> None:
    """In the capability, also where its queries are a folder."""
    path = "services/parks/benches/queries/reading.py"
    assert RULE.lines("from services.parks.benches.queries import rows", path) == []
