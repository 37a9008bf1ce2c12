from datetime import date

import pytest

from libs.errors import Refused, Unavailable
from services.applications.domain.offers import OfferBook, public_service_of
from tests.services.applications.scenes import filled_book, offer_told, public_service


def test_an_empty_book_is_unavailable_not_unknown() -> None:
    """Nobody is told that a service does not exist because we have just started."""
    with pytest.raises(Unavailable) as unavailable:
        OfferBook().find("S001")
    assert unavailable.value.retry_after_s


@pytest.mark.parametrize(
    ("public_service_id", "code"),
    [("S999", "public_service_unknown"), ("S010", "public_service_closed")],
)
def test_what_cannot_be_applied_for(public_service_id: str, code: str) -> None:
    """Unknown and closed are two answers."""
    with pytest.raises(Refused) as refusal:
        filled_book().find_open(public_service_id)
    assert (refusal.value.code, refusal.value.pointer) == (code, "/public_service_id")


def test_a_form_is_compiled_once_per_version() -> None:
    """A change of name or fee leaves the compiled form; a new version replaces it."""
    book = filled_book()
    form = book.find("S001").form
    book.put([public_service("S001", open=False)])
    assert book.find("S001").form is form
    book.put([public_service("S001", form_version=2)])
    assert book.find("S001").form is not form


def test_as_many_forms_as_services() -> None:
    """The book grows with the catalogue, not with time."""
    book = filled_book()
    for version in range(2, 12):
        book.put([public_service("S001", form_version=version)])
    assert set(book.versions()) == {"S001", "S010"}


def test_due_on_counts_working_days_and_stays_open_without_a_promise() -> None:
    """Fridays, Saturdays and holidays do not count; no days promised means no date."""
    book = filled_book()
    assert book.find("S001").due_on(date(2026, 11, 25)) == date(2026, 12, 6)
    book.put([public_service("S001", service_deadline_days=None)])
    assert book.find("S001").due_on(date(2026, 11, 25)) is None


def test_names_of_services_that_are_gone() -> None:
    """An old application is shown even if its service cannot be named."""
    assert filled_book().name_of("S777").bn == "S777"
    assert filled_book().name_of("S001").en == "Birth registration"


def test_the_copy_keeps_which_event_it_comes_from() -> None:
    """By that, another replica sees that something has changed."""
    event = offer_told("S001")
    assert public_service_of(event).event_id == event.event_id
