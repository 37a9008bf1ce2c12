"""No event moves a message back, and its failure is announced once."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest

from libs.contracts.notifications import DeliveryReport
from libs.trace_context import TraceContext
from services.notifications.messages.rules import State
from services.notifications.sending.rules import (
    Progress,
    apply_report,
    failure_of,
    safe_reason,
)

TRACE = TraceContext("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
APPLICATION = UUID(int=1)
REPORTED_AT = datetime(2026, 11, 29, 10, tzinfo=UTC)


def message(state: State, *, application_id: UUID | None = APPLICATION) -> Progress:
    """A message about an application in a state."""
    return Progress(UUID(int=7), "sms", application_id, "approved", state, TRACE)


def report(status: Any, reason: str | None = None, *, at: datetime = REPORTED_AT) -> DeliveryReport:
    """A provider's report on that message."""
    return DeliveryReport(reference=UUID(int=7), status=status, reason=reason, reported_at=at)


@pytest.mark.parametrize("state", ["delivered", "failed", "expired", "cancelled"])
def test_nothing_moves_a_message_out_of_a_final_state(state: State) -> None:
    """A report or a record that comes late, twice or crossed changes nothing."""
    before = message(state)
    for after in (
        apply_report(before, report("delivered")),
        apply_report(before, report("failed", "absent")),
    ):
        assert after is before


@pytest.mark.parametrize("before", ["queued", "sent"])
@pytest.mark.parametrize("state", ["delivered", "failed"])
def test_a_report_closes_an_open_message(before: State, state: Any) -> None:
    """Also one that is quicker than our own record; the network's time is kept."""
    after = apply_report(message(before), report(state))
    assert (after.state, after.reported_at) == (state, REPORTED_AT)


@pytest.mark.parametrize("year", [1, 1970, 9999])
def test_a_clock_of_another_century_says_nothing(year: int) -> None:
    """The report counts, and its time is not known."""
    wrong = datetime(year, 1, 1, tzinfo=timezone(timedelta(hours=14)))
    after = apply_report(message("sent"), report("delivered", at=wrong))
    assert (after.state, after.reported_at) == ("delivered", None)


def test_a_failure_is_announced_in_the_trace_of_the_message() -> None:
    """One that failed for good here, with a reason code, or by the provider's report."""
    for failed, reason in (
        (message("failed")._replace(reason="gave_up"), "gave_up"),
        (apply_report(message("sent"), report("failed", "absent")), "absent"),
    ):
        event = failure_of(failed)
        assert event is not None
        assert (event.type, event.reason, event.trace) == ("message_failed", reason, TRACE)


def test_a_repeated_failure_is_the_same_event() -> None:
    """The event's id follows from the message."""
    first, again = (failure_of(message("failed")) for _ in range(2))
    assert first
    assert again
    assert first.event_id == again.event_id


@pytest.mark.parametrize("state", ["queued", "sent", "delivered", "expired", "cancelled"])
def test_what_did_not_fail_is_announced_to_nobody(state: State) -> None:
    """What became of it is asked of notifications."""
    assert failure_of(message(state)) is None


def test_a_code_announces_nothing() -> None:
    """One-time codes belong to no application, so no event is about them."""
    assert failure_of(message("failed", application_id=None)) is None


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
