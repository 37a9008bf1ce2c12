"""A message only moves forward, and every step is announced once."""

from typing import Any, get_args
from uuid import UUID

import pytest

from libs.trace_context import TraceContext
from services.notifications.messages.rules import State
from services.notifications.sending.rules import (
    AFTER,
    Progress,
    Step,
    apply_report,
    close,
    mark_sent,
    safe_reason,
)

TRACE = TraceContext("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
APPLICATION = UUID(int=1)
FINAL: tuple[State, ...] = ("delivered", "failed", "expired", "cancelled")


def message(state: State, *, application_id: UUID | None = APPLICATION) -> Progress:
    """A message about an application, in a state."""
    return Progress(UUID(int=7), "sms", application_id, "approved", state, TRACE)


def types(announced: list[Any]) -> list[str]:
    """The types of events, in order."""
    return [event.type for event in announced]


def test_the_table_decides_every_pair() -> None:
    """No state and no step is missing from the table."""
    assert set(AFTER) == set(get_args(State))
    for steps in AFTER.values():
        assert set(steps) == set(get_args(Step))


@pytest.mark.parametrize("state", FINAL)
def test_nothing_moves_a_message_out_of_a_final_state(state: State) -> None:
    """A report or a record that comes late, twice or crossed changes and announces nothing."""
    for moved, announced in (
        mark_sent(message(state)),
        close(message(state), "failed", "gave_up"),
        close(message(state), "expired", "code_expired"),
        apply_report(message(state), "delivered", None),
        apply_report(message(state), "failed", "absent"),
    ):
        assert moved.state == state
        assert announced == []


@pytest.mark.parametrize(
    ("state", "step", "after", "announced"),
    [
        ("queued", "delivered", "delivered", ["message_sent", "message_delivered"]),
        ("queued", "failed", "failed", ["message_sent", "message_failed"]),
        ("sent", "delivered", "delivered", ["message_delivered"]),
        ("sent", "failed", "failed", ["message_failed"]),
    ],
)
def test_a_report_closes_an_open_message(
    state: State, step: Any, after: State, announced: list[str]
) -> None:
    """A report that is quicker than our own record announces first what the record would have."""
    moved, events = apply_report(message(state), step, None)
    assert moved.state == after
    assert types(events) == announced
    assert {event.trace for event in events} == {TRACE}


def test_our_own_record_after_the_report_announces_nothing() -> None:
    """The record that the provider took a message changes nothing after a report."""
    moved, _ = apply_report(message("queued"), "delivered", None)
    assert mark_sent(moved) == (moved, [])


def test_a_sent_message_is_announced_once() -> None:
    """The second record of the same message finds it sent."""
    moved, events = mark_sent(message("queued"))
    assert (moved.state, types(events)) == ("sent", ["message_sent"])
    assert mark_sent(moved) == (moved, [])


def test_giving_up_does_not_undo_what_the_provider_took() -> None:
    """Our own giving up counts only while the message still waits here."""
    sent = message("sent")
    assert close(sent, "failed", "gave_up") == (sent, [])


def test_giving_up_announces_why() -> None:
    """Failing for good is announced with a reason code."""
    moved, (event,) = close(message("queued"), "failed", "gave_up")
    assert moved.state == "failed"
    assert event.model_dump()["reason"] == "gave_up"


def test_a_repeated_step_is_the_same_event() -> None:
    """The event's id follows from the message and the step."""
    (first,) = apply_report(message("sent"), "delivered", None)[1]
    (again,) = apply_report(message("sent"), "delivered", None)[1]
    assert first.event_id == again.event_id


def test_a_code_announces_nothing() -> None:
    """One-time codes belong to no application, so no event is about them."""
    code = message("queued", application_id=None)
    assert mark_sent(code)[1] == []
    assert close(code, "expired", "code_expired")[1] == []
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
def test_a_reason_is_passed_on_only_as_a_code(text: str | None, reason: str) -> None:
    """Free text of the provider, which may hold a number or a name, goes nowhere."""
    assert safe_reason(text) == reason
