"""Service centres: where and when citizens are helped, at which price, on which devices."""

from pathlib import Path
from typing import Final

from libs.clock import Clock
from libs.contracts import topics
from libs.messaging.reading.router import Router
from libs.service import Capability, Resources
from libs.web.callers.used_proofs import delete_expired_proofs
from services.identity.centres import routes, use_cases
from services.identity.settings import Settings

FIRST_CENTRES: Final = Path(__file__).with_name("reference.json")
"""The centres of the pilot."""

_AGAIN_EVERY_S = 3600.0

router = Router("identity")
router.publisher(topics.CENTRES)


def capability(resources: Resources, settings: Settings, clock: Clock) -> Capability:
    """Return the capability; it adds the centres of the pilot, unless the settings say not to."""
    reference = FIRST_CENTRES.read_bytes()
    first = resources.periodic(
        "first centres",
        lambda tx: use_cases.add_first_centres(tx, reference),
        every_s=_AGAIN_EVERY_S,
    )
    cleanup = resources.deletion(
        "proof clean-up",
        lambda tx: delete_expired_proofs(tx, clock.now()),
        every_s=settings.cleanup_every_s,
    )
    return Capability(
        "centres",
        routes=routes.routes,
        consumers=router,
        components=[first, cleanup] if settings.pilot_centres else [cleanup],
    )
