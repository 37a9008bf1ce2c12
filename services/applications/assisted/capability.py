"""Assisted submissions: an uddokta sends one for a citizen with a mandate, and follows it up."""

from collections.abc import Sequence

from libs.clock import utc_now
from libs.service import Capability, Resources
from libs.web.callers.used_proofs import ProofGroup, delete_expired_proofs, use_proofs
from services.applications.assisted import consumers, routes

_DELETE_EVERY_S = 60.0


def capability(resources: Resources, of_submissions: Sequence[object]) -> Capability:
    """Return the capability, with the group commit of proofs and the deletion of expired ones.

    Args:
        resources: of the service.
        of_submissions: what submissions provides: the group of submissions that share a commit.
    """
    proofs = ProofGroup(
        "proofs", resources.database, lambda tx, items: use_proofs(tx, items, utc_now())
    )
    cleanup = resources.deletion(
        "delete expired proofs",
        lambda tx: delete_expired_proofs(tx, utc_now()),
        every_s=_DELETE_EVERY_S,
    )
    return Capability(
        "assisted",
        routes=routes.routes,
        consumers=consumers.router,
        provides=[*of_submissions, proofs],
        components=[proofs, cleanup],
    )
