"""Tracking without a login: phone numbers, shown fields, and the limit of attempts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final, TypeAlias
from uuid import UUID

from libs.contracts.applications import Status, Step
from libs.contracts.identity import (
    ContactChanged,
    ContactRemoved,
    MandateMessageRequested,
    NoticeRequested,
)

IdentityEvent: TypeAlias = (
    ContactChanged | ContactRemoved | NoticeRequested | MandateMessageRequested
)

STRANGERS: Final = ""
"""All networks together from which a tracking number was never found."""

MOST_ATTEMPTS: Final = 20
"""Attempts at one tracking number in an hour from one network."""

MOST_OF_STRANGERS: Final = 200
"""Attempts at it in an hour from all strangers; too few to guess a citizen's number."""

KEPT: Final = timedelta(hours=2)
KNOWN: Final = timedelta(days=30)
"""Time after a right number in which its network is none of the strangers."""


@dataclass(frozen=True, slots=True)
class TrackingPhone:
    """The number with which a citizen tracks; None once it was taken from the account."""

    citizen_id: UUID
    phone: str | None = field(repr=False)
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Tracked:
    """The fields of an application that are shown without a login."""

    application_id: UUID
    tracking_number: str
    public_service_id: str
    status: Status
    submitted_at: datetime
    due_on: date | None
    case_file_number: str | None
    step: Step | None
    appeal_until: date | None = None


def newest_phones(events: Iterable[IdentityEvent]) -> list[TrackingPhone]:
    """Return the numbers from the newest event of every citizen, in any order of arrival."""
    newest: dict[UUID, TrackingPhone] = {}
    for event in events:
        if isinstance(event, NoticeRequested | MandateMessageRequested):
            continue
        before = newest.get(event.citizen_id)
        if before is None or before.changed_at <= event.occurred_at:
            phone = event.phone if isinstance(event, ContactChanged) else None
            newest[event.citizen_id] = TrackingPhone(event.citizen_id, phone, event.occurred_at)
    return list(newest.values())


def counted_for(network: str, *, is_known: bool) -> list[str]:
    """Return the networks for which an attempt counts: a known one alone."""
    return [network] if is_known else [network, STRANGERS]


def is_too_often(attempts: Mapping[str, int]) -> bool:
    """Whether there were more attempts of an hour than are looked at, by network."""
    most = {STRANGERS: MOST_OF_STRANGERS}
    return any(count > most.get(network, MOST_ATTEMPTS) for network, count in attempts.items())


def hour_of(at: datetime) -> datetime:
    """Return the beginning of the hour in which attempts are counted together."""
    return at.replace(minute=0, second=0, microsecond=0)
