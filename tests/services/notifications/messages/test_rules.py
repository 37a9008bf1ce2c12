"""The messages of events."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, cast
from uuid import UUID

import pytest

from libs.contracts import topics
from libs.contracts.applications import (
    ApplicationAppealed,
    ApplicationChange,
    ApplicationCorrected,
    ApplicationDeadlineMoved,
    ApplicationDecided,
    ApplicationDelayed,
    ApplicationMoved,
    ApplicationOverdue,
    ApplicationPaperIssued,
    ApplicationPaperReplaced,
    ApplicationPaperWithdrawn,
    ApplicationReceived,
    ApplicationStepReached,
    ApplicationSubmitted,
    ApplicationWithdrawn,
    CorrectionRequested,
    Step,
    WaitsFor,
)
from libs.contracts.events import Event
from libs.contracts.language import Text
from libs.contracts.notifications import MessageState
from libs.trace_context import TraceContext
from services.notifications.messages.rules import (
    DueMessage,
    StoredMessage,
    message_id_for,
    template_for,
    view,
)
from tests.contract.frozen import samples

FACTS: dict[str, Any] = {
    "application_id": UUID(int=1),
    "tracking_number": "NS-7K4M9-PXRT3-HC2D3",
    "citizen_id": UUID(int=2),
    "public_service_id": "S001",
    "ministry": "moha",
}
TRACE = TraceContext("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")

HEARING = datetime(2026, 12, 20, 5, tzinfo=UTC)


def step_of(waits_for: WaitsFor, appointment: datetime | None = None) -> Step:
    """A step that waits for somebody."""
    name = Text(bn="ধাপ", en="A step")
    return Step(name=name, waits_for=waits_for, appointment=appointment)


SENT = [
    (ApplicationSubmitted(**FACTS), "submitted"),
    (ApplicationDelayed(**FACTS), "delayed"),
    (ApplicationDelayed(**FACTS, cause="platform"), "delayed_by_platform"),
    (
        CorrectionRequested(**FACTS, note=Text(bn="ছবি দিন", en="Add a photo")),
        "correction_requested",
    ),
    (ApplicationCorrected(**FACTS), "corrected"),
    (ApplicationCorrected(**FACTS, is_assisted=True), "corrected_at_centre"),
    (ApplicationCorrected(**FACTS, is_assisted=True, changes=("name",)), "applicant_changed"),
    (ApplicationCorrected(**FACTS, changes=("birth_date",)), "applicant_changed"),
    (ApplicationDecided(**FACTS, outcome="approved"), "approved"),
    (ApplicationDecided(**FACTS, outcome="refused"), "refused"),
    (ApplicationDecided(**FACTS, outcome="lapsed"), "lapsed"),
    (
        ApplicationDecided(**FACTS, outcome="refused", appeal_until=date(2026, 12, 20)),
        "refused_until",
    ),
    (ApplicationDecided(**FACTS, outcome="refused", stage="appeal"), "appeal_upheld"),
    (ApplicationDecided(**FACTS, outcome="approved", stage="appeal"), "appeal_overturned"),
    (ApplicationDecided(**FACTS, outcome="lapsed", stage="appeal"), "lapsed"),
    (ApplicationAppealed(**FACTS), "appealed"),
    (ApplicationAppealed(**FACTS, is_assisted=True), "appealed_at_centre"),
    (ApplicationAppealed(**FACTS, is_at_office=True), "appealed_at_office"),
    (ApplicationReceived(**FACTS, step=step_of("payment")), "your_turn"),
    (ApplicationStepReached(**FACTS, step=step_of("citizen")), "your_turn"),
    (
        ApplicationStepReached(**FACTS, step=step_of("office", appointment=HEARING)),
        "your_turn",
    ),
    (ApplicationStepReached(**FACTS, step=step_of("office"), is_told=True), "moved"),
    (ApplicationStepReached(**FACTS, step=step_of("payment"), is_told=True), "your_turn"),
    (
        ApplicationDeadlineMoved(**FACTS, due_on=date(2026, 12, 20), before=date(2026, 12, 17)),
        "deadline_moved",
    ),
    (ApplicationOverdue(**FACTS, due_on=date(2026, 12, 16)), "overdue"),
    (ApplicationWithdrawn(**FACTS), "withdrawn"),
    (ApplicationMoved(**FACTS, move_id=UUID(int=3), from_ministry="lgd"), "moved"),
    (
        ApplicationPaperReplaced(**FACTS, number="7K4M-9PXR-T3H5", replaced_by="2B7C-4DXR-K9H3"),
        "paper_replaced",
    ),
    (ApplicationPaperWithdrawn(**FACTS, number="7K4M-9PXR-T3H5"), "paper_withdrawn"),
]
NOT_SENT = [
    ApplicationPaperIssued(**FACTS, number="7K4M-9PXR-T3H5"),
    ApplicationReceived(**FACTS),
    ApplicationReceived(**FACTS, step=step_of("office")),
    ApplicationStepReached(**FACTS, step=step_of("others")),
    ApplicationMoved(**FACTS, move_id=UUID(int=3), from_ministry="lgd", is_told=False),
]


@pytest.mark.parametrize(("event", "template"), [*SENT, *((event, None) for event in NOT_SENT)])
def test_events_have_their_templates(event: Any, template: str | None) -> None:
    """A ministry's acknowledgement sends no SMS; each correction does, also the citizen's own."""
    assert template_for(event) == template


def test_every_change_of_an_application_is_listed() -> None:
    """Each class of changes on applications.v1 is in one of the two lists."""
    tried: set[type[Event]] = {type(event) for event, _ in SENT} | {type(e) for e in NOT_SENT}
    changes = {each for each in topics.APPLICATIONS.events if issubclass(each, ApplicationChange)}
    assert tried == changes


def test_other_events_of_the_topic_send_nothing() -> None:
    """They are not about a change of the application."""
    others = [
        sample.event_class.model_validate(sample.fields)
        for sample in samples()
        if sample.topic is topics.APPLICATIONS
        and not issubclass(sample.event_class, ApplicationChange)
    ]
    assert [template_for(cast("Any", event)) for event in others] == [None] * len(others) != []


def test_a_repeated_event_makes_the_same_message() -> None:
    """The message's id derives from the event's."""
    event = ApplicationSubmitted(**FACTS)
    assert message_id_for(event) == message_id_for(event.in_trace(TRACE))
    assert message_id_for(event) != message_id_for(ApplicationSubmitted(**FACTS))


def test_the_repr_of_a_message_has_no_personal_data() -> None:
    """Address and text are not in the repr, which may be logged."""
    message = DueMessage(
        message_id=UUID(int=1),
        channel="sms",
        address="+8801712345678",
        text="493027",
        expires_at=None,
        attempts=0,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        trace=None,
    )
    assert "8801712345678" not in repr(message)
    assert "493027" not in repr(message)


@pytest.mark.parametrize(
    ("state", "reason", "days", "title"),
    [
        ("queued", None, 4, "SMS waits to be sent"),
        ("sent", None, 2, "SMS sent"),
        ("sent", None, 4, "SMS sent; whether it arrived is not known"),
        ("delivered", None, 4, "SMS delivered"),
        ("failed", "absent", 4, "SMS could not be delivered"),
        ("failed", "expired", 4, "SMS could not be delivered in time"),
        ("failed", "provider_unavailable", 8, "SMS could not be delivered in time"),
        ("cancelled", "superseded", 4, "SMS not sent, since the next one says the same"),
    ],
)
def test_a_citizen_is_told_what_became_of_a_message(
    state: MessageState, reason: str | None, days: int, title: str
) -> None:
    """Also that it was given up, and that nobody has reported whether it arrived."""
    now = datetime(2026, 12, 16, tzinfo=UTC)
    since = now - timedelta(days=days)
    stored = StoredMessage(UUID(int=9), "sms", "approved", state, reason, since, since, TRACE)
    assert view(stored, now).title.en == title
