"""Papers that are printed at service centres, and the deletion of proofs of devices."""

from libs.clock import Clock
from libs.service import Capability, Resources
from libs.web.callers.used_proofs import delete_expired_proofs
from services.issuance.counter import routes

_DELETE_EVERY_S = 60.0


def capability(resources: Resources, clock: Clock) -> Capability:
    """Make the capability, with the deletion of expired proofs of devices."""
    cleanup = resources.deletion(
        "delete expired proofs",
        lambda tx: delete_expired_proofs(tx, clock.now()),
        every_s=_DELETE_EVERY_S,
    )
    return Capability("counter", routes=routes.routes, components=[cleanup])
