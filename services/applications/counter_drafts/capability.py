"""Drafts of a counter: kept while a mandate can be used, so that a page can be opened again."""

from libs.clock import utc_now
from libs.database.transaction import Transaction
from libs.service import Capability, Resources
from services.applications.counter_drafts import routes, use_cases

_DELETE_EVERY_S = 60.0


def capability(resources: Resources) -> Capability:
    """Return the capability, with the periodic deletion of old drafts."""

    async def delete(tx: Transaction) -> int:
        return await use_cases.delete_old_drafts(tx, at=utc_now())

    return Capability(
        "counter_drafts",
        routes=routes.routes,
        components=[
            resources.deletion("delete old counter drafts", delete, every_s=_DELETE_EVERY_S)
        ],
    )
