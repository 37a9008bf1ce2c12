"""A number that measures something carries its unit in its name.

Why: a time-out of 30 that one side meant in seconds and the other in milliseconds waits for eight
hours, or not at all; a fee in poisha charged as taka is a hundred times the fee. No type tells the
two apart, and no test does before it happens; a name does, at each place where it is read.
"""

import ast
from collections.abc import Iterator

import pytest

from tests.house.checking import Rule, Source, Violation, last_name

_MEASURES = {
    "timeout", "delay", "age", "size", "fee", "deadline", "ttl", "wait", "pause", "interval",
    "period", "lease", "duration", "backoff", "latency", "elapsed", "retention",
}  # fmt: skip
_NUMBERS = {"int", "float"}


def _find(source: Source) -> Iterator[Violation]:
    for node in ast.walk(source.tree):
        match node:
            case ast.arg(arg=name, annotation=kind) if kind is not None:
                number = _is_number_type(kind)
            case ast.AnnAssign(target=target, annotation=kind):
                name, number = last_name(target), _is_number_type(kind)
            case ast.Assign(targets=[target], value=value):
                name, number = last_name(target), _is_number(value)
            case ast.FunctionDef(name=name, returns=kind) if kind is not None:
                number = _is_number_type(kind)
            case _:
                continue
        if number and name.lower().split("_")[-1] in _MEASURES:
            yield Violation(node.lineno, f"{name}: in what? end it in _s, _ms, _days, _bytes, _bdt")


def _is_number_type(kind: ast.expr) -> bool:
    match kind:
        case ast.BinOp(left=left, right=right):
            return _is_number_type(left) or _is_number_type(right)
        case ast.Subscript(value=value, slice=inner):  # Final[int], ClassVar[int], Annotated[int]
            first = inner.elts[0] if isinstance(inner, ast.Tuple) and inner.elts else inner
            return last_name(value) in {"Final", "ClassVar", "Annotated"} and _is_number_type(first)
        case _:
            return last_name(kind) in _NUMBERS


def _is_number(value: ast.expr) -> bool:
    match value:
        case ast.Constant(value=number):
            return isinstance(number, int | float) and not isinstance(number, bool)
        case ast.BinOp(left=left, right=right):
            return _is_number(left) or _is_number(right)
        case _:
            return False


RULE = Rule("unit-in-name", _find)


def test_numbers_carry_their_unit() -> None:
    """A number that measures time, size or money has its unit in its name."""
    assert not (broken := RULE.broken()), broken


@pytest.mark.parametrize(
    "text",
    [
        "def call(timeout: float) -> None: ...",
        "class Settings:\n    retry_delay: float = 0.5",
        "_TIMEOUT = 30",
        "LEASE = 24 * 3600",
        "fee: int | None = None",
        "retention: Final[int] = 7",
        "def age() -> float: ...",
        "self._fee = 50",
    ],
)
def test_a_bare_measure_is_found(text: str) -> None:
    """A name without the unit breaks the rule."""
    assert RULE.lines(text) == [len(text.splitlines())]


@pytest.mark.parametrize(
    "text",
    [
        "def call(timeout_s: float, fee_bdt: int) -> None: ...",
        "fee: Fee",
        "LEASE_S = 24 * 3600",
        "delay: timedelta",
        "message: str",
    ],
)
def test_a_unit_or_a_type_that_knows_it_is_enough(text: str) -> None:
    """A name with its unit, or a type that has one, does not break the rule."""
    assert RULE.lines(text) == []
