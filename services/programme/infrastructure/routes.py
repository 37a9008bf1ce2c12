"""HTTP routes of what was measured at centres and offices."""

from typing import Annotated, Final

from pydantic import Field

from libs.bangladesh.calendar import dhaka_date
from libs.clock import Clock
from libs.contracts.lists import ListQuery
from libs.contracts.rollout import MeasureList, MeasureView, RecordMeasure
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.web.callers.tokens import Staff
from libs.web.handling.routes import Routes
from services.programme.districts import district_of
from services.programme.infrastructure import use_cases
from services.programme.infrastructure.rules import Site

_ROLES: Final = ("programme", "district_staff")
_AT_OFFICES: Final = (*_ROLES, "officer")
_CENTRE: Final = "/v1/programme/centres/{service_centre_id}/measures"
_OFFICE: Final = "/v1/programme/offices/{office_id}/measures"
_OWN: Final = "own"
_NO_CENTRE: Final = ("role_missing", "service_centre_unknown")
_NO_OFFICE: Final = ("role_missing", "office_without_officers")
_WRONG: Final = (
    "measure_of_other_place",
    "fact_ahead",
    "fact_field_missing",
    "fact_field_of_other_kind",
)
_EXAMPLE: Final = {
    "kind": "power_backup",
    "day": "2026-06-22",
    "evidence": "seen by the district's programme officer on 22 June 2026",
    "minutes": 120,
}
CentreId = Annotated[str, Field(description="Id of the centre", examples=["gulshan"])]
OfficeId = Annotated[
    str,
    Field(
        max_length=60,
        description="Id of the office, as routing rules name it; `own` for that of an officer",
        examples=["union-U2393"],
    ),
]

routes = Routes()


@routes.get(_CENTRE, roles=_ROLES, problems=_NO_CENTRE)
async def list_measures(
    service_centre_id: CentreId, query: ListQuery, staff: Staff, tx: Transaction, clock: Clock
) -> MeasureList:
    """List what was measured or tried at a centre, the newest first.

    For the programme, and for the staff of its district.
    """
    site = await use_cases.find_centre(tx, service_centre_id, district_of(staff))
    return await use_cases.read(tx, site, query, dhaka_date(clock.now()))


@routes.post(_CENTRE, status=201, roles=_ROLES, problems=(*_NO_CENTRE, *_WRONG), example=_EXAMPLE)
async def record_measure(
    service_centre_id: CentreId, wanted: RecordMeasure, staff: Staff, tx: Transaction, clock: Clock
) -> MeasureView:
    """Record what was measured or tried at a centre (programme, staff of its district).

    It counts for 90 days. Nothing is changed: the newest day of a kind counts.
    """
    site = await use_cases.find_centre(tx, service_centre_id, district_of(staff))
    measure = await use_cases.record(tx, site, wanted, by=staff.actor, at=clock.now())
    return measure.view()


@routes.get(_OFFICE, roles=_AT_OFFICES, problems=_NO_OFFICE)
async def list_office_measures(
    office_id: OfficeId, query: ListQuery, staff: Staff, tx: Transaction, clock: Clock
) -> MeasureList:
    """List what was measured at an office, the newest first.

    For the programme, the staff of its district, and the officers who work there.
    """
    site = await _office(tx, staff, office_id)
    return await use_cases.read(tx, site, query, dhaka_date(clock.now()))


@routes.post(
    _OFFICE, status=201, roles=_AT_OFFICES, problems=(*_NO_OFFICE, *_WRONG), example=_EXAMPLE
)
async def record_office_measure(
    office_id: OfficeId, wanted: RecordMeasure, staff: Staff, tx: Transaction, clock: Clock
) -> MeasureView:
    """Record what was measured at an office (programme, staff of its district, its officers).

    It counts for 90 days. Nothing is changed: the newest day of a kind counts.
    """
    site = await _office(tx, staff, office_id)
    measure = await use_cases.record(tx, site, wanted, by=staff.actor, at=clock.now())
    return measure.view()


async def _office(tx: Transaction, staff: Staff, office_id: str) -> Site:
    """Return an office that somebody of the programme or of its district sees, or works at.

    Raises:
        Refused: no officer works there, or it is another one, which is as if it were not there.
    """
    own = staff.post.office_id if staff.post and "officer" in staff.roles else None
    if own is not None and office_id in {_OWN, own}:
        return await use_cases.find_office(tx, own, None)
    if not staff.roles & frozenset(_ROLES):
        raise Refused("office_without_officers")
    return await use_cases.find_office(tx, office_id, district_of(staff))
