"""The order in which events of one application may happen, for every place where it is seen."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TypeAlias

Rule: TypeAlias = Callable[[Sequence[str]], bool]

SUBMISSION_EVENTS: Mapping[str, str] = MappingProxyType(
    {
        "submitted": "submission_made",
        "corrected": "submission_corrected",
        "withdrawn": "submission_withdrawn",
    }
)
"""Events of submissions by the kinds of their hand-overs, in the order they may happen."""
_SUBMISSIONS: Mapping[str, int] = MappingProxyType(
    {kind: place for place, kind in enumerate(SUBMISSION_EVENTS)}
)
_SUBMISSION_EVENTS: Mapping[str, int] = MappingProxyType(
    {event: place for place, event in enumerate(SUBMISSION_EVENTS.values())}
)
# Messages by their events: the confirmation comes first and the decision last. A citizen who
# withdrew may still get a decision that was on its way.
_MESSAGES: Mapping[str, int] = MappingProxyType(
    {
        "application_submitted": 0,
        "correction_requested": 1,
        "application_corrected": 1,
        "application_withdrawn": 2,
        "application_decided": 3,
    }
)
# One of these events must have happened before.
_AFTER: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "application_received": frozenset({"application_submitted"}),
        "correction_requested": frozenset({"application_submitted"}),
        "application_corrected": frozenset({"correction_requested"}),
        "application_decided": frozenset({"application_submitted"}),
        "application_withdrawn": frozenset({"application_submitted"}),
        "correction_asked": frozenset({"ministry_received"}),
    }
)
_NOTHING_AFTER = frozenset({"application_decided", "ministry_decided"})
_ONLY_A_DECISION_AFTER = frozenset({"application_withdrawn"})
_DECIDED = "application_decided"
_ANYWHERE = frozenset(
    {
        "application_overdue",
        "application_deadline_moved",
        "application_delayed",
        "ministry_unreachable",
        "application_paper_issued",
        "application_paper_replaced",
        "application_paper_withdrawn",
    }
)


def rises(ranks: Mapping[str, int]) -> Rule:
    """Return the rule that ranks never fall; a name without a rank is allowed anywhere."""

    def holds(names: Sequence[str]) -> bool:
        seen = [ranks[name] for name in names if name in ranks]
        return seen == sorted(seen)

    return holds


def follows(names: Sequence[str]) -> bool:
    """The rule that every event comes after its cause, and nothing after the decision."""
    before: set[str] = set()
    for name in (name for name in names if name not in _ANYWHERE):
        needed = _AFTER.get(name)
        if needed is not None and not needed & before:
            return False
        if before & _NOTHING_AFTER or (before & _ONLY_A_DECISION_AFTER and name != _DECIDED):
            return False
        before.add(name)
    return True


RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "ledger": rises(_SUBMISSIONS),
        "sms": rises(_MESSAGES),
        "submissions.hosted.v1": rises(_SUBMISSION_EVENTS),
        "ministries.hosted.v1": follows,
        "applications.v1": follows,
    }
)
"""The rule for every place where an application is seen: ledger, SMS, topics."""
