from datetime import date

import pytest
from pydantic import ValidationError

from libs.contracts.catalogue import PublicServiceChanged, Sourcing
from services.applications.public_services.rules import public_service_of
from tests.services.applications.scenes import filled_cache, public_service, service_changed


def test_a_form_is_compiled_once_per_version() -> None:
    """Only a new form version is compiled again."""
    cache = filled_cache()
    form = cache.find("S001").form
    cache.put([public_service("S001", open=False)])
    assert cache.find("S001").form is form
    cache.put([public_service("S001", form_version=2)])
    assert cache.find("S001").form is not form
    assert set(cache.versions()) == {"S001", "S010"}


def test_the_due_date_counts_working_days() -> None:
    """Fridays, Saturdays and holidays do not count; without a deadline there is no date."""
    assert public_service("S001").due_on(date(2026, 11, 25)) == date(2026, 12, 6)
    without = public_service("S001", service_deadline_days=None)
    assert without.due_on(date(2026, 11, 25)) is None


@pytest.mark.parametrize("status", ["illustrative", "unknown"])
def test_an_invented_deadline_gives_no_due_date(status: Sourcing) -> None:
    """Only a deadline with a published source is a promise."""
    event = service_changed("S001", service_deadline_days=7, service_deadline_status=status)
    copy = public_service_of(event)
    assert copy.service_deadline_days is None
    assert copy.due_on(date(2026, 11, 25)) is None


@pytest.mark.parametrize(
    "fact",
    [
        "fee_status",
        "service_deadline_status",
        "required_documents_status",
        "form_origin",
        "ministry_adapter",
    ],
)
def test_what_an_event_does_not_say_is_not_assumed(fact: str) -> None:
    """An event without it is not read."""
    given = service_changed("S001").model_dump(exclude={fact})
    with pytest.raises(ValidationError, match=fact):
        PublicServiceChanged(**given)


def test_a_deadline_that_ends_in_a_year_without_holidays_gives_no_due_date() -> None:
    """A date that may be a holiday is no promise."""
    assert public_service("S001", service_deadline_days=30).due_on(date(2026, 11, 25)) is None


def test_the_name_of_an_unknown_service_is_its_id() -> None:
    """An application can be shown even if its public service is unknown."""
    assert filled_cache().name_of("S777").bn == "S777"
    assert filled_cache().name_of("S001").en == "Birth registration"
