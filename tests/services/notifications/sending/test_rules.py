"""Each state of a message is announced once, and no event moves it back."""

from typing import Any
from uuid import UUID

import pytest

from libs.trace_context import TraceContext
from services.notifications.messages.rules import State
from services.notifications.sending.rules import Progress, apply_report, leave_queue, safe_reason

TRACE = TraceContext("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
APPLICATION = UUID(int=1)


def message(state: State, *, application_id: UUID | None = APPLICATION) -> Progress:
    """A message about an application in a state."""
    return Progress(UUID(int=7), "sms", application_id, "approved", state, TRACE)


def types(announced: list[Any]) -> list[str]:
    """Return the types of events, in order."""
    return [event.type for event in announced]


@pytest.mark.parametrize("state", ["delivered", "failed", "expired", "cancelled"])
def test_nothing_moves_a_message_out_of_a_final_state(state: State) -> None:
    """A late, repeated or crossing report or result changes and announces nothing."""
    for after in (
        leave_queue(message(state), "sent"),
        leave_queue(message(state), "failed", "gave_up"),
        leave_queue(message(state), "expired", "code_expired"),
        apply_report(message(state), "delivered", None),
        apply_report(message(state), "failed", "absent"),
    ):
        assert after == (message(state), [])


@pytest.mark.parametrize("step", ["sent", "failed", "expired"])
def test_our_own_result_changes_only_a_queued_message(step: Any) -> None:
    """A message that the provider accepted is neither sent again nor failed."""
    assert leave_queue(message("sent"), step, "gave_up") == (message("sent"), [])


@pytest.mark.parametrize(
    ("state", "step", "announced"),
    [
        ("queued", "delivered", ["message_sent", "message_delivered"]),
        ("queued", "failed", ["message_sent", "message_failed"]),
        ("sent", "delivered", ["message_delivered"]),
        ("sent", "failed", ["message_failed"]),
    ],
)
def test_a_report_closes_an_open_message(state: State, step: Any, announced: list[str]) -> None:
    """A report before our own result announces first what the result would have."""
    moved, events = apply_report(message(state), step, None)
    assert moved.state == step
    assert types(events) == announced
    assert {event.trace for event in events} == {TRACE}


def test_the_end_of_our_attempts_is_announced() -> None:
    """A sent message is announced as sent, a failed one with a reason code."""
    moved, events = leave_queue(message("queued"), "sent")
    assert (moved.state, types(events)) == ("sent", ["message_sent"])
    moved, (event,) = leave_queue(message("queued"), "failed", "gave_up")
    assert moved.state == "failed"
    assert event.model_dump()["reason"] == "gave_up"


def test_a_repeated_step_is_the_same_event() -> None:
    """The event's id derives from the message and the step."""
    (first,) = apply_report(message("sent"), "delivered", None)[1]
    (again,) = apply_report(message("sent"), "delivered", None)[1]
    assert first.event_id == again.event_id


def test_a_code_announces_nothing() -> None:
    """A one-time code belongs to no application."""
    code = message("queued", application_id=None)
    assert leave_queue(code, "sent")[1] == []
    assert leave_queue(code, "expired", "code_expired")[1] == []
    assert apply_report(code, "delivered", None)[1] == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("absent_subscriber", "absent_subscriber"),
        ("rejected by +8801712345678", "not_delivered"),
        ("Karim has no credit", "not_delivered"),
        ("err_8801712345678", "not_delivered"),
        ("x" * 41, "not_delivered"),
        ("", "not_delivered"),
        (None, "not_delivered"),
    ],
)
def test_a_reason_is_published_only_as_a_code(text: str | None, reason: str) -> None:
    """Free text of the provider, which may contain a number or name, is not published."""
    assert safe_reason(text) == reason
