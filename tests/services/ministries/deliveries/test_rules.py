from dataclasses import replace
from uuid import UUID

import orjson
import pytest

from libs.ids import derived_id
from services.ministries.deliveries.rules import Kind, ministry_unreachable, plan_delivery
from tests.services.ministries.scenes import TRACE, submission

EVENT = UUID("0190a000-0000-7000-8000-00000000000e")
DELIVERY = derived_id(EVENT, "delivery")


@pytest.mark.parametrize("kind", ["lodged", "corrected", "withdrawn"])
def test_a_repeated_submission_plans_the_same_delivery(kind: Kind) -> None:
    """A delivery's id and idempotency key follow from the submission's event alone."""
    first, again = (plan_delivery(submission(kind, event_id=EVENT)) for _ in range(2))
    assert first == again
    assert first.kind == kind
    assert first.idempotency_key == str(DELIVERY)
    assert first.trace == TRACE


def test_a_delivery_carries_the_form_as_it_was_submitted() -> None:
    """The form is handed over as the citizen gave it; a withdrawal carries none."""
    assert orjson.loads(plan_delivery(submission("lodged", event_id=EVENT)).form or "") == {
        "name_bn": "রহিমা খাতুন"
    }
    assert plan_delivery(submission("withdrawn")).form is None


def test_a_delivery_in_a_log_line_shows_no_form() -> None:
    """Whoever prints a delivery, in a log or a traceback, prints nothing that is the citizen's."""
    assert "রহিমা" not in repr(plan_delivery(submission("lodged")))


def test_a_delay_is_one_event_per_delivery_and_none_for_a_withdrawal() -> None:
    """The event's id follows from the delivery; a withdrawal announces nothing."""
    delivery = plan_delivery(submission("lodged", event_id=EVENT))
    first, again = (
        ministry_unreachable(delivery),
        ministry_unreachable(replace(delivery, attempts=9)),
    )
    assert first is not None
    assert again is not None
    assert first.event_id == again.event_id
    assert first.trace == TRACE
    assert ministry_unreachable(plan_delivery(submission("withdrawn"))) is None
