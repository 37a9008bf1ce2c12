"""What must hold of the SMS about one application: one for each fact, each reported."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from uuid import UUID

from libs.ids import derived_id
from tools.chaos.cases import MESSAGES, Case, Finding

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
"""The facts that each make one SMS; its reference is derived from the fact's id."""
_REPORTS = ("message_delivered", "message_failed")


def messages(case: Case) -> Iterator[Finding]:
    """Each fact that a citizen is told of is one SMS to this citizen, and it is reported."""
    references = Counter(row["reference"] for row in case.messages)
    wanted = {
        str(derived_id(UUID(event_id), "sms")): kind
        for kind, event_id in case.facts()
        if kind in _TOLD
    }
    for reference, kind in wanted.items():
        if reference not in references:
            yield "lost", f"no SMS for {kind}"
    for reference, count in references.items():
        surplus = count - (reference in wanted)
        for _ in range(surplus):
            yield "sms", f"one SMS too many for {wanted.get(reference, 'nothing that happened')}"
    for row in case.messages:
        if row["to"] != case.click.citizen.phone:
            yield "sms", "an SMS went to a stranger's number"
        if row["reported_at"] is None:
            yield "stuck", "a delivery report was not taken over"


def news(case: Case) -> Iterator[Finding]:
    """What the operator took and reported is told, once."""
    told = Counter((seen.type, str(seen.fields["message_id"])) for seen in case.events[MESSAGES])
    for row in case.messages:
        reference = row["reference"]
        if not told["message_sent", reference]:
            yield "lost", "message_sent was never published"
        if row["reported_at"] and not any(told[kind, reference] for kind in _REPORTS):
            yield "lost", "message_delivered was never published"
    for (kind, _), count in told.items():
        if count > 1:
            yield "effects", f"{count} different {kind} of one message"


MESSAGE_CHECKS: Sequence[Callable[[Case], Iterator[Finding]]] = (messages, news)
