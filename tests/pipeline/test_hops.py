"""The twelve hops of the README are functions of the code, and spans of an application's trace."""

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, TypeAlias

import pytest

from tests.pipeline.conftest import TAX_NUMBER
from tests.pipeline.platform import Platform
from tools.virtual_users.citizen import Accepted, Citizen

CHECKOUT = Path(__file__).resolve().parents[2]
MOST_LINES = 350
_HOP = re.compile(
    r"^(?P<number>[0-9]+)\. \[`[^`]+`\]\((?P<path>[^)]+)\) `(?:\w+\.)?(?P<function>\w+)` .*?"
    r" Caller: (?P<callers>.+?)\."
    r"(?: Span: `(?P<service>\w+) (?P<span>[^`]+)`\.)?$",
    re.ASCII | re.MULTILINE,
)
_CALLER = re.compile(
    r"hop (?P<hop>[0-9]+)|(?:`(?P<function>\w+)` of )?\[[^]]+\]\((?P<path>[^)]+)\)", re.ASCII
)
_LIBRARIES, _SERVICES = "libs/", "services/"

Place: TypeAlias = tuple[str, str]
"""A file and a function of it; of a library the file is enough, and the function is empty."""


@dataclass(frozen=True)
class Hop:
    """One hop as the README names it.

    Args:
        number: from 1 to 12.
        path: the file.
        function: the name of the function in it.
        callers: which product function or library calls it, which calls that one, and so on.
        service: of the span; None where the hop is inside the span of the one before.
        span: the name of the span.
    """

    number: int
    path: str
    function: str
    callers: str
    service: str | None
    span: str | None

    @property
    def place(self) -> Place:
        """The function with its file."""
        return self.path, self.function


def read_hops() -> list[Hop]:
    """The hops of the README, in order."""
    text = (CHECKOUT / "README.md").read_text(encoding="utf-8")
    return [
        Hop(
            int(found["number"]),
            found["path"],
            found["function"],
            found["callers"],
            found["service"],
            found["span"],
        )
        for found in _HOP.finditer(text)
    ]


def callers_of(hop: Hop, hops: Sequence[Hop]) -> list[Place]:
    """The callers that the README names for a hop, the nearest first."""
    return [
        hops[int(found["hop"]) - 1].place
        if found["hop"]
        else (found["path"], found["function"] or "")
        for found in _CALLER.finditer(hop.callers)
    ]


@cache
def place_of(code: CodeType) -> Place | None:
    """The place of a function of ours; None of another."""
    path = Path(code.co_filename)
    inside = str(path.relative_to(CHECKOUT)) if path.is_relative_to(CHECKOUT) else ""
    return (inside, code.co_name) if inside.startswith((_LIBRARIES, _SERVICES)) else None


@contextmanager
def recorded_calls(functions: Sequence[Place]) -> Iterator[dict[Place, set[tuple[Place, ...]]]]:
    """Record who calls these functions in this thread: our functions on the stack, nearest first.

    A coroutine stands on the stack between the one that it awaits and the one that awaits it, up
    to the root of its task.
    """
    stacks: dict[Place, set[tuple[Place, ...]]] = defaultdict(set)

    def note(frame: FrameType, event: str, _: Any) -> None:
        if event != "call" or (place := place_of(frame.f_code)) not in wanted:
            return
        stack, caller = [], frame.f_back
        while caller is not None:
            if above := place_of(caller.f_code):
                stack.append(above)
            caller = caller.f_back
        stacks[place].add(tuple(stack))

    wanted = set(functions)
    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield stacks
    finally:
        sys.setprofile(before)


def calls_it(stated: Sequence[Place], stack: Sequence[Place]) -> bool:
    """Whether a stack has these callers in this order, and no other function of a service between.

    Functions of libraries count only where the README names them or their file.
    """
    met: list[Place] = []
    for path, function in stack:
        place = (path, "") if (path, "") in stated else (path, function)
        if (place in stated or not path.startswith(_LIBRARIES)) and place not in met[-1:]:
            met.append(place)
    return bool(stated) and met[: len(stated)] == list(stated)


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


def test_a_function_between_is_seen() -> None:
    """A closure of a service between a library and a hop makes the README wrong."""
    runner, other = ("libs/jobs/runner.py", "_run"), ("libs/database/group.py", "_write")
    closure = ("services/ministries/main.py", "record")
    stated = [("libs/jobs/runner.py", "")]
    assert calls_it(stated, [other, runner])
    assert not calls_it(stated, [closure, other, runner])
    assert not calls_it(stated, [other])
    assert calls_it([closure, *stated], [closure, other, runner])


async def test_an_application_passes_them_in_this_order(
    platform: Platform,
    citizen: Citizen,
    form: dict[str, Any],
    answered: Callable[[Accepted], Awaitable[None]],
) -> None:
    """Each hop is called by whom the README names; its span begins after that of the hop before."""
    hops = read_hops()
    with recorded_calls([hop.place for hop in hops]) as stacks:
        accepted = await citizen.apply(TAX_NUMBER, form)
        await answered(accepted)
    assert not {
        hop.number: stacks[hop.place]
        for hop in hops
        if not any(calls_it(callers_of(hop, hops), stack) for stack in stacks[hop.place])
    }
    by_service = await platform.by_trace(accepted.trace_id)
    passed_at = 0
    for hop in hops:
        if hop.service is None or hop.span is None:
            continue
        name = re.compile(re.escape(hop.span).replace("<ministry>", "[a-z-]+"), re.ASCII)
        begun = [
            span.start_time or 0 for span in by_service[hop.service] if name.fullmatch(span.name)
        ]
        later = [at for at in begun if at >= passed_at]
        assert later, f"hop {hop.number}: no `{hop.service} {hop.span}` after the hop before it"
        passed_at = min(later)
