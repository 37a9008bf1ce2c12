"""A file is at most 300 lines, a function at most 60, its docstring apart.

Why: a file is one idea and a function one thought. In the code bases this one learned from, the
files that grew past that are those nobody reads whole any more: one service of 3,305 lines with a
test of 9,980, one module of database models of 2,890. Where a limit hurts, there are two ideas.
"""

import ast
from collections.abc import Iterator

import pytest

from tests.house.checking import Fault, Rule, Source

_FILE_LINES = 300
_FUNCTION_LINES = 60


def _find(source: Source) -> Iterator[Fault]:
    lines = len(source.text.splitlines())
    if lines > _FILE_LINES:
        yield Fault(1, f"{lines} lines: most files past {_FILE_LINES} are two ideas")
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            long = _lines_of(node)
            if long > _FUNCTION_LINES:
                yield Fault(node.lineno, f"{node.name}() has {long} lines: tell one level of it")


def _lines_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    match function.body:
        case [ast.Expr(value=ast.Constant(value=str()) as docstring), *_]:
            told = _span(docstring)
        case _:
            told = 0
    return _span(function) - told


def _span(node: ast.stmt | ast.expr) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


RULE = Rule("length", _find, folders=("libs", "services", "tests"))


def test_files_and_functions_are_short() -> None:
    """No file is longer than an idea, no function than a thought."""
    assert not (broken := RULE.broken()), broken


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("x = 1\n" * 301, [1]),
        ("def act():\n" + "    step()\n" * 60, [1]),
        ("def act():\n" + "    step()\n" * 59, []),
        ('def act():\n    """Why.\n\n    And when.\n    """\n' + "    step()\n" * 59, []),
        ("x = 1\n" * 300, []),
    ],
)
def test_the_limits_are_where_they_are_said_to_be(text: str, lines: list[int]) -> None:
    """300 lines of a file and 60 of a function are allowed, one more is not."""
    assert RULE.lines(text) == lines
