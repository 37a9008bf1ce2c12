"""Every escape names a rule that exists, on a line that needs it.

Why: an escape that outlives its reason lets the next mistake on that line through, and one with a
slip in its name lets nothing through and tells nobody. Both rot in silence.
"""

import importlib
from functools import cache

import pytest

from tests.house.checking import CHECKOUT, CODE, Rule, Source, sources


@cache
def _rules() -> tuple[Rule, ...]:
    modules = (
        importlib.import_module(f"tests.house.{file.stem}")
        for file in sorted((CHECKOUT / "tests" / "house").glob("test_*.py"))
        if f"\nRULE = {Rule.__name__}(" in file.read_text(encoding="utf-8")
    )
    return tuple(module.RULE for module in modules)


def useless_escapes(source: Source, rules: tuple[Rule, ...]) -> list[int]:
    """Return lines whose escape names no rule, or a rule that they do not break."""
    by_name = {rule.name: rule for rule in rules}
    return sorted(
        line
        for line, name in source.escapes
        if name not in by_name
        or line not in {violation.line for violation in by_name[name].find(source)}
    )


def test_rules_have_names_of_their_own() -> None:
    """Each rule has a unique name, and all of them are listed here."""
    names = [rule.name for rule in _rules()]
    assert len(set(names)) == len(names) >= 8


def test_every_escape_is_needed() -> None:
    """No line has an escape from a rule that it does not break."""
    useless = [
        f"{source.path}:{line}"
        for source in sources(CODE)
        for line in useless_escapes(source, _rules())
    ]
    assert useless == []


@pytest.mark.parametrize(
    ("line", "useless"),
    [
        ("_TIMEOUT = 30  # house: unit-in-name (a count of tries)", []),
        ("_TIMEOUT_S = 30  # house: unit-in-name", [1]),
        ("_TIMEOUT = 30  # house: units-in-name", [1]),
    ],
)
def test_a_useless_escape_is_found(line: str, useless: list[int]) -> None:
    """An unneeded escape and one with a misspelt name are found."""
    assert useless_escapes(Source("libs/ids.py", line), _rules()) == useless
