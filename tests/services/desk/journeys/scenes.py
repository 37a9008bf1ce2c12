"""Parts of a journey as services answer them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from libs.contracts.journeys import (
    JourneyApplication,
    JourneyDeadLetter,
    JourneyPart,
    JourneyStep,
)
from libs.ids import derived_id, new_tracking_number

NUMBER = new_tracking_number(1)
APPLICATION, SUBMITTED, DECIDED = UUID(int=1), UUID(int=2), UUID(int=3)
DELIVERY = UUID(int=4)
NINE = datetime(2026, 11, 25, 9, tzinfo=UTC)
TRACE = "0af7651916cd43dd8448eb211c80319c"


def at(seconds: float) -> datetime:
    """So many seconds after nine."""
    return NINE + timedelta(seconds=seconds)


def application(**fields: Any) -> JourneyApplication:
    """An application of nine o'clock that is approved."""
    return JourneyApplication(
        **{
            "public_service_id": "S001",
            "ministry": "lgd",
            "former_ministries": [],
            "adapter": "hosted",
            "status": "approved",
            "submitted_at": NINE,
            "waits_for": None,
            "waited_until": None,
            "overdue": False,
            "erased": False,
            "service_centre_id": None,
            **fields,
        }
    )


def submitted(**fields: Any) -> JourneyStep:
    """The first change."""
    return change("application_submitted", 0, None, 0.01, step_id=SUBMITTED, **fields)


def change(
    what: str, happened: float, published: float | None, stored: float, **fields: Any
) -> JourneyStep:
    """A change, with its times in seconds after nine."""
    return JourneyStep(
        **{
            "step_id": DECIDED,
            "kind": "change",
            "what": what,
            "happened_at": at(happened),
            "published_at": None if published is None else at(published),
            "stored_at": at(stored),
            "trace_id": TRACE,
            **fields,
        }
    )


def delivery(**fields: Any) -> JourneyStep:
    """A delivery that was handed over four seconds after nine."""
    return JourneyStep(
        **{
            "step_id": DELIVERY,
            "kind": "delivery",
            "what": "submitted",
            "party": "lgd",
            "state": "handed_over",
            "happened_at": at(0),
            "published_at": at(1),
            "stored_at": at(2),
            "open_since": at(2),
            "first_tried_at": at(3),
            "last_tried_at": at(3),
            "handed_over_at": at(4),
            "trace_id": TRACE,
            **fields,
        }
    )


def message(**fields: Any) -> JourneyStep:
    """The SMS about the decision."""
    return JourneyStep(
        **{
            "step_id": derived_id(DECIDED, "sms"),
            "kind": "message",
            "what": "approved",
            "party": "sms",
            "state": "delivered",
            "happened_at": at(100),
            "published_at": at(103),
            "stored_at": at(104),
            "first_tried_at": at(105),
            "last_tried_at": at(105),
            "handed_over_at": at(107),
            "reported_at": at(110),
            "changed_at": at(111),
            "trace_id": TRACE,
            **fields,
        }
    )


def step(what: str, happened: float, waits_for: str | None, **fields: Any) -> JourneyStep:
    """A change of a case, so many seconds after nine, and whose turn it is from then on."""
    return JourneyStep(
        **{
            "step_id": UUID(int=int(1000 + happened)),
            "kind": "change",
            "what": what,
            "party": "check",
            "state": "open",
            "waits_for": waits_for,
            "happened_at": at(happened),
            **fields,
        }
    )


def opened(**fields: Any) -> JourneyStep:
    """The first change of a case, which came two seconds after nine."""
    times = {"published_at": at(1), "stored_at": at(2)}
    return step("opened", 0, "office", **{**times, **fields})


def part(service: str, *steps: JourneyStep, read: float = 200, **fields: Any) -> JourneyPart:
    """What a service answers, so many seconds after nine."""
    return JourneyPart(
        **{
            "service": service,
            "tracking_number": NUMBER,
            "application_id": APPLICATION if steps else None,
            "steps": list(steps),
            "dead_letters": [],
            "unpublished_since": None,
            "is_set_aside": False,
            "kept_days": 90 if service == "notifications" else None,
            "settled_kept_days": 38,
            "read_at": at(read),
            **fields,
        }
    )


def failed(step_id: UUID, first_seen: float, **fields: Any) -> JourneyDeadLetter:
    """The dead letter of a job."""
    return JourneyDeadLetter(
        **{
            "dead_letter_id": 7,
            "step_id": step_id,
            "source": "deliver",
            "destination": "lgd",
            "reason": "refused.by_ministry",
            "attempts": 3,
            "first_seen_at": at(first_seen),
            "last_seen_at": at(first_seen),
            **fields,
        }
    )


def decided_parts(
    application_fields: Mapping[str, Any] | None = None,
    changes: Sequence[JourneyStep] | None = None,
    deliveries: Sequence[JourneyStep] | None = None,
    messages: Sequence[JourneyStep] | None = None,
) -> dict[str, JourneyPart]:
    """The parts of an application that was decided 100 seconds after nine."""
    approved = change("approved", 100, 101, 102)
    changes = [submitted(), approved] if changes is None else changes
    deliveries = [delivery()] if deliveries is None else deliveries
    messages = [message()] if messages is None else messages
    return {
        "applications": part(
            "applications", *changes, application=application(**(application_fields or {}))
        ),
        "ministries": part("ministries", *deliveries),
        "cases": part("cases"),
        "notifications": part("notifications", *messages),
    }
