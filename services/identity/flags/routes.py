"""HTTP routes of flags, for the programme's staff."""

from uuid import UUID

from libs.clock import Clock
from libs.contracts.lists import ListQuery
from libs.contracts.mandates import CloseFlag, FlagList, FlagView
from libs.database.transaction import Transaction
from libs.web.callers.tokens import Staff
from libs.web.handling.routes import Routes
from services.identity.flags import use_cases

routes = Routes()


@routes.get("/v1/flags", roles=("programme",))
async def list_flags(query: ListQuery, staff: Staff, tx: Transaction) -> FlagList:  # noqa: ARG001
    """List open flags, the oldest first (programme)."""
    return await use_cases.list_open(tx, query)


@routes.post(
    "/v1/flags/{flag_id}/closing",
    roles=("programme",),
    example={"outcome": "a family with one phone, all of them came along"},
)
async def close_flag(
    flag_id: UUID, body: CloseFlag, staff: Staff, tx: Transaction, clock: Clock
) -> FlagView:
    """Close a flag with a finding (programme)."""
    flag = await use_cases.close(tx, flag_id, body.outcome, staff.staff_id, clock.now())
    return flag.view()
