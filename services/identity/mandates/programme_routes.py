"""HTTP routes with which the programme's staff stop centres and uddoktas, and look at figures."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from libs.clock import Clock
from libs.contracts.centres import CentresQuery, CentreView, PutCentre, SanctionView
from libs.contracts.mandates import CentreFiguresList, CloseFlag, FlagView
from libs.database.transaction import Transaction
from libs.web.callers.tokens import Staff
from libs.web.handling.routes import Routes
from services.identity.mandates import oversight, use_cases
from services.identity.uddoktas.rules import sanction_view

routes = Routes()
CentreId = Annotated[str, Field(description="Id of the centre", examples=["gulshan"])]
_CENTRE = {
    "name": {"bn": "মিরপুর নাগরিক সেবা কেন্দ্র", "en": "Mirpur Nagorik Sheba Centre"},
    "address": {"bn": "মিরপুর ১০, ঢাকা", "en": "Mirpur 10, Dhaka"},
    "area": "30262500",
    "opens_at": "09:00",
    "closes_at": "17:00",
    "open_days": [7, 1, 2, 3, 4],
    "state": "planned",
}


@routes.put(
    "/v1/centres/{service_centre_id}",
    roles=("programme",),
    recent_login=True,
    problems=(
        "service_centre_malformed",
        "area_unknown",
        "union_unknown",
        "ward_unknown",
        "text_missing",
        "ward_missing",
        "area_not_open",
    ),
    example=_CENTRE,
)
async def put_centre(
    service_centre_id: CentreId, body: PutCentre, staff: Staff, tx: Transaction, clock: Clock
) -> CentreView:
    """Create a service centre, or change it (programme).

    It runs only in an open area, in a known ward. A centre that stops running ends its open
    mandates, and their citizens are told.
    """
    centre = await use_cases.put_centre(tx, service_centre_id, body, by=staff.actor, at=clock.now())
    return centre.view()


@routes.post(
    "/v1/uddoktas/{uddokta_id}/sanctions/{sanction_id}/approval",
    roles=("programme",),
    recent_login=True,
    problems=("second_person_needed", "approved_before", "rejected_before", "proposer_left"),
)
async def approve_sanction(
    uddokta_id: UUID, sanction_id: UUID, staff: Staff, tx: Transaction, clock: Clock
) -> SanctionView:
    """Put a sanction into force that another person proposed (programme).

    An uddokta who is stopped loses sessions and open mandates, and their citizens are told.
    """
    sanction = await use_cases.approve_sanction(
        tx, uddokta_id, sanction_id, staff.staff_id, clock.now()
    )
    return sanction_view(uddokta_id, sanction)


@routes.get("/v1/centres-figures", roles=("programme",))
async def read_figures(
    query: CentresQuery,
    staff: Staff,  # noqa: ARG001
    tx: Transaction,
    clock: Clock,
) -> CentreFiguresList:
    """Read the figures of the centres for the last 30 days (programme)."""
    return await oversight.read_figures(tx, query, clock.now())


@routes.post(
    "/v1/flags/{flag_id}/closing",
    roles=("programme",),
    problems=("complaint_answer_missing",),
    example={"outcome": "a family with one phone, all of them came along"},
)
async def close_flag(
    flag_id: UUID, body: CloseFlag, staff: Staff, tx: Transaction, clock: Clock
) -> FlagView:
    """Close a flag with a finding; whoever complained gets an answer, and an SMS (programme)."""
    flag = await oversight.close_flag(tx, flag_id, body, staff.staff_id, clock.now())
    return flag.view()
