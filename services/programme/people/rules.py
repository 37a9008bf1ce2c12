"""A person as the programme counts one."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from libs.contracts.identity import OfficerChanged, UddoktaChanged
from libs.contracts.programme import Audience


class Person(NamedTuple):
    """An uddokta at a centre, or an officer of a ministry; the id is that of the account."""

    holder_id: UUID
    audience: Audience
    service_centre_id: str | None
    ministry: str | None
    active: bool
    changed_at: datetime
    office_id: str | None = None
    area: str | None = None
    duties: str | None = None
    """Of an officer, with blanks between them; PostgreSQL has no arrays of such arrays."""


class Office(NamedTuple):
    """An office where officers work, as identity announced one of them last.

    Args:
        office_id: as routing rules name it.
        ministry: the ministry or division.
        area: code of the area for which it is responsible; None for the whole country.
    """

    office_id: str
    ministry: str
    area: str | None


def person_of(event: UddoktaChanged | OfficerChanged) -> Person:
    """Return the person of an event."""
    match event:
        case UddoktaChanged():
            return Person(
                event.uddokta_id,
                "uddokta",
                event.service_centre_id,
                None,
                event.state == "active",
                event.occurred_at,
            )
        case OfficerChanged():
            return Person(
                event.officer_id,
                "officer",
                None,
                event.ministry,
                event.active,
                event.occurred_at,
                event.office_id,
                event.area,
                " ".join(event.duties),
            )
