"""Service centres: state, opening hours, charges, and the enrolment of devices."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final, NamedTuple
from uuid import UUID

from libs.bangladesh.calendar import DHAKA
from libs.contracts.centres import CentreState, CentreView, PutCentre
from libs.contracts.identity import ServiceCentreChanged
from libs.contracts.language import Text
from libs.errors import Refused

ENROLMENT_VALID: Final = timedelta(hours=24)
_ID = re.compile(r"[a-z][a-z0-9-]{1,39}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Centre:
    """A service centre; hours are those of Dhaka, days those of ISO 8601.

    Args:
        source: who confirmed address and hours, or where they were published; None if nobody did.
        directions: how to get there.
    """

    service_centre_id: str
    name: Text
    address: Text
    area: str
    opens_at: str
    closes_at: str
    open_days: tuple[int, ...]
    state: CentreState
    source: str | None = None
    directions: Text | None = None

    def check_running(self) -> None:
        """Check that citizens are helped here.

        Raises:
            Refused: the centre is planned, paused or closed.
        """
        if self.state != "running":
            raise Refused("service_centre_not_running")

    def is_open(self, at: datetime) -> bool:
        """Whether a time lies in its opening hours."""
        local = at.astimezone(DHAKA)
        in_hours = self.opens_at <= f"{local:%H:%M}" < self.closes_at
        return local.isoweekday() in self.open_days and in_hours

    def event(self) -> ServiceCentreChanged:
        """Return the event that announces it."""
        return ServiceCentreChanged(
            service_centre_id=self.service_centre_id,
            name=self.name,
            area=self.area,
            state=self.state,
        )

    def view(self) -> CentreView:
        """Return the public view of the centre."""
        return CentreView(
            service_centre_id=self.service_centre_id,
            name=self.name,
            address=self.address,
            area=self.area,
            opens_at=self.opens_at,
            closes_at=self.closes_at,
            open_days=list(self.open_days),
            state=self.state,
            confirmed=self.source is not None,
            directions=self.directions,
        )


class ToldFee(NamedTuple):
    """A fee that an office told an uddokta, in whole taka."""

    fee_bdt: int
    told_at: datetime


@dataclass(frozen=True, slots=True)
class Device:
    """A device of a centre; without a thumbprint it waits for its enrolment."""

    device_id: UUID
    service_centre_id: str
    name: str
    thumbprint: str | None = None
    enrolled_at: datetime | None = None


def centre_of(service_centre_id: str, body: PutCentre, areas: Collection[str]) -> Centre:
    """Return a centre as it is to be stored.

    Raises:
        Refused: the id is malformed, the area is unknown, it would close before it opens, or a text
            is missing in a language.
    """
    if not _ID.fullmatch(service_centre_id):
        raise Refused("service_centre_malformed")
    texts = {"name": body.name, "address": body.address, "directions": body.directions}
    for name, text in texts.items():
        if text and (language := text.missing_in()):
            raise Refused("text_missing", pointer=f"/{name}/{language}")
    if body.area not in areas:
        raise Refused("area_unknown", pointer="/area")
    if body.closes_at <= body.opens_at:
        raise Refused("service_centre_malformed", pointer="/closes_at")
    return Centre(
        service_centre_id=service_centre_id,
        name=body.name,
        address=body.address,
        area=body.area,
        opens_at=body.opens_at,
        closes_at=body.closes_at,
        open_days=tuple(body.open_days),
        state=body.state,
        source=body.source,
        directions=body.directions,
    )


def check_charge(charge_bdt: int, cap_bdt: int) -> None:
    """Check a centre's charge.

    Raises:
        Refused: it is above the cap.
    """
    if charge_bdt > cap_bdt:
        raise Refused("charge_above_cap", pointer="/charge_bdt")


def hash_of(text: str) -> bytes:
    """Return the form in which random codes and ids of proofs are stored."""
    return sha256(text.encode()).digest()
