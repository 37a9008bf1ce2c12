"""No log line, metric or span carries what belongs to a citizen.

Why: logs are copied to places that nobody lists: a terminal, a ticket, a provider's disk, a backup
kept for years. A phone number or a one-time code that is logged once is out for good. Lines carry
ids, by which those who may can look up the rest. The text of an exception is no better: it quotes
the value that it could not take.
"""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.house.checking import Rule, Source, Violation, last_name

_LOGS = {"debug", "info", "warning", "error", "exception", "critical", "bind", "bind_contextvars"}
_MEASURES = {"count", "gauge", "observe"}
_LOGGERS = {"log", "logger", "_log", "get_logger"}
_PERSONAL = re.compile(
    r"(?:.*_)?(?:phone|name|nid|form|text|code|body|email|address|password|token|secret|message"
    r"|birth_registration_number|note|answer|payload|content|value|contact)s?",
    re.ASCII,
)


def _find(source: Source) -> Iterator[Violation]:
    for node in ast.walk(source.tree):
        match node:
            case ast.Call(func=ast.Attribute(value=value, attr=attr)) if _writes(value, attr):
                yield from _faults_of(node)
            case ast.keyword(arg="attributes", value=ast.Dict(keys=keys)):
                for key in keys:
                    attribute = key.value if isinstance(key, ast.Constant) else ""
                    if isinstance(attribute, str) and _is_personal(attribute):
                        yield Violation(node.value.lineno, f"the attribute {attribute} is personal")
            case _:
                pass


def _writes(value: ast.expr, attr: str) -> bool:
    owner = last_name(value.func if isinstance(value, ast.Call) else value)
    return (owner in _LOGGERS and attr in _LOGS) or (
        owner.lstrip("_") == "metrics" and attr in _MEASURES
    )


def _faults_of(call: ast.Call) -> Iterator[Violation]:
    for keyword in call.keywords:
        if keyword.arg and _PERSONAL.fullmatch(keyword.arg):
            yield Violation(keyword.value.lineno, f"{keyword.arg} may be personal: log an id")
    match call:
        case ast.Call(args=[ast.Constant(value=str()), *_]) | ast.Call(args=[]):
            pass
        case ast.Call(func=func, args=[first, *_]) if last_name(func) in _LOGS:
            yield Violation(first.lineno, "what a line says is fixed; values go beside it")


def _is_personal(attribute: str) -> bool:
    words = attribute.split(".")
    return words[0] not in {"messaging", "http", "url", "server", "db"} and bool(
        _PERSONAL.fullmatch(words[-1])
    )


RULE = Rule("personal-log", _find)


def test_nothing_of_a_citizen_is_logged() -> None:
    """Logs, metrics and spans have ids and literals only."""
    assert not (broken := RULE.broken()), broken


@pytest.mark.parametrize(
    "text",
    [
        "log.info('code sent', phone=phone)",
        "log.warning('refused', nid=citizen.nid)",
        "log.error('no answer', citizen_name=name)",
        "structlog.get_logger().info('sent', text=message.text)",
        "log.info(f'sent to {phone}')",
        "log.info(sentence)",
        "metrics.count('codes', code=code)",
        "tracing.span('send', attributes={'nagorik.phone': phone})",
    ],
)
def test_a_personal_word_is_found(text: str) -> None:
    """A number, a name, a text or a formatted string breaks the rule."""
    assert RULE.lines(text) == [1]


@pytest.mark.parametrize(
    "text",
    [
        "log.info('code sent', citizen_id=citizen_id, attempts=3)",
        "metrics.observe('accept_s', seconds, outcome='accepted')",
        "tracing.span('send', attributes={'messaging.message.id': event_id})",
        "send(phone=phone)",
    ],
)
def test_ids_are_allowed(text: str) -> None:
    """Ids, numbers, and calls that log nothing do not break the rule."""
    assert RULE.lines(text) == []
