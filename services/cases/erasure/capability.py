"""Erasures, and the end of the years for which sealed cases stay."""

from typing import Final

from libs.clock import utc_now
from libs.database.transaction import Transaction
from libs.service import Capability, Resources
from services.cases.erasure import consumers, use_cases

_EVERY_S: Final = 86_400.0
_AT_ONCE: Final = 200


def capability(resources: Resources) -> Capability:
    """Return the capability; once a day it deletes sealed cases whose years are over."""

    async def delete(tx: Transaction) -> int:
        return await use_cases.delete_ended(tx, at=utc_now(), limit=_AT_ONCE)

    return Capability(
        "erasure",
        consumers=consumers.router,
        components=[resources.deletion("delete sealed cases", delete, every_s=_EVERY_S)],
    )
