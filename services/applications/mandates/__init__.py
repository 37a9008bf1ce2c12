"""Mandates: which are used or over, by whichever came first; who may follow up what."""

from libs.clock import utc_now
from libs.database.transaction import Transaction
from libs.periodic import Periodic, in_transaction
from libs.service import Capability, Resources
from libs.web.used_proofs import delete_expired_proofs
from services.applications.mandates import consumers

_DELETE_EVERY_S = 60.0


def capability(resources: Resources) -> Capability:
    """Return the capability, with the periodic deletion of expired proofs."""

    async def delete(tx: Transaction) -> int:
        return await delete_expired_proofs(tx, utc_now())

    return Capability(
        "mandates",
        consumers=consumers.router,
        components=[
            Periodic(
                "delete expired proofs",
                in_transaction(resources.database, delete),
                every_s=_DELETE_EVERY_S,
                required=False,
            )
        ],
    )
