"""Signing keys of access tokens: rotated and revoked by command, and the public key set."""

from libs.clock import Clock
from libs.service import Capability, Resources
from services.identity.settings import Settings
from services.identity.signing_keys import routes, use_cases
from services.identity.signing_keys.key_ring import KeyRing
from services.identity.signing_keys.key_wrapping import KeyWrapping
from services.identity.signing_keys.rules import KeyPolicy


def make_key_ring(resources: Resources, settings: Settings, clock: Clock) -> KeyRing:
    """Return the key ring that all capabilities share."""
    return KeyRing(
        resources.database,
        KeyWrapping.of_secret(settings.key_secret.get_secret_value()),
        KeyPolicy(lead_s=settings.key_lead_s, token_life_s=settings.access_token_s),
        clock,
        metrics=resources.metrics,
        refresh_every_s=settings.keys_refresh_s,
    )


def capability(resources: Resources, settings: Settings, keys: KeyRing, clock: Clock) -> Capability:
    """Return the capability, with periodic reads of the keys and deletion of expired ones."""
    cleanup = resources.deletion(
        "signing key clean-up",
        lambda tx: use_cases.delete_expired_keys(tx, keys.policy, clock.now()),
        every_s=settings.cleanup_every_s,
    )
    return Capability("signing keys", routes=routes.routes, components=[keys, cleanup])
