"""Numbers of accounts: changed by their citizens, taken away and given back."""

from libs.addresses import TrustedProxies
from libs.clock import Clock
from libs.service import Capability, Resources
from services.identity.codes.policy import code_policy
from services.identity.phones import routes, use_cases
from services.identity.settings import Settings


def capability(resources: Resources, settings: Settings, clock: Clock) -> Capability:
    """Return the capability, with the periodic look for changes that are due."""
    due = resources.periodic(
        "changes of number",
        lambda tx: use_cases.apply_due_changes(tx, clock.now()),
        every_s=settings.cleanup_every_s,
    )
    return Capability(
        "phones",
        routes=routes.routes,
        provides=[TrustedProxies.parse(settings.trusted_proxies), code_policy(settings)],
        components=[due],
    )
