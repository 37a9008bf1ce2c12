"""The list of the OWASP ASVS is complete, and each test that it names exists.

Why: a list of promises ages silently. A test that is renamed or deleted here takes its line of the
list with it, and no requirement can be left out by an oversight.
"""

import ast
import re
import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest

from tests.house.checking import CHECKOUT
from tools.generate.asvs import (
    FILE,
    KINDS,
    Requirement,
    asvs_summary,
    read_levels,
    read_requirements,
)

# The standard, release 5.0.0, has so many requirements of level 1 and of level 2.
IN_THE_STANDARD = (70, 183)
_FILE = re.compile(r"`([a-z]+/[^`]+)`")
_SECTION = re.compile(r"`docs/security.md`, section ([A-Z][a-z]+)")
REQUIREMENTS = read_requirements(CHECKOUT)


def without_tests(requirements: Sequence[Requirement]) -> list[str]:
    """Return the tests that are named and do not exist."""
    return [test for requirement in requirements for test in requirement.tests if not _exists(test)]


def unexplained(requirements: Sequence[Requirement]) -> list[str]:
    """Return the numbers of requirements with neither a test nor a reason of a known kind."""
    return [
        requirement.number
        for requirement in requirements
        if (requirement.reason or not requirement.tests) and not _is_reason(requirement.reason)
    ]


def _is_reason(reason: str) -> bool:
    kind, _, words = reason.partition(": ")
    return kind in KINDS and bool(words.strip())


def _exists(test: str) -> bool:
    path, _, name = test.partition("::")
    return name in _tests_of(CHECKOUT / path)


@cache
def _tests_of(path: Path) -> frozenset[str]:
    """Return the tests of a file, as pytest names them."""
    is_collected = path.name.startswith("test_") or path.stem.endswith("suite")  # inherited
    if not path.is_file() or not is_collected:
        return frozenset()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    methods = [f"{each.name}::{name}" for each in classes for name in _tests_in(each.body)]
    return frozenset([*_tests_in(tree.body), *methods])


def _tests_in(body: Sequence[ast.stmt]) -> list[str]:
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    names = [node.name for node in body if isinstance(node, functions)]
    return [name for name in names if name.startswith("test_")]


def test_every_requirement_is_listed_once() -> None:
    """The list of levels has those of the standard, in its order; the file has the same numbers."""
    numbers = [number for number, _ in read_levels(CHECKOUT)]
    levels = [level for _, level in read_levels(CHECKOUT)]
    assert (levels.count("1"), levels.count("2"), len(levels)) == (*IN_THE_STANDARD, 253)
    assert numbers == sorted(set(numbers), key=lambda number: [*map(int, number.split("."))])
    entries = tomllib.loads((CHECKOUT / FILE).read_text(encoding="utf-8"))
    assert list(entries["requirements"]) == numbers


def test_every_named_test_exists() -> None:
    """Each is a function of its file."""
    assert without_tests(REQUIREMENTS) == []


def test_every_requirement_has_tests_or_a_reason() -> None:
    """A reason says of which kind it is; what is missing is said to be."""
    assert unexplained(REQUIREMENTS) == []


@pytest.mark.parametrize(
    "each",
    [requirement for requirement in REQUIREMENTS if _FILE.search(requirement.reason)],
    ids=lambda r: r.number,
)
def test_documents_that_are_named_exist(each: Requirement) -> None:
    """Files, folders, and sections of the page itself."""
    page = (CHECKOUT / "docs/security.md").read_text(encoding="utf-8")
    assert all((CHECKOUT / path).exists() for path in _FILE.findall(each.reason))
    assert all(f"\n## {section}\n" in page for section in _SECTION.findall(each.reason))


def test_a_missing_test_or_reason_is_found() -> None:
    """A renamed test, a file that is gone, no reason, and a reason of no kind."""
    here = "tests/house/test_asvs.py"
    renamed, gone = f"{here}::test_renamed", "tests/house/test_gone.py::test_gone"
    there = f"{here}::test_a_missing_test_or_reason_is_found"
    assert without_tests([Requirement("1.1.1", "1", "", (there, renamed, gone))]) == [renamed, gone]
    kept = Requirement("1.1.1", "1", "", (there,))
    without = [Requirement("1.1.2", "2", "", (), reason) for reason in ("", "not there yet: ", "?")]
    assert unexplained([kept, *without]) == ["1.1.2"] * 3


def test_the_summary_counts_every_requirement() -> None:
    """And names those that are not there yet."""
    rows = [line.split(" | ")[1:] for line in asvs_summary(CHECKOUT)[2:] if line.startswith("| ")]
    assert sum(int(cell.strip(" |")) for row in rows for cell in row) == len(REQUIREMENTS)
