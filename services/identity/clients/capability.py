"""Clients: sites that let people log in with us; made by command, authenticated by assertion."""

from libs.clock import Clock
from libs.service import Capability, Resources
from services.identity.clients import use_cases
from services.identity.settings import Settings


def capability(resources: Resources, settings: Settings, clock: Clock) -> Capability:
    """Return the capability, with periodic deletion of used assertions."""
    cleanup = resources.deletion(
        "assertion clean-up",
        lambda tx: use_cases.delete_expired_assertions(tx, clock.now()),
        every_s=settings.cleanup_every_s,
    )
    return Capability("clients", components=[cleanup])
