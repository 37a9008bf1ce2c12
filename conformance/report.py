"""The kit's report on an adapter: for people as a table, for programs as JSON."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final, Protocol

from conformance.checks import CHECKS, OF_APPEALS

_RULE: Final = re.compile(r"test_the_adapter_keeps_the_rule\[(\w+)\]", re.ASCII)
_OUTCOMES: Final = {"passed": "passed", "failed": "failed", "error": "failed"}
_SIGNS: Final = {"passed": "yes", "failed": "NO", "skipped": "not checked"}


class Finished(Protocol):
    """The result of a test, as pytest gives it."""

    nodeid: str


def report_of(
    ministry: str,
    ended: Mapping[str, Iterable[Finished]],
    at: datetime,
    *,
    takes_appeals: bool = False,
) -> dict[str, Any]:
    """Return the report; a rule that was not checked is `skipped`.

    Args:
        ministry: whose adapter was checked.
        ended: the tests that have ended, by outcome, as pytest has them.
        at: the time of the check.
        takes_appeals: whether the adapter declares that it takes objections.
    """
    declared = [name for name in CHECKS if takes_appeals or name != OF_APPEALS]
    rules = dict.fromkeys(declared, "skipped")
    for outcome, verdict in _OUTCOMES.items():
        for test in ended.get(outcome, ()):
            found = _RULE.search(getattr(test, "nodeid", ""))
            if found:
                rules[found[1]] = verdict
    return {
        "ministry": ministry,
        "checked_at": at.isoformat(),
        "passed": set(rules.values()) == {"passed"},
        "rules": rules,
    }


def in_words(report: Mapping[str, Any]) -> str:
    """Return the report as a table for people."""
    lines = [f"{rule:10} {_SIGNS[verdict]}" for rule, verdict in report["rules"].items()]
    verdict = "passed" if report["passed"] else "not passed"
    return "\n".join(["", f"adapter of {report['ministry']}: {verdict}", *lines])
