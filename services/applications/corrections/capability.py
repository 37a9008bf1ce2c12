"""Corrections by uddoktas, and the deletion of those that no citizen agreed to in time."""

from collections.abc import Sequence

from libs.clock import utc_now
from libs.service import Capability, Resources
from services.applications.corrections import routes, use_cases

_DELETE_EVERY_S = 60.0


def capability(resources: Resources, of_mandates: Sequence[object]) -> Capability:
    """Return the capability.

    Args:
        resources: of the service.
        of_mandates: what the assisted submissions provide: the group commit of proofs.
    """
    cleanup = resources.deletion(
        "delete proposed corrections",
        lambda tx: use_cases.delete_old(tx, utc_now()),
        every_s=_DELETE_EVERY_S,
    )
    return Capability(
        "corrections", routes=routes.routes, provides=of_mandates, components=[cleanup]
    )
