"""Flags: when a person should look at events of a centre. No flag refuses anything."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple, Protocol
from uuid import UUID

from libs.contracts.mandates import FlagKind, FlagView

CONSENTS_WITHIN: Final = timedelta(days=30)
HOUR: Final = timedelta(hours=1)


class Flagged(Protocol):
    """The mandate about which a flag is raised."""

    @property
    def mandate_id(self) -> UUID:
        """Its id."""

    @property
    def uddokta_id(self) -> UUID:
        """The uddokta who helped."""

    @property
    def service_centre_id(self) -> str:
        """The centre at which the uddokta helped."""


class FlaggedMandate(NamedTuple):
    """The ids of a mandate that was flagged, of its uddokta and of the centre."""

    mandate_id: UUID
    uddokta_id: UUID
    service_centre_id: str


@dataclass(frozen=True, slots=True)
class FlagPolicy:
    """Settings of flags.

    Args:
        citizens_per_phone: citizens for whom one phone consents in 30 days.
        fast_code: time within which no citizen reads a code out.
        mandates_per_hour: consents to one uddokta in an hour.
        centre_in_30_days: consents at one centre in 30 days.
        citizens_per_helper_device: citizens who log in on a device of a helper in 30 days.
        office_per_1000_in_30_days: assisted applications for an office in 30 days, for every 1,000
            people whom it serves.
    """

    citizens_per_phone: int
    fast_code: timedelta
    mandates_per_hour: int
    centre_in_30_days: int
    citizens_per_helper_device: int
    office_per_1000_in_30_days: int


@dataclass(frozen=True, slots=True)
class Flag:
    """One flag."""

    flag_id: UUID
    kind: FlagKind
    uddokta_id: UUID
    service_centre_id: str
    mandate_id: UUID
    raised_at: datetime
    closed_at: datetime | None = None
    outcome: str | None = None

    def view(self) -> FlagView:
        """Return the flag as the programme's staff see it."""
        return FlagView(
            flag_id=self.flag_id,
            kind=self.kind,
            uddokta_id=self.uddokta_id,
            service_centre_id=self.service_centre_id,
            mandate_id=self.mandate_id,
            raised_at=self.raised_at,
            closed_at=self.closed_at,
            outcome=self.outcome,
        )
