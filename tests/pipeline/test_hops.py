"""The twelve hops of the README are functions of the code, and spans of an application's trace."""

import ast
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.pipeline.conftest import TAX_NUMBER
from tests.pipeline.platform import Platform
from tools.virtual_users.citizen import Accepted, Citizen

CHECKOUT = Path(__file__).resolve().parents[2]
MOST_LINES = 900
_HOP = re.compile(
    r"^(?P<number>[0-9]+)\. \[`[^`]+`\]\((?P<path>[^)]+)\) `(?:\w+\.)?(?P<function>\w+)` .*?"
    r"(?: Span: `(?P<service>\w+) (?P<span>[^`]+)`\.)?$",
    re.ASCII | re.MULTILINE,
)


@dataclass(frozen=True)
class Hop:
    """One hop as the README names it; the span is None where it is inside the one before."""

    number: int
    path: str
    function: str
    service: str | None
    span: str | None


def read_hops() -> list[Hop]:
    """The hops of the README, in order."""
    text = (CHECKOUT / "README.md").read_text(encoding="utf-8")
    return [
        Hop(int(found["number"]), found["path"], found["function"], found["service"], found["span"])
        for found in _HOP.finditer(text)
    ]


def function_of(hop: Hop) -> ast.FunctionDef | ast.AsyncFunctionDef:
    """The function that a hop names."""
    tree = ast.parse((CHECKOUT / hop.path).read_text(encoding="utf-8"))
    (found,) = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == hop.function
    ]
    return found


def test_there_are_twelve() -> None:
    """They are numbered from 1 to 12."""
    assert [hop.number for hop in read_hops()] == list(range(1, 13))


@pytest.mark.parametrize("hop", read_hops(), ids=lambda hop: hop.function)
def test_each_is_a_function_of_its_file(hop: Hop) -> None:
    """If a hop is renamed or moved, the README must follow."""
    assert ast.get_docstring(function_of(hop))


def test_they_are_quick_to_read() -> None:
    """All twelve functions together have fewer than 900 lines."""
    lines = [(node.end_lineno or 0) - node.lineno + 1 for node in map(function_of, read_hops())]
    assert sum(lines) < MOST_LINES


async def test_the_trace_of_an_application_passes_them_in_this_order(
    platform: Platform,
    citizen: Citizen,
    form: dict[str, Any],
    answered: Callable[[Accepted], Awaitable[None]],
) -> None:
    """Each hop's span is in the trace, and begins after the span of the hop before."""
    accepted = await citizen.apply(TAX_NUMBER, form)
    await answered(accepted)
    by_service = await platform.by_trace(accepted.trace_id)
    passed_at = 0
    for hop in read_hops():
        if hop.service is None or hop.span is None:
            continue
        name = re.compile(re.escape(hop.span).replace("<ministry>", "[a-z-]+"), re.ASCII)
        begun = [
            span.start_time or 0 for span in by_service[hop.service] if name.fullmatch(span.name)
        ]
        later = [at for at in begun if at >= passed_at]
        assert later, f"hop {hop.number}: no `{hop.service} {hop.span}` after the hop before it"
        passed_at = min(later)
