"""Contacts of citizens, from the newest event of identity."""

from collections.abc import Collection, Iterable
from typing import TypeAlias
from uuid import UUID

from libs.contracts.identity import (
    ContactChanged,
    ContactRemoved,
    MandateMessageRequested,
    NoticeRequested,
)
from services.notifications.messages.rules import ApplicationContact, Contact

ContactEvent: TypeAlias = ContactChanged | ContactRemoved
IdentityEvent: TypeAlias = ContactEvent | NoticeRequested | MandateMessageRequested


def newest_contacts(events: Iterable[IdentityEvent]) -> list[Contact]:
    """Return the contacts from the newest event of every citizen, in any order of arrival."""
    newest: dict[UUID, Contact] = {}
    for event in events:
        if isinstance(event, NoticeRequested | MandateMessageRequested):
            continue
        before = newest.get(event.citizen_id)
        if before is None or before.changed_at <= event.occurred_at:
            newest[event.citizen_id] = _contact_of(event)
    return list(newest.values())


def application_contacts(events: Iterable[IdentityEvent]) -> list[ApplicationContact]:
    """Return the numbers to which news of applications go, whose citizens have none."""
    return [
        ApplicationContact(
            event.application_id, event.citizen_id, event.phone, event.applicant, event.language
        )
        for event in events
        if isinstance(event, MandateMessageRequested) and event.application_id is not None
    ]


def owners_in(events: Iterable[IdentityEvent]) -> set[UUID]:
    """Return the accounts of those who consented for somebody else."""
    return {
        event.phone_of
        for event in events
        if isinstance(event, MandateMessageRequested) and event.phone_of is not None
    }


def without(erased: Collection[UUID], events: Iterable[IdentityEvent]) -> list[IdentityEvent]:
    """Return the events without those to numbers of erased accounts, which consented for others."""
    return [
        event
        for event in events
        if not (isinstance(event, MandateMessageRequested) and event.phone_of in erased)
    ]


def _contact_of(event: ContactEvent) -> Contact:
    match event:
        case ContactChanged():
            return Contact(event.citizen_id, event.phone, event.language, event.occurred_at)
        case ContactRemoved():
            return Contact(event.citizen_id, None, "bn", event.occurred_at)
