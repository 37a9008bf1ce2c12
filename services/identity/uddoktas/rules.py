"""Uddoktas: who may help citizens, and sanctions by two people."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from types import MappingProxyType
from typing import Final
from uuid import UUID

from libs.bangladesh.calendar import dhaka_date
from libs.contracts.accounts import NotByMe
from libs.contracts.centres import Position, SanctionView, UddoktaState, UddoktaView
from libs.contracts.identity import UddoktaChanged
from libs.contracts.language import Text
from libs.errors import Refused
from libs.two_people.rules import Act

_STATES: Final[Mapping[str, UddoktaState]] = {
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
    qualified_until: date | None = None

    @property
    def helps_until(self) -> date:
        """The last day of licence and qualification; of a certificate while that is all."""
        return min(self.licence_until, self.qualified_until or self.certificate_until)

    def check_may_help(self, begun_at: datetime) -> None:
        """Check that the uddokta may help citizens with what began at a time.

        What began on the last day may end on the next one.

        Raises:
            Refused: paused or suspended, or licence or qualification did not hold on that day.
        """
        if self.state != "active":
            raise Refused("uddokta_stopped")
        if not self.is_licensed(begun_at):
            raise Refused("licence_expired")

    def is_licensed(self, at: datetime) -> bool:
        """Whether licence and qualification hold on the day of a time."""
        return self.licence_from <= dhaka_date(at) <= self.helps_until

    def check_dates(self) -> None:
        """Check that the licence holds on one day at least, and a certificate that there is.

        Raises:
            Refused: licence or certificate end before the licence begins.
        """
        ends = [self.licence_until, *([self.certificate_until] if self.certificate_number else [])]
        if min(ends) < self.licence_from:
            raise Refused("licence_dates_wrong", pointer="/licence_until")

    def event(self) -> UddoktaChanged:
        """Return the event that announces the state."""
        return UddoktaChanged(
            uddokta_id=self.uddokta_id,
            service_centre_id=self.service_centre_id,
            state=self.state,
            licensed_until=self.helps_until,
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
            qualified_until=self.qualified_until,
        )


def subject_of(uddokta_id: UUID) -> str:
    """Return the subject of acts about an uddokta."""
    return f"uddokta {uddokta_id}"


def uddokta_in(subject: str) -> UUID | None:
    """Return the uddokta whom an act is about; None if it is about another account."""
    kind, _, uddokta_id = subject.partition(" ")
    return UUID(uddokta_id) if kind == "uddokta" else None


def sanctioned(uddokta: Uddokta, sanction: Act) -> Uddokta:
    """Return an uddokta under a sanction: a pause, a suspension or a reinstatement."""
    return replace(uddokta, state=_STATES[sanction.kind])


def sanction_view(
    uddokta_id: UUID,
    sanction: Act,
    usernames: Mapping[UUID, str] = MappingProxyType({}),
    not_by_me: NotByMe | None = None,
) -> SanctionView:
    """Return a sanction as the programme's staff see it, with the usernames that are given.

    Args:
        uddokta_id: of whom it is.
        sanction: the sanction.
        usernames: of those who proposed and answered it.
        not_by_me: why whoever looks cannot approve it.
    """
    return SanctionView.model_validate(
        {
            "sanction_id": sanction.act_id,
            "uddokta_id": uddokta_id,
            "kind": sanction.kind,
            "reason": sanction.reason,
            "proposed_at": sanction.proposed_at,
            "proposed_by": usernames.get(sanction.proposed_by),
            "approved_at": sanction.approved_at,
            "approved_by": sanction.approved_by and usernames.get(sanction.approved_by),
            "rejected_at": sanction.rejected_at,
            "rejected_by": sanction.rejected_by and usernames.get(sanction.rejected_by),
            "rejected_because": sanction.rejected_because,
            "not_by_me": not_by_me,
        }
    )
