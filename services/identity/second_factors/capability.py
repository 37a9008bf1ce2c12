"""Second factors of staff: codes of an authenticator app, and passkeys."""

from libs.clock import Clock
from libs.service import Capability, Resources
from services.identity.second_factors import routes, use_cases
from services.identity.settings import Settings


def capability(resources: Resources, settings: Settings, clock: Clock) -> Capability:
    """Return the capability, with periodic deletion of answered challenges."""
    cleanup = resources.deletion(
        "challenge clean-up",
        lambda tx: use_cases.delete_expired_challenges(tx, clock.now()),
        every_s=settings.cleanup_every_s,
    )
    return Capability("second factors", routes=routes.routes, components=[cleanup])
