"""The operators' route to the status of ministries' systems."""

from libs.clock import Clock
from libs.contracts.ministries import MinistryStatusList
from libs.database.transaction import Transaction
from libs.web.callers.tokens import Staff
from libs.web.handling.routes import Routes
from services.ministries.status import use_cases

routes = Routes()


@routes.get("/v1/operations/status", roles=("operator",), problems=("role_missing",))
async def read_ministry_statuses(
    staff: Staff,  # noqa: ARG001 -- checked before the handler is called
    tx: Transaction,
    clock: Clock,
) -> MinistryStatusList:
    """The status of ministries' systems with all details (operators)."""
    return await use_cases.read_statuses(tx, at=clock.now())
