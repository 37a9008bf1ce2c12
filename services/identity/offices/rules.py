"""Offices: their required details, and which may change while officers work there."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from libs.bangladesh.geography import is_area
from libs.contracts.catalogue import OfficeKind
from libs.contracts.language import Text
from libs.contracts.offices import OfficerView, OfficeState, OfficeView, PutOffice
from libs.errors import Refused
from services.identity.staff.rules import Staff

_ID: Final = re.compile(r"[a-z][A-Za-z0-9_-]{0,59}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Office:
    """An office of a ministry.

    Args:
        office_id: as routing rules name it.
        area: for which it is responsible; None for the whole country.
        population: how many people it serves, by `population_source`.
    """

    office_id: str
    name: Text
    kind: OfficeKind
    ministry: str
    area: str | None
    state: OfficeState = "running"
    population: int | None = None
    population_source: str | None = None

    def check_running(self) -> None:
        """Check that officers can work here.

        Raises:
            Refused: the office is closed.
        """
        if self.state != "running":
            raise Refused("office_closed", pointer="/office_id")

    def view(self) -> OfficeView:
        """Return the office as the programme's staff see it."""
        return OfficeView(
            office_id=self.office_id,
            name=self.name,
            kind=self.kind,
            ministry=self.ministry,
            area=self.area,
            state=self.state,
            population=self.population,
            population_source=self.population_source,
        )


def office_of(office_id: str, body: PutOffice, ministries: Collection[str]) -> Office:
    """Return an office as it is to be stored.

    Raises:
        Refused: the id is malformed, the name is missing in a language, the ministry or the area is
            unknown, or a population has no source.
    """
    if not _ID.fullmatch(office_id):
        raise Refused("office_malformed")
    if language := body.name.missing_in():
        raise Refused("text_missing", pointer=f"/name/{language}")
    if body.ministry not in ministries:
        raise Refused("staff_ministry_unknown", pointer="/ministry")
    if body.area is not None and not is_area(body.area):
        raise Refused("area_unknown", pointer="/area")
    if (body.population is None) != (body.population_source is None):
        raise Refused("office_malformed", pointer="/population_source")
    return Office(
        office_id=office_id,
        name=body.name,
        kind=body.kind,
        ministry=body.ministry,
        area=body.area,
        state=body.state,
        population=body.population,
        population_source=body.population_source,
    )


def check_change(before: Office, after: Office, officers: Collection[UUID]) -> None:
    """Check that this change of an office is allowed while officers work there.

    Raises:
        Refused: it would close, or be of another ministry, and officers work there.
    """
    leaves = after.state == "closed" or after.ministry != before.ministry
    if leaves and officers:
        raise Refused("office_has_officers")


def check_of_others(officers: Collection[UUID], by: str) -> None:
    """Check that nobody changes their own place of work.

    Raises:
        Refused: it is the own place of work.
    """
    if by in {f"staff:{officer_id}" for officer_id in officers}:
        raise Refused("own_account")


def officer_view(staff: Staff, at: datetime) -> OfficerView:
    """Return an officer as the programme's staff see one at this time."""
    return OfficerView(
        officer_id=staff.staff_id,
        username=staff.username,
        ministry=staff.ministry or "",
        office_id=staff.office_id,
        area=staff.area,
        active=staff.works_at(at),
    )
