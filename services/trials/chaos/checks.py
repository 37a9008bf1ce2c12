"""What the evidence says: lost, doubled, out of order, stuck, put aside. Pure: it looks, no more.

Every rule compares two witnesses that do not know of each other: what a citizen was told and what
her ministry received, what a topic says and what its readers did, what a timeline says and what was
published. A finding names the application by its id, never by anything of its content.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal, TypeAlias

from services.trials.chaos.cases import MESSAGES, Case, cases_of
from services.trials.chaos.crowd import Click
from services.trials.chaos.evidence import Evidence
from services.trials.chaos.order import RULES

Wrong: TypeAlias = Literal[
    "lost", "ministry", "sms", "effects", "out_of_order", "stuck", "unexplained_dead_letters"
]
Finding: TypeAlias = tuple[Wrong, str]

_FINAL = frozenset({"approved", "refused", "withdrawn"})
_TOLD = frozenset(
    {
        "application_submitted",
        "application_delayed",
        "correction_requested",
        "application_decided",
        "application_overdue",
        "application_withdrawn",
    }
)
"""The events that each make one SMS."""
_ONCE = frozenset(
    {
        "application_submitted",
        "application_withdrawn",
        "application_decided",
        "submission_lodged",
        "submission_withdrawn",
        "ministry_decided",
    }
)
"""The events of which an application has one at most."""
_HANDED_OVER_FOR = {"corrected": "application_corrected", "withdrawn": "application_withdrawn"}
_BESIDE = frozenset({"message_sent", "message_delivered", "message_failed"})
"""The lines of a timeline that are news of messages."""


def examine(clicks: Sequence[Click], evidence: Evidence) -> list[Finding]:
    """Return everything that is wrong."""
    found: list[Finding] = [
        ("lost", "a click without an answer") for each in clicks if not each.tracking_number
    ]
    for case in cases_of(clicks, evidence):
        for check in CHECKS:
            found += [(wrong, f"{case.name}: {why}") for wrong, why in check(case)]
    return [*found, *_of_all(evidence)]


def hand_overs(case: Case) -> Iterator[Finding]:
    """Each submission reaches its ministry, once."""
    kinds = Counter(row["kind"] for row in case.handed_over)
    wanted = Counter({"lodged": 1})
    types = Counter(kind for kind, _ in case.timeline())
    wanted.update({kind: types[event] for kind, event in _HANDED_OVER_FOR.items()})
    for kind in wanted.keys() | kinds.keys():
        if kinds[kind] < wanted[kind]:
            yield "lost", f"{kind} is not at its ministry"
        if kinds[kind] > wanted[kind]:
            yield "ministry", f"{kind} is {kinds[kind]} times at its ministry"


def answers(case: Case) -> Iterator[Finding]:
    """What the citizen was told is so: the application is shown, and every yes has its line."""
    if case.view is None:
        yield "lost", "it is not shown"
        return
    types = {kind for kind, _ in case.timeline()}
    if case.click.withdrawn and "application_withdrawn" not in types:
        yield "lost", "the withdrawal was accepted and is gone"
    if case.click.corrected and "application_corrected" not in types:
        yield "lost", "the correction was accepted and is gone"
    if case.view["status"] not in _FINAL:
        yield "stuck", f"it is {case.view['status']}"


def decisions(case: Case) -> Iterator[Finding]:
    """The ministry's decision is the citizen's."""
    decided = [row["action"] for row in case.decisions if row["action"] in {"approved", "refused"}]
    status = case.view["status"] if case.view else ""
    if decided and status in _FINAL and status not in decided:
        yield "lost", f"decided {decided[-1]}, but it is {status}"
    if status in {"approved", "refused"} and not decided:
        yield "effects", f"it is {status}, and nobody decided so"


def messages(case: Case) -> Iterator[Finding]:
    """Each event that a citizen is told of is one SMS, and its delivery is reported."""
    references = Counter(row["reference"] for row in case.messages)
    wanted = sum(kind in _TOLD for kind, _ in case.facts())
    if len(references) < wanted:
        yield "lost", f"{len(references)} SMS of {wanted}"
    for _ in range(references.total() - min(len(references), wanted)):
        yield "sms", f"{references.total()} SMS instead of {wanted}"
    for row in case.messages:
        if row["reported_at"] is None:
            yield "stuck", "a delivery report was not taken over"


def published(case: Case) -> Iterator[Finding]:
    """What the timeline says is published, and nothing is published that did not happen."""
    happened = {line for line in case.timeline() if line[0] not in _BESIDE}
    told = set(case.facts())
    for kind, _ in happened - told:
        yield "lost", f"{kind} was never published"
    for kind, _ in told - happened:
        yield "effects", f"{kind} was published and did not happen"
    noted = {event for kind, event in case.timeline() if kind in _BESIDE}
    for seen in case.events[MESSAGES]:
        if seen.event_id not in noted:
            yield "lost", f"{seen.type} is not in the timeline"


def effects(case: Case) -> Iterator[Finding]:
    """What can happen once has one event, however often its cause was read."""
    kinds = Counter(seen.type for events in case.events.values() for seen in events)
    for kind in _ONCE & kinds.keys():
        if kinds[kind] > 1:
            yield "effects", f"{kinds[kind]} different {kind}"
    sent = Counter(
        (seen.type, seen.fields["message_id"]) for seen in case.events[MESSAGES] if seen.fields
    )
    for (kind, _), count in sent.items():
        if count > 1:
            yield "effects", f"{count} different {kind} of one message"


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


CHECKS: Sequence[Callable[[Case], Iterator[Finding]]] = (
    hand_overs,
    answers,
    decisions,
    messages,
    published,
    effects,
    orders,
)


def _of_all(evidence: Evidence) -> Iterator[Finding]:
    """What is wrong beside single applications."""
    for name in sorted(evidence.ghosts):
        yield "ministry", f"{name}: handed over, and there is no such application"
    for name in sorted(evidence.surplus):
        yield "effects", f"{name}: one click made two applications"
    if evidence.books.owed_refused:
        yield "lost", f"{evidence.books.owed_refused} callbacks were refused"
    for name, count in evidence.waiting.counts.items():
        for _ in range(count):
            yield "stuck", f"{name}: {count} wait"
    yield from _of_readers(evidence)


def _of_readers(evidence: Evidence) -> Iterator[Finding]:
    """Every event has been handled by every reader, and none was put aside."""
    for reader, seen, is_past in evidence.unhandled:
        where = f"{seen.place[0]}/{seen.place[1]}@{seen.offset}"
        wrong: Wrong = "lost" if is_past else "stuck"
        yield wrong, f"{seen.key}: {seen.type} ({where}) was not handled by {reader}"
    for service, letters in evidence.letters.items():
        for letter in letters:
            key = (letter.key or b"").decode("utf-8", "replace")
            yield "unexplained_dead_letters", f"{key}: {service} {letter.reason} {letter.detail}"


def totals(found: Sequence[Finding]) -> Mapping[Wrong, int]:
    """Count what is wrong, by kind."""
    return Counter(wrong for wrong, _ in found)
