"""Shared code of the house rules: source files, escapes, and rules.

A line may break a rule with the comment `# house: <rule>`, and the reason in the same comment if it
is not obvious.
"""

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import NamedTuple

CHECKOUT = Path(__file__).resolve().parents[2]
CODE = ("libs", "services", "operations", "conformance", "sandbox", "tools")

_ESCAPE = re.compile(r"#.*\bhouse: ([a-z-]+)", re.ASCII)


class Violation(NamedTuple):
    """One place where code breaks a rule."""

    line: int
    why: str


@dataclass(frozen=True)
class Source:
    """One Python file; `path` is relative to the checkout."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree of the file."""
        return ast.parse(self.text)

    @cached_property
    def escapes(self) -> frozenset[tuple[int, str]]:
        """Return the lines with an escape, and the names of the rules."""
        return frozenset(
            (number, found[1])
            for number, line in enumerate(self.text.splitlines(), 1)
            if (found := _ESCAPE.search(line))
        )

    def imported(self) -> Iterator[tuple[str, str]]:
        """Return the names that imports bind in the file, with their modules."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    yield alias.asname or alias.name, f"{node.module}.{alias.name}"
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    yield (alias.asname or alias.name).split(".")[0], alias.name

    def imported_modules(self) -> Iterator[tuple[int, str]]:
        """Return what imports name, as `module.name`, with the line."""
        for node in ast.walk(self.tree):
            match node:
                case ast.ImportFrom(module=str(module), names=names):
                    yield from ((node.lineno, f"{module}.{alias.name}") for alias in names)
                case ast.Import(names=names):
                    yield from ((node.lineno, alias.name) for alias in names)
                case _:
                    pass

    def literals(self) -> Iterator[ast.Constant]:
        """Yield the string literals of the file, without docstrings."""
        told = {id(docstring) for docstring in _docstrings(self.tree)}
        for node in ast.walk(self.tree):
            match node:
                case ast.Constant(value=str()) if id(node) not in told:
                    yield node
                case _:
                    pass


@dataclass(frozen=True)
class Rule:
    """A house rule.

    Args:
        name: the name in escapes.
        find: returns the places in a file that break it.
        folders: the folders that it applies to.
    """

    name: str
    find: Callable[[Source], Iterable[Violation]]
    folders: tuple[str, ...] = CODE

    def broken(self) -> str:
        """Return the places in the checkout that break the rule without an escape."""
        return "\n".join(
            f"{source.path}:{violation.line}: {violation.why}"
            for source in sources(self.folders)
            for violation in self.find(source)
            if (violation.line, self.name) not in source.escapes
        )

    def lines(
        self, text: str, path: str = "services/applications/lifecycle/use_cases.py"
    ) -> list[int]:
        """Return the lines of a text that break the rule without an escape, in order."""
        source = Source(path, text)
        return sorted(
            violation.line
            for violation in self.find(source)
            if (violation.line, self.name) not in source.escapes
        )


@cache
def sources(folders: Sequence[str]) -> tuple[Source, ...]:
    """Yield the Python files below some folders of the checkout."""
    return tuple(
        Source(path.relative_to(CHECKOUT).as_posix(), path.read_text(encoding="utf-8"))
        for folder in folders
        for path in sorted((CHECKOUT / folder).rglob("*.py"))
    )


def last_name(node: ast.expr) -> str:
    """Return the last part of a dotted name: `commit` of `self.consumer.commit`; else nothing."""
    match node:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
        case _:
            return ""


def _docstrings(tree: ast.Module) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            match node.body:
                case [ast.Expr(value=ast.Constant(value=str()) as docstring), *_]:
                    yield docstring
                case _:
                    pass
