"""What must hold of one application between citizen, ministry, topics and readers."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from tools.chaos.cases import ANSWERS, FACTS, HAND_OVERS, MESSAGES, Case, Finding
from tools.chaos.order import RULES

_FINAL = frozenset({"approved", "refused", "withdrawn"})
_ONCE = frozenset(
    {
        "application_submitted",
        "application_withdrawn",
        "application_decided",
        "correction_requested",
        "application_corrected",
        "submission_lodged",
        "submission_corrected",
        "submission_withdrawn",
        "ministry_decided",
        "correction_asked",
    }
)
"""The events of which an application has one at most; a ministry of the trial asks back once."""
_HANDED_OVER_FOR = {"corrected": "application_corrected", "withdrawn": "application_withdrawn"}
_BESIDE = frozenset({"message_sent", "message_delivered", "message_failed"})
"""The lines of a timeline that are news of messages."""


def hand_overs(case: Case) -> Iterator[Finding]:
    """Each submission reaches its ministry, no other, and once."""
    kinds = Counter(row["kind"] for row in case.handed_over)
    wanted = Counter({"lodged": 1})
    types = Counter(kind for kind, _ in case.timeline())
    wanted.update({kind: types[event] for kind, event in _HANDED_OVER_FOR.items()})
    for kind in wanted.keys() | kinds.keys():
        if kinds[kind] < wanted[kind]:
            yield "lost", f"{kind} is not at its ministry"
        if kinds[kind] > wanted[kind]:
            yield "ministry", f"{kind} is {kinds[kind]} times at its ministry"
    addressed = {seen.place[0] for seen in case.events[HAND_OVERS]}
    for row in case.handed_over:
        if addressed and HAND_OVERS.replace("<ministry>", row["ministry"]) not in addressed:
            yield "ministry", f"{row['kind']} is at another ministry than it was meant for"


def answers(case: Case) -> Iterator[Finding]:
    """What the citizen was told is so: every yes has its line, and the case comes to an end."""
    types = {kind for kind, _ in case.timeline()}
    if case.click.withdrawn and "application_withdrawn" not in types:
        yield "lost", "the withdrawal was accepted and is gone"
    if case.click.corrected and "application_corrected" not in types:
        yield "lost", "the correction was accepted and is gone"
    if case.status not in _FINAL:
        yield "stuck", f"it is {case.status}"


def decisions(case: Case) -> Iterator[Finding]:
    """The ministry's decision is the citizen's."""
    decided = [row["action"] for row in case.decisions if row["action"] in {"approved", "refused"}]
    if decided and case.status in _FINAL and case.status not in decided:
        yield "lost", f"decided {decided[-1]}, but it is {case.status}"
    if case.status in {"approved", "refused"} and not decided:
        yield "effects", f"it is {case.status}, and nobody decided so"
    asked = any(row["action"] == "correction_asked" for row in case.decisions)
    if not asked and any(kind == "correction_requested" for kind, _ in case.facts()):
        yield "effects", "a correction is requested that no ministry asked for"


def consequences(case: Case) -> Iterator[Finding]:
    """What happened, by the ledger and the citizen's answer, was told in the topics."""
    told = {(topic, seen.type) for topic, events in case.events.items() for seen in events}
    for topic, kind in _to_be_told(case):
        if (topic, kind) not in told:
            yield "lost", f"{kind} is not in {topic}"


def _to_be_told(case: Case) -> Iterator[tuple[str, str]]:
    yield FACTS, "application_submitted"
    for row in case.handed_over:
        yield HAND_OVERS, f"submission_{row['kind']}"
        yield ANSWERS, "ministry_received"
    if case.status == "withdrawn":  # a ministry's answer that is still on its way may be dropped
        yield FACTS, "application_withdrawn"
        return
    actions = {row["action"] for row in case.decisions}
    if actions & {"approved", "refused"}:
        yield ANSWERS, "ministry_decided"
        yield FACTS, "application_decided"
    if "correction_asked" in actions and not case.click.withdrawn:
        yield ANSWERS, "correction_asked"
        yield FACTS, "correction_requested"


def published(case: Case) -> Iterator[Finding]:
    """What the timeline says is published, and nothing is published that did not happen."""
    happened = {line for line in case.timeline() if line[0] not in _BESIDE}
    told = set(case.facts())
    for kind, _ in happened - told:
        yield "lost", f"{kind} was never published"
    for kind, _ in told - happened:
        yield "effects", f"{kind} was published and did not happen"
    noted = {line for line in case.timeline() if line[0] in _BESIDE}
    sent = {(seen.type, seen.event_id) for seen in case.events[MESSAGES]}
    for kind, _ in sent - noted:
        yield "lost", f"{kind} is not in the timeline"
    for kind, _ in noted - sent:
        yield "effects", f"{kind} is in the timeline, and nobody said so"


def effects(case: Case) -> Iterator[Finding]:
    """What can happen once has one event, however often its cause was read."""
    kinds = Counter(seen.type for events in case.events.values() for seen in events)
    for kind in _ONCE & kinds.keys():
        if kinds[kind] > 1:
            yield "effects", f"{kinds[kind]} different {kind}"
    for line, count in Counter(case.timeline()).items():
        if count > 1:
            yield "effects", f"{line[0]} is {count} times in the timeline"


def orders(case: Case) -> Iterator[Finding]:
    """The ministry, the citizen and every reader see what happened in the order it happened."""
    templates = {
        seen.fields["message_id"]: seen.fields["template"] for seen in case.events[MESSAGES]
    }
    seen_as: dict[str, list[str]] = {
        "ledger": [row["kind"] for row in case.handed_over],
        "sms": [templates.get(row["reference"], "") for row in case.messages],
        **{topic: [seen.type for seen in events] for topic, events in case.events.items()},
    }
    for place, names in seen_as.items():
        if place in RULES and not RULES[place](names):
            yield "out_of_order", f"{place}: {', '.join(names)}"
    told = case.facts()
    if [line for line in case.timeline() if line in told] != [
        line for line in told if line in case.timeline()
    ]:
        yield "out_of_order", "the timeline and the topic differ"


CASE_CHECKS: Sequence[Callable[[Case], Iterator[Finding]]] = (
    hand_overs,
    answers,
    decisions,
    consequences,
    published,
    effects,
    orders,
)
