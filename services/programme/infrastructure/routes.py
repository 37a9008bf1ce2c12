"""HTTP routes of what was measured at centres, for the programme's staff."""

from typing import Annotated, Final

from pydantic import Field

from libs.clock import Clock
from libs.contracts.lists import ListQuery
from libs.contracts.rollout import MeasureList, MeasureView, RecordMeasure
from libs.database.transaction import Transaction
from libs.web.callers.tokens import Staff
from libs.web.handling.routes import Routes
from services.programme.districts import district_of
from services.programme.infrastructure import use_cases

_ROLES: Final = ("programme", "district_staff")
_PATH: Final = "/v1/programme/centres/{service_centre_id}/measures"
CentreId = Annotated[str, Field(description="Id of the centre", examples=["gulshan"])]

routes = Routes()


@routes.get(_PATH, roles=_ROLES, problems=("role_missing", "service_centre_unknown"))
async def list_measures(
    service_centre_id: CentreId,
    query: ListQuery,
    staff: Staff,
    tx: Transaction,
) -> MeasureList:
    """List what was measured or tried at a centre, the newest first.

    For the programme, and for the staff of its district.
    """
    await use_cases.check_seen(tx, service_centre_id, district_of(staff))
    found = await use_cases.read_at_centre(tx, service_centre_id, query)
    page, following = query.page(found, lambda measure: measure.measure_id)
    return MeasureList(items=[measure.view() for measure in page], next=following)


@routes.post(
    _PATH,
    status=201,
    roles=_ROLES,
    problems=(
        "role_missing",
        "service_centre_unknown",
        "fact_ahead",
        "fact_field_missing",
        "fact_field_of_other_kind",
    ),
    example={
        "kind": "power_backup",
        "day": "2026-06-22",
        "evidence": "seen by the district's programme officer on 22 June 2026",
        "minutes": 120,
    },
)
async def record_measure(
    service_centre_id: CentreId, wanted: RecordMeasure, staff: Staff, tx: Transaction, clock: Clock
) -> MeasureView:
    """Record what was measured or tried at a centre (programme, staff of its district).

    It counts for 90 days. Nothing is changed: the newest day of a kind counts.
    """
    await use_cases.check_seen(tx, service_centre_id, district_of(staff))
    measure = await use_cases.record_at_centre(
        tx, service_centre_id, wanted, by=staff.actor, at=clock.now()
    )
    return measure.view()
