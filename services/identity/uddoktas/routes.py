"""HTTP routes of uddoktas, for the programme's staff."""

from uuid import UUID

from libs.clock import Clock
from libs.contracts.centres import (
    ProposeSanction,
    SanctionList,
    SanctionView,
    UddoktaList,
    UddoktaView,
)
from libs.database.transaction import Transaction
from libs.web.routes import Routes
from libs.web.tokens import Staff
from services.identity.mandates import use_cases as mandates
from services.identity.uddoktas import use_cases

routes = Routes()


@routes.get("/v1/uddoktas", roles=("programme",))
async def list_uddoktas(staff: Staff, tx: Transaction) -> UddoktaList:  # noqa: ARG001
    """List the uddoktas (programme)."""
    return UddoktaList(items=[each.view() for each in await use_cases.read_uddoktas(tx)])


@routes.get("/v1/uddokta", roles=("uddokta",))
async def read_own_licence(staff: Staff, tx: Transaction) -> UddoktaView:
    """Read my centre, licence and certificate (uddokta)."""
    return (await use_cases.read_uddokta(tx, staff.citizen_id)).view()


@routes.get("/v1/uddoktas/{uddokta_id}/sanctions", roles=("programme",))
async def list_sanctions(uddokta_id: UUID, staff: Staff, tx: Transaction) -> SanctionList:  # noqa: ARG001
    """List the sanctions of an uddokta, the newest first (programme)."""
    found = await use_cases.read_sanctions(tx, uddokta_id)
    return SanctionList(items=[each.view() for each in found])


@routes.post(
    "/v1/uddoktas/{uddokta_id}/sanctions",
    status=201,
    roles=("programme",),
    recent_login=True,
    example={"kind": "pause", "reason": "complaints of 12 March are being looked into"},
)
async def propose_sanction(
    uddokta_id: UUID, body: ProposeSanction, staff: Staff, tx: Transaction, clock: Clock
) -> SanctionView:
    """Propose to pause, suspend or reinstate an uddokta; another person approves (programme)."""
    sanction = await use_cases.propose_sanction(
        tx, uddokta_id, body.kind, body.reason, staff.citizen_id, clock.now()
    )
    return sanction.view()


@routes.post(
    "/v1/uddoktas/{uddokta_id}/sanctions/{sanction_id}/approval",
    roles=("programme",),
    recent_login=True,
    problems=("second_person_needed", "sanction_approved_before"),
)
async def approve_sanction(
    uddokta_id: UUID, sanction_id: UUID, staff: Staff, tx: Transaction, clock: Clock
) -> SanctionView:
    """Put into force what another person has proposed (programme).

    An uddokta who is stopped loses sessions and open mandates, and their citizens are told.
    """
    at = clock.now()
    sanction = await use_cases.approve_sanction(tx, uddokta_id, sanction_id, staff.citizen_id, at)
    if sanction.kind != "reinstatement":
        await mandates.end_all(tx, at, "uddokta_stopped", uddokta_id=uddokta_id)
    return sanction.view()
