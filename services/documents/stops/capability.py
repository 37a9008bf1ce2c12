"""Mandates for uploads of papers: used and ended mandates, stopped uddoktas and centres."""

from libs.clock import Clock
from libs.service import Capability, Resources
from libs.web.callers.used_proofs import delete_expired_proofs
from services.documents.stops import consumers, use_cases

_DELETE_EVERY_S = 60.0


def capability(resources: Resources, clock: Clock) -> Capability:
    """Make the capability, with the deletion of proofs and follow-ups that are over."""
    cleanup = resources.deletion(
        "delete expired proofs",
        lambda tx: delete_expired_proofs(tx, clock.now()),
        every_s=_DELETE_EVERY_S,
    )
    over = resources.deletion(
        "forget refused applications",
        lambda tx: use_cases.forget_over(tx, clock.now()),
        every_s=_DELETE_EVERY_S,
    )
    return Capability("stops", consumers=consumers.router, components=[cleanup, over])
