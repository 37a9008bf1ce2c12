"""Accounts of staff: created by command, with a login of two factors, and with a set of roles."""

from libs.addresses import TrustedProxies
from libs.clock import Clock
from libs.service import Capability, Resources
from libs.web.handling.routes import Routes
from services.identity.codes.device_tokens import DeviceTokens
from services.identity.sessions.rules import SessionPolicy
from services.identity.settings import Settings
from services.identity.signing_keys.key_wrapping import derive_key
from services.identity.staff import role_routes, routes, use_cases


def capability(
    resources: Resources, settings: Settings, policy: SessionPolicy, clock: Clock
) -> Capability:
    """Return the capability, with periodic deletion of old logins and counts."""
    cleanup = resources.deletion(
        "login journal clean-up",
        lambda tx: use_cases.delete_old_logins(tx, clock.now()),
        every_s=settings.cleanup_every_s,
    )
    devices = DeviceTokens(derive_key(settings.key_secret.get_secret_value(), "staff devices"))
    proxies = TrustedProxies.parse(settings.trusted_proxies)
    return Capability(
        "staff",
        routes=Routes.joined(routes.routes, role_routes.routes),
        provides=[proxies, policy, devices],
        components=[cleanup],
    )
