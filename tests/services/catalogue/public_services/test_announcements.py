from dataclasses import replace
from datetime import UTC, datetime, timedelta

from services.catalogue.public_services.announcements import (
    AnnouncedVersion,
    Announcement,
    announce,
)
from services.catalogue.public_services.forms import forms_for
from services.catalogue.public_services.reference import read_reference
from services.catalogue.public_services.rules import PublicService

AT = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
SERVICE = read_reference().services[0]


def announced(
    service: PublicService, last: AnnouncedVersion | None = None, at: datetime = AT
) -> Announcement:
    """Announce one service."""
    ids = [service.public_service_id]
    known = {} if last is None else {last.public_service_id: last}
    (announcement,) = announce([service], forms_for(ids), {}, {}, known, at)
    return announcement


def test_a_new_service_has_version_one() -> None:
    """The first event has all fields of the service, and is valid from now."""
    first = announced(SERVICE)
    assert first.is_new
    assert first.version.version == 1
    event = first.event
    assert (event.occurred_at, event.ministry, event.fee_bdt) == (AT, SERVICE.body, SERVICE.fee_bdt)
    assert (event.name.bn, event.required_documents_bn) == (SERVICE.name_bn, SERVICE.docs_bn)
    assert event.form_schema["$defs"]
    assert event.form_rules


def test_an_unchanged_service_keeps_its_event() -> None:
    """A repeat a day later has the same id, time and content."""
    first = announced(SERVICE)
    again = announced(SERVICE, first.version, AT + timedelta(days=1))
    assert not again.is_new
    assert again.event == first.event


def test_a_change_outside_the_event_is_not_announced() -> None:
    """The agency is not part of the event, so another one announces nothing."""
    first = announced(SERVICE)
    assert not announced(replace(SERVICE, agency_en="another"), first.version).is_new


def test_a_changed_form_is_announced() -> None:
    """A new version of the form is announced as a new event."""
    first = announced(SERVICE)
    forms = forms_for([SERVICE.public_service_id])
    form = replace(forms[SERVICE.public_service_id], version=2)
    (changed,) = announce(
        [SERVICE],
        {SERVICE.public_service_id: form},
        {},
        {},
        {SERVICE.public_service_id: first.version},
        AT,
    )
    assert changed.is_new
    assert changed.event.form_version == 2


def test_a_change_is_newer_even_if_the_clock_goes_back() -> None:
    """A change has a later time than the last event, even if the clock went back."""
    first = announced(SERVICE)
    changed = announced(replace(SERVICE, open=False), first.version, AT - timedelta(days=1))
    assert changed.event.occurred_at > AT


def test_a_restored_catalogue_announces_new_events() -> None:
    """After the database was lost, version two has another event id than before."""
    closed = replace(SERVICE, open=False)
    before = announced(closed, announced(SERVICE).version)
    later = AT + timedelta(days=1)
    restored = announced(closed, announced(SERVICE, at=later).version, later)
    assert before.version.version == restored.version.version == 2
    assert before.event.event_id != restored.event.event_id
