"""An event is told for what is new or has changed, and names its version by its id."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from services.catalogue.announcing import Announced, Announcement, announce
from services.catalogue.domain import PublicService
from services.catalogue.forms import forms_for
from services.catalogue.reference_files import read_reference

AT = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
SERVICE = read_reference().services[0]


def announced(
    service: PublicService, last: Announced | None = None, at: datetime = AT
) -> Announcement:
    """What is announced of one service."""
    ids = [service.public_service_id]
    known = {} if last is None else {last.public_service_id: last}
    (announcement,) = announce([service], forms_for(ids), known, at)
    return announcement


def test_a_service_that_is_new_begins_at_version_one() -> None:
    """The event holds the service whole, from now on."""
    first = announced(SERVICE)
    assert first.is_new
    assert first.announced.version == 1
    event = first.event
    assert (event.occurred_at, event.ministry, event.fee_bdt) == (AT, SERVICE.body, SERVICE.fee_bdt)
    assert (event.name.bn, event.required_documents_bn) == (SERVICE.name_bn, SERVICE.docs_bn)
    assert event.form_schema["$defs"]
    assert event.form_rules


def test_what_reads_the_same_is_the_same_fact() -> None:
    """Told again a day later, the event has the id, time and content that it had."""
    first = announced(SERVICE)
    again = announced(SERVICE, first.announced, AT + timedelta(days=1))
    assert not again.is_new
    assert again.event == first.event


def test_a_change_is_another_fact() -> None:
    """A closed service is the next version, under another id."""
    first = announced(SERVICE)
    closed = announced(replace(SERVICE, open=False), first.announced, AT + timedelta(days=1))
    assert closed.is_new
    assert closed.announced.version == 2
    assert closed.event.event_id != first.event.event_id


def test_what_only_the_view_shows_is_not_told() -> None:
    """A new note on the fee changes no event: nobody who hears it would know the difference."""
    first = announced(SERVICE)
    noted = announced(replace(SERVICE, fee_note="another note"), first.announced)
    assert not noted.is_new


def test_a_changed_form_is_told() -> None:
    """Applications check against the form that the catalogue has now."""
    first = announced(SERVICE)
    forms = forms_for([SERVICE.public_service_id])
    form = replace(forms[SERVICE.public_service_id], version=2)
    (changed,) = announce(
        [SERVICE],
        {SERVICE.public_service_id: form},
        {SERVICE.public_service_id: first.announced},
        AT,
    )
    assert changed.is_new
    assert changed.event.form_version == 2


def test_time_goes_forward_even_when_the_clock_does_not() -> None:
    """Readers keep the newest event of a service, so a change is always newer."""
    first = announced(SERVICE)
    back = announced(replace(SERVICE, open=False), first.announced, AT - timedelta(days=1))
    assert back.event.occurred_at > AT


def test_a_catalogue_that_began_anew_tells_new_facts() -> None:
    """After a lost database a second version is not mistaken for the second version of before."""
    closed = replace(SERVICE, open=False)
    before = announced(closed, announced(SERVICE).announced)
    later = AT + timedelta(days=1)
    anew = announced(closed, announced(SERVICE, at=later).announced, later)
    assert before.announced.version == anew.announced.version == 2
    assert before.event.event_id != anew.event.event_id
