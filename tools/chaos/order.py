"""The order in which things may happen to one application, for each place where it can be seen."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TypeAlias

Rule: TypeAlias = Callable[[Sequence[str]], bool]

_HANDED_OVER: Mapping[str, int] = MappingProxyType({"lodged": 0, "corrected": 1, "withdrawn": 2})
_LODGED: Mapping[str, int] = MappingProxyType(
    {"submission_lodged": 0, "submission_corrected": 1, "submission_withdrawn": 2}
)
# The confirmation before everything, the ministry's last word after everything: one who withdrew
# may still be told a decision that was on its way.
_TOLD_BY_SMS: Mapping[str, int] = MappingProxyType(
    {"submitted": 0, "correction_requested": 1, "withdrawn": 2, "approved": 3, "refused": 3}
)
# What must have happened before; any one of these is enough.
_AFTER: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "application_received": frozenset({"application_submitted"}),
        "correction_requested": frozenset({"application_submitted"}),
        "application_corrected": frozenset({"correction_requested"}),
        "application_decided": frozenset({"application_submitted"}),
        "application_withdrawn": frozenset({"application_submitted"}),
        "correction_asked": frozenset({"ministry_received"}),
        "ministry_decided": frozenset({"ministry_received"}),
    }
)
_NOTHING_AFTER = frozenset({"application_decided", "ministry_decided"})
_ONLY_A_DECISION_AFTER = frozenset({"application_withdrawn"})
_DECIDED = "application_decided"
_BESIDE = frozenset({"application_overdue", "application_delayed", "ministry_unreachable"})


def rises(ranks: Mapping[str, int]) -> Rule:
    """A rule: ranks never fall; what has none stands where it likes."""

    def holds(names: Sequence[str]) -> bool:
        seen = [ranks[name] for name in names if name in ranks]
        return seen == sorted(seen)

    return holds


def follows(names: Sequence[str]) -> bool:
    """A rule: each event comes after what it builds on, and nothing after the last word."""
    before: set[str] = set()
    for name in (each for each in names if each not in _BESIDE):
        needed = _AFTER.get(name)
        if needed is not None and not needed & before:
            return False
        if before & _NOTHING_AFTER or (before & _ONLY_A_DECISION_AFTER and name != _DECIDED):
            return False
        before.add(name)
    return True


RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "ledger": rises(_HANDED_OVER),
        "sms": rises(_TOLD_BY_SMS),
        "submissions.<ministry>.v1": rises(_LODGED),
        "ministries.<ministry>.v1": follows,
        "applications.v1": follows,
    }
)
"""The rule for what is seen of one application in the ledger, by SMS, or in a topic of the map."""
