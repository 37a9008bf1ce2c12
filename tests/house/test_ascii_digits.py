r"""Digits and letters of outside text are compared as ASCII, or read by `libs/bangladesh/text.py`.

Why: in Python `\d`, `str.isdigit()` and `int()` take Bangla digits (১২৩), and those of every other
script, so a number passes a check and then meets a column, a ministry or a printer that cannot read
it; `int()` also takes `1_000` and blanks. `\w`, `\b` and `str.isalpha()` do the opposite: a Bangla
vowel sign is no letter to them, so "কি" is cut in two and a correct name is refused.
"""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.house.checking import Rule, Source, Violation, last_name

_CLASS = re.compile(r"(?<!\\)(?:\\\\)*\\[dDwWbB]", re.ASCII)
_CHECKS = {"isdigit", "isnumeric", "isdecimal", "isalpha", "isalnum"}
_READS_NUMBERS = "libs/bangladesh/text.py"
_NUMBERS = {"len", "ord", "round", "sum", "min", "max", "timestamp", "parse_int", "fileno"}
_UNITS = ("_s", "_ms", "_ns", "_us", "_days", "_bytes", "_bdt")


def _find(source: Source) -> Iterator[Violation]:
    yield from _patterns(source)
    yield from _checks(source)
    if source.path != _READS_NUMBERS:
        yield from _conversions(source)


def _patterns(source: Source) -> Iterator[Violation]:
    ascii_only = {
        id(inner)
        for call in ast.walk(source.tree)
        if isinstance(call, ast.Call) and _says_ascii(call)
        for inner in ast.walk(call)
    }
    for literal in source.literals():
        if _CLASS.search(str(literal.value)) and id(literal) not in ascii_only:
            yield Violation(literal.lineno, r"\d, \w or \b without re.ASCII")


def _says_ascii(call: ast.Call) -> bool:
    given = (*call.args, *(keyword.value for keyword in call.keywords))
    flags = (node for value in given for node in ast.walk(value))
    return any(isinstance(flag, ast.Attribute) and flag.attr in {"ASCII", "A"} for flag in flags)


def _checks(source: Source) -> Iterator[Violation]:
    beside = {
        id(inner)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And)
        if any(_method(value) == "isascii" for value in node.values)
        for inner in ast.walk(node)
    }
    for node in ast.walk(source.tree):
        name = _method(node)
        if name in _CHECKS and id(node) not in beside:
            yield Violation(node.lineno, f".{name}() without .isascii() beside it")  # type: ignore[attr-defined]


def _conversions(source: Source) -> Iterator[Violation]:
    checked = {
        id(node.body)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.IfExp)
        if any(_method(inner) == "isascii" for inner in ast.walk(node.test))
    }
    for node in ast.walk(source.tree):
        match node:
            case ast.Call(func=ast.Name(id="int"), args=[value, *_]):
                if not _is_number(value) and id(node) not in checked:
                    yield Violation(node.lineno, f"int() outside {_READS_NUMBERS}: use parse_int")
            case _:
                pass


def _is_number(value: ast.expr) -> bool:
    """Whether a value is already a number: a sum, a length, a name with a unit."""
    match value:
        case ast.BinOp() | ast.UnaryOp() | ast.Compare() | ast.BoolOp():
            return True
        case ast.Call(func=func):
            return last_name(func) in _NUMBERS
        case _:
            return last_name(value).endswith(_UNITS)


def _method(node: ast.AST) -> str:
    match node:
        case ast.Call(func=ast.Attribute(attr=name)):
            return name
        case _:
            return ""


RULE = Rule("ascii-digits", _find)


def test_digits_are_ascii_or_read_by_the_one_library() -> None:
    """No check of outside text accepts digits that other systems cannot read."""
    assert not (broken := RULE.broken()), broken


@pytest.mark.parametrize(
    "text",
    [
        r're.compile(r"\d{10}")',
        r're.match(r"[\w.]+", name)',
        r'phone: str = Field(pattern=r"^01\d{9}$")',
        "code.isdigit()",
        "if len(code) == 6 and code.isdecimal(): pass",
        "name.isalpha()",
        'int(request.query_params["limit"])',
        "int(text)",
    ],
)
def test_a_check_that_takes_bangla_digits_or_cuts_words_is_found(text: str) -> None:
    """Patterns, methods and conversions that are not limited to ASCII are found."""
    assert RULE.lines(text) == [1]


@pytest.mark.parametrize(
    "text",
    [
        r're.compile(r"\d{10}", re.ASCII)',
        r're.compile(r"\w+", flags=re.ASCII | re.IGNORECASE)',
        're.compile(r"[0-9]{10}")',
        "code.isascii() and code.isdecimal()",
        "x = int(last) if last.isascii() and last.isdecimal() else 0",
        "int(age_s / pause_s)",
        "int(settings.drain_s)",
        "int(now.timestamp())",
        "parse_int(text)",
        "int(hexadecimal, 16)  # house: ascii-digits (checked above)",
    ],
)
def test_ascii_and_numbers_are_allowed(text: str) -> None:
    """Checks of ASCII, and conversions of numbers, do not break the rule."""
    assert RULE.lines(text) == []


def test_python_accepts_bangla_digits() -> None:
    """It also splits a Bangla word at a vowel sign."""
    assert re.fullmatch(r"\d+", "১২৩")
    assert int("১২৩") == int("1_2_3") == 123
    assert re.findall(r"\w+", "কি") == ["ক"]
    assert not "কি".isalpha()
