"""A message only moves forward, and each step is told once."""

from typing import Any, get_args
from uuid import UUID

import pytest

from libs.trace_context import TraceContext
from services.notifications.domain.messages import State
from services.notifications.domain.progress import (
    AFTER,
    Progress,
    Step,
    closed,
    reported,
    safe_reason,
    taken_over,
)

TRACE = TraceContext("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
APPLICATION = UUID(int=1)
FINAL: tuple[State, ...] = ("delivered", "failed", "expired", "cancelled")


def message(state: State, *, application_id: UUID | None = APPLICATION) -> Progress:
    """A message about an application, in a state."""
    return Progress(UUID(int=7), application_id, "approved", state, TRACE)


def types(told: list[Any]) -> list[str]:
    """The types of events, in order."""
    return [event.type for event in told]


def test_the_table_decides_every_pair() -> None:
    """No state and no step is missing from the table."""
    assert set(AFTER) == set(get_args(State))
    for steps in AFTER.values():
        assert set(steps) == set(get_args(Step))


@pytest.mark.parametrize("state", FINAL)
def test_nothing_moves_a_message_out_of_a_final_state(state: State) -> None:
    """A report or a note that comes late, twice or crossed changes nothing and tells nothing."""
    for moved, told in (
        taken_over(message(state)),
        closed(message(state), "failed", "gave_up"),
        closed(message(state), "expired", "code_expired"),
        reported(message(state), "delivered", None),
        reported(message(state), "failed", "absent"),
    ):
        assert moved.state == state
        assert told == []


@pytest.mark.parametrize(
    ("state", "step", "after", "told"),
    [
        ("queued", "delivered", "delivered", ["message_sent", "message_delivered"]),
        ("queued", "failed", "failed", ["message_sent", "message_failed"]),
        ("sent", "delivered", "delivered", ["message_delivered"]),
        ("sent", "failed", "failed", ["message_failed"]),
    ],
)
def test_a_report_closes_an_open_message(
    state: State, step: Any, after: State, told: list[str]
) -> None:
    """A report that is quicker than our own note tells what the note would have told, first."""
    moved, events = reported(message(state), step, None)
    assert moved.state == after
    assert types(events) == told
    assert {event.trace for event in events} == {TRACE}


def test_our_own_note_after_the_report_tells_nothing() -> None:
    """The note that the provider took a message is void once the report has been there."""
    moved, _ = reported(message("queued"), "delivered", None)
    assert taken_over(moved) == (moved, [])


def test_a_message_taken_over_is_told_once() -> None:
    """The second note of the same message finds it sent."""
    moved, events = taken_over(message("queued"))
    assert (moved.state, types(events)) == ("sent", ["message_sent"])
    assert taken_over(moved) == (moved, [])


def test_giving_up_does_not_undo_what_the_provider_took() -> None:
    """Our own giving up counts only while the message still waits here."""
    sent = message("sent")
    assert closed(sent, "failed", "gave_up") == (sent, [])


def test_giving_up_tells_why() -> None:
    """Failing for good is told with a reason code."""
    moved, (event,) = closed(message("queued"), "failed", "gave_up")
    assert moved.state == "failed"
    assert event.model_dump()["reason"] == "gave_up"


def test_a_step_told_again_is_the_same_event() -> None:
    """The event's id follows from the message and the step."""
    (first,) = reported(message("sent"), "delivered", None)[1]
    (again,) = reported(message("sent"), "delivered", None)[1]
    assert first.event_id == again.event_id


def test_a_code_tells_nobody() -> None:
    """One-time codes belong to no application, so no event is told of them."""
    code = message("queued", application_id=None)
    assert taken_over(code)[1] == []
    assert closed(code, "expired", "code_expired")[1] == []
    assert reported(code, "delivered", None)[1] == []


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
