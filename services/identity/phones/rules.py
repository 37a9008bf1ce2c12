"""A change of number, and the message to the old number."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from libs.bangladesh.calendar import dhaka_date
from libs.bangladesh.phone import mask
from libs.contracts.identity import Notice, NoticeRequested, PhoneView
from services.identity.citizens.rules import Citizen

_ENDING_DIGITS: Final = 3


@dataclass(frozen=True, slots=True)
class PhoneChange:
    """A change of number that waits, since the old number has not answered.

    `session_id` asked for it, and goes on afterwards.
    """

    citizen_id: UUID
    phone: str = field(repr=False)
    session_id: UUID
    requested_at: datetime
    due_at: datetime


def view(citizen: Citizen, change: PhoneChange | None) -> PhoneView:
    """Return the change as the citizen sees it; numbers are masked."""
    return PhoneView(
        phone=mask(citizen.phone or ""),
        new_phone=mask(change.phone) if change else None,
        changes_at=change.due_at if change else None,
    )


def notices_of(
    citizen: Citizen, phone: str, notice: Notice, due_at: datetime | None = None
) -> list[NoticeRequested]:
    """Return the event that tells the old number of a change to a new one.

    Args:
        citizen: with the old number, if there is one.
        phone: the new number; the message has its last digits.
        notice: what happens.
        due_at: when.
    """
    if citizen.phone is None:
        return []
    return [
        NoticeRequested(
            citizen_id=citizen.citizen_id,
            phone=citizen.phone,
            language=citizen.language,
            notice=notice,
            on=dhaka_date(due_at) if due_at else None,
            phone_ending=phone[-_ENDING_DIGITS:],
        )
    ]
