"""Grants: the codes and tokens of clients after a login, and the consents behind them."""

from libs.clock import Clock
from libs.service import Capability, Resources
from services.identity.grants import routes, use_cases
from services.identity.grants.endpoints import Endpoints
from services.identity.grants.tokens import ClientTokenKeys
from services.identity.sessions.rules import SessionPolicy
from services.identity.settings import Settings
from services.identity.signing_keys.key_ring import KeyRing


def client_token_keys(settings: Settings, keys: KeyRing) -> ClientTokenKeys:
    """Return the keys with which tokens of clients are made and read."""
    return ClientTokenKeys(keys, Endpoints(settings.openid_issuer))


def capability(
    resources: Resources, settings: Settings, policy: SessionPolicy, clock: Clock
) -> Capability:
    """Return the capability, with periodic deletion of expired grants."""
    cleanup = resources.deletion(
        "grant clean-up",
        lambda tx: use_cases.delete_expired_grants(tx, clock.now()),
        every_s=settings.cleanup_every_s,
    )
    return Capability("grants", routes=routes.routes, provides=[policy], components=[cleanup])
