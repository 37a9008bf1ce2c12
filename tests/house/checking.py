"""What the house rules share: the checkout's files, the escape on a line, and how a rule is tried.

A line may break a rule where it says so: `# house: <rule>`, with the reason in the same comment
where it is not plain to see.
"""

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import NamedTuple

CHECKOUT = Path(__file__).resolve().parents[2]
CODE = ("libs", "services", "sandbox", "tools")

_ESCAPE = re.compile(r"#.*\bhouse: ([a-z-]+)", re.ASCII)


class Violation(NamedTuple):
    """One place where code breaks a rule."""

    line: int
    why: str


@dataclass(frozen=True)
class Source:
    """One file of Python; `path` counts from the top of the checkout."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """The file as Python reads it."""
        return ast.parse(self.text)

    @cached_property
    def escapes(self) -> frozenset[tuple[int, str]]:
        """Each line that asks to be let off, with the name of the rule."""
        return frozenset(
            (number, found[1])
            for number, line in enumerate(self.text.splitlines(), 1)
            if (found := _ESCAPE.search(line))
        )

    def imported(self) -> Iterator[tuple[str, str]]:
        """Each name that an import binds anywhere in the file, and where it comes from."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    yield alias.asname or alias.name, f"{node.module}.{alias.name}"
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    yield (alias.asname or alias.name).split(".")[0], alias.name

    def literals(self) -> Iterator[ast.Constant]:
        """Each text that is written in the file, docstrings apart."""
        told = {id(docstring) for docstring in _docstrings(self.tree)}
        for node in ast.walk(self.tree):
            match node:
                case ast.Constant(value=str()) if id(node) not in told:
                    yield node
                case _:
                    pass


@dataclass(frozen=True)
class Rule:
    """A rule of the house.

    Args:
        name: as an escape names it.
        find: gives the places of one file that break it.
        folders: where it holds.
    """

    name: str
    find: Callable[[Source], Iterable[Violation]]
    folders: tuple[str, ...] = CODE

    def broken(self) -> str:
        """Every place of the checkout that breaks the rule without an escape, a line each."""
        return "\n".join(
            f"{source.path}:{violation.line}: {violation.why}"
            for source in sources(self.folders)
            for violation in self.find(source)
            if (violation.line, self.name) not in source.escapes
        )

    def lines(self, text: str, path: str = "services/applications/worker.py") -> list[int]:
        """The lines of one text that break the rule without an escape, in order."""
        source = Source(path, text)
        return sorted(
            violation.line
            for violation in self.find(source)
            if (violation.line, self.name) not in source.escapes
        )


@cache
def sources(folders: Sequence[str]) -> tuple[Source, ...]:
    """Every file of Python below some folders of the checkout."""
    return tuple(
        Source(path.relative_to(CHECKOUT).as_posix(), path.read_text(encoding="utf-8"))
        for folder in folders
        for path in sorted((CHECKOUT / folder).rglob("*.py"))
    )


def bound_names(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Each name that a text gives to something, with its line: not those it merely uses."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.name, node.lineno
            case ast.arg():
                yield node.arg, node.lineno
            case ast.Name(ctx=ast.Store()):
                yield node.id, node.lineno
            case ast.Attribute(ctx=ast.Store()):
                yield node.attr, node.lineno
            case ast.alias(asname=str(name)):
                yield name, node.lineno
            case _:
                pass


def last_name(node: ast.expr) -> str:
    """The last part of a dotted name: `commit` of `self.consumer.commit`; else nothing."""
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
