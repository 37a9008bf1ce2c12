"""Service centres: state, opening hours, charges, and the enrolment of devices."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final, NamedTuple
from uuid import UUID

from libs.bangladesh.calendar import DHAKA
from libs.bangladesh.geography import unions_by_id
from libs.bangladesh.places import ward_code
from libs.contracts.centres import CentreState, CentreView, PutCentre
from libs.contracts.identity import ServiceCentreChanged
from libs.contracts.language import Text
from libs.errors import Refused
from libs.grievances import GRIEVANCE

ENROLMENT_VALID: Final = timedelta(hours=24)
_ID = re.compile(r"[a-z][a-z0-9-]{1,39}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Centre:
    """A service centre; hours are those of Dhaka, days those of ISO 8601.

    Args:
        source: who confirmed address and hours, or where they were published; None if nobody did.
        directions: how to get there.
        union_id: its union; None in a city corporation, and where nobody said it.
        ward: the number of its ward; None where nobody said it.
        is_area_open: whether the place where it stands is open, and nothing around it is paused.
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
    union_id: str | None = None
    ward: int | None = None
    is_area_open: bool = True

    @property
    def place(self) -> str:
        """The code of the smallest known place where it stands."""
        ward = ward_code(self.area, self.union_id, self.ward) if self.ward else None
        return ward or self.union_id or self.area

    @property
    def state_now(self) -> CentreState:
        """Its state: of one that was set to run, paused while its area is not open."""
        return "paused" if self.state == "running" and not self.is_area_open else self.state

    def check_running(self) -> None:
        """Check that citizens are helped here.

        Raises:
            Refused: the centre is planned, paused or closed.
        """
        if self.state_now != "running":
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
            state=self.state_now,
            union_id=self.union_id,
            ward=self.ward,
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
            union_id=self.union_id,
            ward=self.ward,
            state=self.state_now,
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
        Refused: the id is malformed, the area is unknown or has no such union or ward, it would
            close before it opens, or a text is missing in a language.
    """
    if not _ID.fullmatch(service_centre_id):
        raise Refused("service_centre_malformed")
    texts = {"name": body.name, "address": body.address, "directions": body.directions}
    for name, text in texts.items():
        if text and (language := text.missing_in()):
            raise Refused("text_missing", pointer=f"/{name}/{language}")
    if body.area not in areas:
        raise Refused("area_unknown", pointer="/area")
    _check_place(body)
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
        union_id=body.union_id,
        ward=body.ward,
    )


def _check_place(body: PutCentre) -> None:
    """Check the union and the ward of a centre.

    Raises:
        Refused: the area has no such union, or the union or city corporation no such ward.
    """
    if body.union_id is not None:
        union = unions_by_id().get(body.union_id)
        if union is None or union.upazila_code != body.area:
            raise Refused("union_unknown", pointer="/union_id")
    if body.ward is not None and ward_code(body.area, body.union_id, body.ward) is None:
        raise Refused("ward_unknown", pointer="/ward")


def opened(centre: Centre, before: Centre | None, *, is_open: bool) -> Centre:
    """Return a centre that is to be stored, which runs only in an open area, in a known ward.

    One that was set to run before stays so where it stands, also while its area is paused.

    Args:
        centre: as somebody wants it.
        before: as it is stored; None of a new one.
        is_open: whether the place where it stands is open.

    Raises:
        Refused: it would begin to run where nobody has said the ward, or in a closed area.
    """
    stays = before is not None and before.state == "running" and before.place == centre.place
    if centre.state != "running":
        return replace(centre, is_area_open=is_open)
    if before is not None and stays:
        return replace(centre, is_area_open=before.is_area_open)
    if centre.ward is None:
        raise Refused("ward_missing", pointer="/ward")
    if not is_open:
        raise Refused("area_not_open", pointer="/state")
    return centre


def charge_of(
    public_service_id: str, own: Mapping[str, int], *, usual_bdt: int, cap_bdt: int
) -> int:
    """Return what a centre charges for an application for a public service, in whole taka.

    For a grievance that is nothing, unless the programme has set a price for it.
    """
    usual_bdt = 0 if public_service_id == GRIEVANCE else usual_bdt
    return min(own.get(public_service_id, usual_bdt), cap_bdt)


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
