"""Checks of one application: citizen, ministry, SMS provider, topics and timeline must agree."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from uuid import UUID

from libs.ids import derived_id
from tools.chaos.applications import (
    APPLICATIONS,
    GRANTS,
    MINISTRIES,
    NOTIFICATIONS,
    PAPERS,
    SUBMISSIONS,
    Finding,
    Observed,
)
from tools.chaos.evidence import Seen
from tools.chaos.order import RULES, SUBMISSION_EVENTS

_FINAL = frozenset({"approved", "refused", "withdrawn"})
_ONCE = frozenset(
    {
        "application_submitted",
        "application_withdrawn",
        "application_decided",
        "correction_requested",
        "application_corrected",
        "submission_made",
        "submission_corrected",
        "submission_withdrawn",
        "ministry_decided",
        "correction_asked",
    }
)
"""Events that an application has at most once; ministries ask for one correction at most."""
_HANDED_OVER_FOR = {"corrected": "application_corrected", "withdrawn": "application_withdrawn"}
_MADE = "submission_made"
_HER_TURN = frozenset({"citizen", "payment"})
_MESSAGE_FAILED = "message_failed"
_REPORTED = frozenset({"delivered", "failed"})
_WITH_THE_PROVIDER = frozenset({"sent", "delivered"})
_CONFIRMED = "application_submitted"
_NOTIFIED = frozenset(
    {
        "application_submitted",
        "application_delayed",
        "correction_requested",
        "application_corrected",
        "application_decided",
        "application_overdue",
        "application_deadline_moved",
        "application_withdrawn",
        "application_paper_replaced",
        "application_paper_withdrawn",
    }
)
"""Events of which the citizen gets one SMS; its reference is derived from the event's id.

A later one may take the place of the confirmation.
"""


def check_hand_overs(application: Observed) -> Iterator[Finding]:
    """Every submission reaches its own ministry exactly once, or is one case of its office."""
    if application.is_at_desk:
        yield from _check_case(application)
        return
    submissions = application.received.submissions
    kinds = Counter(row["kind"] for row in submissions)
    types = Counter(kind for kind, _ in application.timeline())
    expected = Counter({"submitted": 1})
    expected.update({kind: types[event] for kind, event in _HANDED_OVER_FOR.items()})
    for kind in expected.keys() | kinds.keys():
        if kinds[kind] < expected[kind]:
            yield "lost", f"{kind} is not at its ministry"
        if kinds[kind] > expected[kind]:
            yield "ministry", f"{kind} is {kinds[kind]} times at its ministry"
    addressed = {seen.fields["ministry"] for seen in application.events[SUBMISSIONS]}
    for row in submissions:
        if addressed and row["ministry"] not in addressed:
            yield "ministry", f"{row['kind']} is at a ministry that it was not addressed to"


def _check_case(application: Observed) -> Iterator[Finding]:
    """Officers see one case, that of the submission; one that was taken back perhaps not."""
    made = {seen.event_id for seen in application.events[SUBMISSIONS] if seen.type == _MADE}
    cases = application.received.submissions
    if not cases and application.status in {"approved", "refused"}:
        yield "lost", "it is decided, and no officer has seen it"
    if len(cases) > 1:
        yield "ministry", f"it is {len(cases)} times at its office"
    for row in cases:
        if row.get("case_id") not in made:
            yield "ministry", "officers have a case of no submission"


def check_papers(application: Observed) -> Iterator[Finding]:
    """The ministry has every paper of the submission as the citizen gave it."""
    if application.is_at_desk:
        yield from _check_issued(application)  # officers open a paper when they want to
        return
    given = len(application.click.command.get("documents", ()))
    fetched = application.received.right_papers
    if application.received.handed_over and fetched < given:
        yield "lost", f"{given - fetched} of {given} papers are not at its ministry"


def _check_issued(application: Observed) -> Iterator[Finding]:
    """Each paper that a decision grants is issued once."""
    granted = sum(seen.type == "paper_granted" for seen in application.events[GRANTS])
    issued = sum(seen.type == "paper_issued" for seen in application.events[PAPERS])
    if issued < granted:
        yield "lost", f"{granted - issued} of {granted} granted papers are not issued"
    if issued > granted:
        yield "effects", f"{issued} papers are issued, and {granted} granted"


def check_answers(application: Observed) -> Iterator[Finding]:
    """Every accepted request has its line in the timeline, and the application ends."""
    types = {kind for kind, _ in application.timeline()}
    if application.click.withdrawn and "application_withdrawn" not in types:
        yield "lost", "the withdrawal was accepted and is gone"
    if application.click.corrected and "application_corrected" not in types:
        yield "lost", "the correction was accepted and is gone"
    if application.status not in _FINAL:
        yield "stuck", f"its status is {application.status}"


def check_decisions(application: Observed) -> Iterator[Finding]:
    """The citizen is shown the ministry's decision."""
    status = application.status
    actions = [row["action"] for row in application.received.decisions]
    decided = [action for action in actions if action in {"approved", "refused"}]
    if decided and status in _FINAL and status not in decided:
        yield "lost", f"the ministry decided {decided[-1]}, but its status is {status}"
    if status in {"approved", "refused"} and not decided:
        yield "effects", f"its status is {status}, and no ministry decided so"
    requested = any(kind == "correction_requested" for kind, _ in application.published())
    if requested and "correction_asked" not in actions:
        yield "effects", "a correction is requested that no ministry asked for"


def check_events(application: Observed) -> Iterator[Finding]:
    """Everything in the ledger and in the citizen's answers is published."""
    published = {
        (topic, seen.type) for topic, events in application.events.items() for seen in events
    }
    for topic, kind in _expected_events(application):
        if (topic, kind) not in published:
            yield "lost", f"{kind} is not in {topic}"


def _expected_events(application: Observed) -> Iterator[tuple[str, str]]:
    yield APPLICATIONS, "application_submitted"
    for row in application.received.submissions:
        yield SUBMISSIONS, SUBMISSION_EVENTS[row["kind"]]
    actions = {row["action"] for row in application.received.decisions}
    decided = bool(actions & {"approved", "refused"})
    # A decision in the ministry's first answer is the acknowledgement, too.
    if application.received.submissions and not (decided and "correction_asked" not in actions):
        yield MINISTRIES, "ministry_received"
    if application.status == "withdrawn":  # a decision on its way may be dropped
        yield APPLICATIONS, "application_withdrawn"
        return
    if decided:
        yield MINISTRIES, "ministry_decided"
        yield APPLICATIONS, "application_decided"
    if "correction_asked" in actions and not application.click.withdrawn:
        yield MINISTRIES, "correction_asked"
        yield APPLICATIONS, "correction_requested"


def check_timeline(application: Observed) -> Iterator[Finding]:
    """The timeline and the topics have the same events."""
    lines = set(application.timeline())
    happened = {line for line in lines if line[0] != _MESSAGE_FAILED}
    published = set(application.published())
    for kind, _ in happened - published:
        yield "lost", f"{kind} was never published"
    for kind, _ in published - happened:
        yield "effects", f"{kind} was published and is not in the timeline"
    sent = {(seen.type, seen.event_id) for seen in application.events[NOTIFICATIONS]}
    noted = lines - happened
    for kind, _ in sent - noted:
        yield "lost", f"{kind} is not in the timeline"
    for kind, _ in noted - sent:
        yield "effects", f"{kind} is in the timeline and was never published"


def check_effects(application: Observed) -> Iterator[Finding]:
    """An effect that can happen once has one event, however often its cause was read."""
    kinds = Counter(seen.type for events in application.events.values() for seen in events)
    for kind in _ONCE & kinds.keys():
        if kinds[kind] > 1:
            yield "effects", f"{kinds[kind]} different {kind}"
    for line, count in Counter(application.timeline()).items():
        if count > 1:
            yield "effects", f"{line[0]} is {count} times in the timeline"


def check_order(application: Observed) -> Iterator[Finding]:
    """Ministry, citizen and every topic see events in the order in which they happened."""
    notified = _references(application)
    names_by_place: dict[str, list[str]] = {
        "ledger": [row["kind"] for row in application.received.submissions],
        "sms": [notified.get(row["reference"], "") for row in application.messages],
        **{topic: [seen.type for seen in events] for topic, events in application.events.items()},
    }
    for place, names in names_by_place.items():
        if place in RULES and not RULES[place](names):
            yield "out_of_order", f"{place}: {', '.join(names)}"
    lines, published = application.timeline(), application.published()
    common = set(lines) & set(published)
    if [line for line in lines if line in common] != [line for line in published if line in common]:
        yield "out_of_order", "the timeline and the topic differ"


def check_messages(application: Observed) -> Iterator[Finding]:
    """Every event of which the citizen is notified is one SMS to this citizen, with a report."""
    messages = application.messages
    references = Counter(row["reference"] for row in messages)
    expected = _references(application)
    is_followed = len(set(expected.values())) > 1
    for reference, kind in expected.items():
        if reference not in references and not (kind == _CONFIRMED and is_followed):
            yield "lost", f"no SMS for {kind}"
    for reference, count in references.items():
        for _ in range(count - (reference in expected)):
            yield "sms", f"one SMS too many for {expected.get(reference, 'no event')}"
    for row in messages:
        if row["to"] != application.click.citizen.phone:
            yield "sms", "an SMS went to another phone"
        if row["reported_at"] is None:
            yield "stuck", "a delivery report was not accepted"


def check_mandate(application: Observed) -> Iterator[Finding]:
    """A mandate is used for one application, and the citizen has one notice of that."""
    click = application.click
    if click.uses > 1:
        yield "effects", f"{click.uses} applications were accepted under one mandate"
    evidence = [row for row in application.events[SUBMISSIONS] if row.fields.get("mandate")]
    if bool(evidence) != bool(click.mandate_id):
        yield "lost", "the consent did not reach the ministry"
    expected, received = 1 if click.mandate_id else 0, len(application.mandate_notices)
    if received < expected:
        yield "lost", "no notice that the mandate was used"
    if received > expected:
        yield "sms", f"{received} notices of one mandate"
    for row in application.mandate_notices:
        if row["to"] != click.citizen.phone:
            yield "sms", "a notice of a mandate went to another phone"


def check_shown_messages(application: Observed) -> Iterator[Finding]:
    """The citizen is shown the SMS that the provider received and reported, and no others."""
    shown = application.shown_messages()
    received = {row["reference"]: row for row in application.messages}
    for reference, row in received.items():
        state = shown.get(reference)
        if state is None:
            yield "lost", "an SMS is not shown"
        elif row["reported_at"] and state not in _REPORTED:
            yield "lost", f"an SMS with a report is shown as {state}"
    for reference, state in shown.items():
        if state in _WITH_THE_PROVIDER and reference not in received:
            yield "effects", f"a message is shown as {state} that the provider does not have"


def check_failed_messages(application: Observed) -> Iterator[Finding]:
    """A failure is published exactly once, of a message that is shown as failed."""
    shown = application.shown_messages()
    published = Counter(
        (seen.type, str(seen.fields["message_id"])) for seen in application.events[NOTIFICATIONS]
    )
    for (kind, reference), count in published.items():
        if count > 1:
            yield "effects", f"{count} different {kind} of one message"
        if shown.get(reference) != "failed":
            yield "effects", f"{kind} of a message that is not shown as failed"
    for reference, state in shown.items():
        if state == "failed" and not published[_MESSAGE_FAILED, reference]:
            yield "lost", "message_failed was never published"


def _references(application: Observed) -> dict[str, str]:
    """Return the events of which the citizen is notified, by the references of their messages."""
    return {
        str(derived_id(UUID(seen.event_id), "sms")): seen.type
        for seen in application.events[APPLICATIONS]
        if seen.type in _NOTIFIED or _is_her_turn(seen)
    }


def _is_her_turn(seen: Seen) -> bool:
    """Whether the work has come to a step at which it waits for its citizen."""
    step = seen.fields.get("step") or {}
    return step.get("waits_for") in _HER_TURN or step.get("appointment") is not None


CHECKS: Sequence[Callable[[Observed], Iterator[Finding]]] = (
    check_hand_overs,
    check_papers,
    check_answers,
    check_decisions,
    check_events,
    check_timeline,
    check_effects,
    check_order,
    check_messages,
    check_mandate,
    check_shown_messages,
    check_failed_messages,
)
