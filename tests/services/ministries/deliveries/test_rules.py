from dataclasses import replace
from uuid import UUID

import orjson
import pytest

from libs.ids import derived_id
from services.ministries.deliveries.rules import Kind, ministry_unreachable, plan_delivery
from tests.services.ministries.scenes import TRACE, submission

EVENT = UUID("0190a000-0000-7000-8000-00000000000e")
DELIVERY = derived_id(EVENT, "delivery")


@pytest.mark.parametrize("kind", ["submitted", "corrected", "withdrawn"])
def test_a_repeated_submission_plans_the_same_delivery(kind: Kind) -> None:
    """Id and idempotency key of a delivery derive from the submission's event id."""
    first, again = (plan_delivery(submission(kind, event_id=EVENT)) for _ in range(2))
    assert first == again
    assert first.kind == kind
    assert first.idempotency_key == str(DELIVERY)
    assert first.trace == TRACE


def test_a_delivery_carries_the_form_as_it_was_submitted() -> None:
    """The form is unchanged; a withdrawal has none."""
    assert orjson.loads(plan_delivery(submission("submitted", event_id=EVENT)).form or "") == {
        "name_bn": "রহিমা খাতুন"
    }
    assert plan_delivery(submission("withdrawn")).form is None


def test_the_repr_of_a_delivery_has_no_form() -> None:
    """A delivery in a log line or traceback shows no personal data."""
    assert "রহিমা" not in repr(plan_delivery(submission("submitted")))


def test_a_delay_is_one_event_per_delivery_and_none_for_a_withdrawal() -> None:
    """The event's id derives from the delivery's."""
    delivery = plan_delivery(submission("submitted", event_id=EVENT))
    first, again = (
        ministry_unreachable(delivery),
        ministry_unreachable(replace(delivery, attempts=9)),
    )
    assert first is not None
    assert again is not None
    assert first.event_id == again.event_id
    assert first.trace == TRACE
    assert ministry_unreachable(plan_delivery(submission("withdrawn"))) is None
