"""HTTP routes of flags, for the programme's staff."""

from libs.contracts.lists import ListQuery
from libs.contracts.mandates import FlagList
from libs.database.transaction import Transaction
from libs.web.callers.tokens import Staff
from libs.web.handling.routes import Routes
from services.identity.flags import use_cases

routes = Routes()


@routes.get("/v1/flags", roles=("programme",))
async def list_flags(query: ListQuery, staff: Staff, tx: Transaction) -> FlagList:  # noqa: ARG001
    """List open flags, the oldest first (programme)."""
    return await use_cases.list_open(tx, query)
