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
from libs.contracts.lists import ListQuery
from libs.database.transaction import Transaction
from libs.web.routes import Routes
from libs.web.tokens import Staff
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
async def list_sanctions(
    uddokta_id: UUID,
    query: ListQuery,
    staff: Staff,  # noqa: ARG001 -- checked before the handler is called
    tx: Transaction,
) -> SanctionList:
    """List the sanctions of an uddokta, the newest first (programme)."""
    return await use_cases.list_sanctions(tx, uddokta_id, query)


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
