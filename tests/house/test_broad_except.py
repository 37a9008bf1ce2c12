"""`except Exception` ends in `raise`, or stands in one of a few loops that must outlive a defect.

Why: one government's message service retried every exception for four hours, "no such
notification" among them; an event-driven reference application acknowledges a message after any
exception, so that it is gone. What a failure means is said by its class (`libs/errors.py`); only
where one bad record must not stop the others does code catch them all, and there it keeps each
with its reason. `gather(return_exceptions=True)` and `suppress(Exception)` are the same thing in
disguise.
"""

import ast
from collections.abc import Iterator

import pytest

from tests.house.checking import CODE, Rule, Source, Violation, last_name, sources

_BROAD = {"Exception", "BaseException"}

# The loops that go on after any defect, and what becomes of the defect there.
HOMES = {
    "libs/messaging/reading/middleware.py": "the partition waits, readiness is red",
    "libs/messaging/reading/batch_transaction.py": "halved, tried three times, then a dead letter",
    "libs/messaging/reading/broadcast.py": "logged; nothing depends on a live view",
    "libs/periodic.py": "counted, alerted, and tried again",
    "libs/jobs/runner.py": "counted, alerted, and tried again",
    "libs/jobs/dispatch.py": "the job is tried again later, or fails for good",
    "libs/jobs/results.py": "tried three times, then the job becomes a dead letter",
    "libs/messaging/writing/publish.py": "told to the one whose send it was",
    "libs/dead_letters/replay.py": "noted with the dead letter, which stays open",
    "libs/database/group.py": "told to the one whose item it was",
    "libs/web/serving/failures.py": "told as a problem without detail, and logged",
    "services/ministries/deliveries/adapters/files.py": "raised after the other files are read",
    "services/ministries/exchanges/jobs.py": "counted, an alert; the other steps go on",
    "services/ministries/exchanges/use_cases.py": "counted, an alert; the file is refused",
    "sandbox/ledger/file.py": "told to the one whose item it was",
}


def _find(source: Source) -> Iterator[Violation]:
    for node in ast.walk(source.tree):
        match node:
            case ast.ExceptHandler() if _is_broad(node.type) and not _reraises(node.body):
                yield Violation(node.lineno, "broad except: name the failures of libs/errors.py")
            case ast.Call(func=func, args=names) if last_name(func) == "suppress":
                if any(_is_broad(name) for name in names):
                    yield Violation(node.lineno, "suppress() of everything hides defects")
            case ast.keyword(arg="return_exceptions", value=ast.Constant(value=True)):
                yield Violation(node.lineno, "return_exceptions hides defects: use a TaskGroup")
            case _:
                pass


def _is_broad(caught: ast.expr | None) -> bool:
    match caught:
        case None:
            return True
        case ast.Tuple(elts=each):
            return any(_is_broad(one) for one in each)
        case _:
            return last_name(caught) in _BROAD


def _reraises(body: list[ast.stmt]) -> bool:
    """Whether the handler raises again on every path: the last line raises, and none returns."""
    leaves = (ast.Return, ast.Continue, ast.Break)
    early = any(isinstance(node, leaves) for line in body for node in ast.walk(line))
    return isinstance(body[-1], ast.Raise) and not early


RULE = Rule("broad-except", _find)


def test_failures_are_caught_by_name() -> None:
    """A handler of all exceptions raises again, or has an escape."""
    assert not (broken := RULE.broken()), broken


def test_few_handlers_have_an_escape() -> None:
    """Only loops that keep each defect with its reason."""
    let_off = {
        source.path for source in sources(CODE) for _, name in source.escapes if name == RULE.name
    }
    assert let_off <= set(HOMES)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("try:\n    act()\nexcept Exception:\n    pass\n", 3),
        ("try:\n    act()\nexcept:\n    log.warning('again')\n", 3),
        ("try:\n    act()\nexcept (KeyError, BaseException) as failure:\n    keep(failure)\n", 3),
        ("for x in y:\n  try:\n    act()\n  except Exception:\n    if x: continue\n    raise\n", 4),
        ("with suppress(Exception):\n    act()\n", 1),
        ("await asyncio.gather(*calls, return_exceptions=True)\n", 1),
    ],
)
def test_a_handler_of_all_exceptions_is_found(text: str, line: int) -> None:
    """In each spelling."""
    assert RULE.lines(text) == [line]


@pytest.mark.parametrize(
    "text",
    [
        "try:\n    act()\nexcept Unavailable:\n    wait()\n",
        "try:\n    act()\nexcept Exception as failure:\n    note(failure)\n    raise\n",
        "try:\n    act()\nexcept Exception:  # noqa: BLE001 house: broad-except\n    pass\n",
        "with suppress(ValueError):\n    act()\n",
    ],
)
def test_named_reraised_and_escaped_handlers_are_allowed(text: str) -> None:
    """They do not break the rule."""
    assert RULE.lines(text) == []
