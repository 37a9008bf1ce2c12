from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from libs.contracts.applications import ApplicationDecided, ApplicationSubmitted
from libs.contracts.events import ENVELOPE_FIELDS, Event
from libs.contracts.ministries import MinistryDecided
from libs.contracts.topics import TOPICS
from libs.ids import new_id
from libs.trace_context import TraceContext, set_current

TRACE = TraceContext("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")


def decided() -> MinistryDecided:
    at = datetime(2026, 1, 15, tzinfo=UTC)
    event = MinistryDecided(
        application_id=new_id(), ministry="mopa", outcome="approved", occurred_at=at
    )
    return event.in_trace(TRACE)


def follow(cause: MinistryDecided) -> ApplicationDecided:
    return ApplicationDecided.because_of(
        cause, tracking_number="NS-7K4M9-PXRT3-HC2D3", citizen_id=new_id(), public_service_id="S001"
    )


def test_the_type_is_the_name_of_the_class() -> None:
    """An event's type cannot differ from its class."""
    assert Event.type == "event"
    assert ApplicationDecided.type == "application_decided"
    every = {event for topic in TOPICS for event in topic.events}
    assert len(every) == len({event.type for event in every})


def test_a_derived_event_has_keys_time_and_trace_of_its_cause() -> None:
    """They are copied unless given."""
    cause = decided()
    told = follow(cause)
    assert (told.application_id, told.outcome) == (cause.application_id, "approved")
    assert (told.occurred_at, told.trace) == (cause.occurred_at, TRACE)
    assert told.ministry == "mopa"


def test_a_derived_id_is_the_same_in_every_run() -> None:
    """It derives from the cause's id and the type."""
    cause = decided()
    assert follow(cause).event_id == follow(cause).event_id
    assert follow(cause).event_id != cause.event_id
    assert follow(decided()).event_id != follow(cause).event_id


def test_events_are_frozen() -> None:
    """The model refuses assignment."""
    with pytest.raises(ValidationError):
        decided().outcome = "refused"  # type: ignore[misc]


def test_readers_ignore_unknown_fields() -> None:
    """A later writer may add fields."""
    event = MinistryDecided.model_validate(
        {**decided().model_dump(), "added_later": {"anything": 1}}
    )
    assert "added_later" not in event.model_dump()


def test_an_event_has_the_current_trace_context() -> None:
    """An event made in a route has the route's trace."""
    set_current(TRACE)
    assert decided().trace == TRACE
    set_current(None)
    event = MinistryDecided(application_id=new_id(), ministry="mopa", outcome="refused")
    assert event.trace is None


def test_time_without_zone_is_refused() -> None:
    """An event's time needs a time zone."""
    with pytest.raises(ValidationError):
        MinistryDecided(
            application_id=new_id(),
            ministry="mopa",
            outcome="approved",
            occurred_at=datetime(2026, 1, 1),  # noqa: DTZ001 -- the point
        )


def test_id_and_time_are_fields_of_every_event() -> None:
    """They are the only fields that are in headers and not in the value."""
    assert ApplicationSubmitted.model_fields.keys() >= ENVELOPE_FIELDS
