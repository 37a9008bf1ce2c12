"""Uddoktas: who may help citizens, and sanctions by two people."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final
from uuid import UUID

from libs.bangladesh.calendar import dhaka_date
from libs.contracts.centres import Position, SanctionKind, SanctionView, UddoktaState, UddoktaView
from libs.contracts.identity import UddoktaChanged
from libs.contracts.language import Text
from libs.errors import Refused

_STATES: Final[Mapping[SanctionKind, UddoktaState]] = {
    "pause": "paused",
    "suspension": "suspended",
    "reinstatement": "active",
}


@dataclass(frozen=True, slots=True)
class Uddokta:
    """A licensed uddokta; the id is that of the account."""

    uddokta_id: UUID
    username: str
    first_name: Text
    service_centre_id: str
    position: Position
    licence_number: str
    licence_from: date
    licence_until: date
    certificate_number: str
    certificate_until: date
    state: UddoktaState = "active"

    def check_may_help(self, at: datetime) -> None:
        """Check that the uddokta may help citizens today.

        Raises:
            Refused: paused or suspended, or licence or certificate do not hold today.
        """
        today = dhaka_date(at)
        if self.state != "active":
            raise Refused("uddokta_stopped")
        if not self.licence_from <= today <= min(self.licence_until, self.certificate_until):
            raise Refused("licence_expired")

    def check_dates(self) -> None:
        """Check that the licence holds on one day at least.

        Raises:
            Refused: licence or certificate end before the licence begins.
        """
        if min(self.licence_until, self.certificate_until) < self.licence_from:
            raise Refused("licence_dates_wrong", pointer="/licence_until")

    def event(self) -> UddoktaChanged:
        """Return the event that announces the state."""
        return UddoktaChanged(
            uddokta_id=self.uddokta_id,
            service_centre_id=self.service_centre_id,
            state=self.state,
        )

    def view(self) -> UddoktaView:
        """Return the uddokta as the programme's staff see it."""
        return UddoktaView(
            uddokta_id=self.uddokta_id,
            username=self.username,
            first_name=self.first_name,
            service_centre_id=self.service_centre_id,
            position=self.position,
            state=self.state,
            licence_number=self.licence_number,
            licence_from=self.licence_from,
            licence_until=self.licence_until,
            certificate_number=self.certificate_number,
            certificate_until=self.certificate_until,
        )


@dataclass(frozen=True, slots=True)
class Sanction:
    """A pause, a suspension or a reinstatement, by two people."""

    sanction_id: UUID
    uddokta_id: UUID
    kind: SanctionKind
    reason: str
    proposed_by: UUID
    proposed_at: datetime
    approved_by: UUID | None = None
    approved_at: datetime | None = None

    def view(self) -> SanctionView:
        """Return the sanction as the programme's staff see it."""
        return SanctionView(
            sanction_id=self.sanction_id,
            uddokta_id=self.uddokta_id,
            kind=self.kind,
            reason=self.reason,
            proposed_at=self.proposed_at,
            approved_at=self.approved_at,
        )


def approve(
    sanction: Sanction, uddokta: Uddokta, by: UUID, at: datetime
) -> tuple[Sanction, Uddokta]:
    """Return an approved sanction, and the uddokta under it.

    Raises:
        Refused: it was approved before, or the same person proposed it.
    """
    if sanction.approved_by is not None:
        raise Refused("sanction_approved_before")
    if by == sanction.proposed_by:
        raise Refused("second_person_needed")
    return (
        replace(sanction, approved_by=by, approved_at=at),
        replace(uddokta, state=_STATES[sanction.kind]),
    )
