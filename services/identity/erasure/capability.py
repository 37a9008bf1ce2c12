"""Erasure of a citizen: requested, due, announced, confirmed by every service."""

from datetime import timedelta

from libs.addresses import TrustedProxies
from libs.clock import Clock
from libs.database.transaction import Transaction
from libs.service import Capability, Resources
from services.identity.codes.policy import code_policy
from services.identity.erasure import consumers, routes, use_cases
from services.identity.settings import Settings


def capability(resources: Resources, settings: Settings, clock: Clock) -> Capability:
    """Return the capability, with the periodic steps of erasures and a look at confirmations."""
    late = timedelta(hours=settings.erasure_confirmed_within_h)

    async def count_unconfirmed(tx: Transaction) -> int:
        unconfirmed = await use_cases.read_unconfirmed(tx, clock.now() - late)
        resources.metrics.gauge("erasures_unconfirmed", len(unconfirmed))
        return 0

    steps = {
        "erasures": lambda tx: use_cases.carry_out(tx, clock.now()),
        "erasure confirmations": count_unconfirmed,
        "requests without consent": lambda tx: use_cases.forget_unconsented(tx, clock.now()),
    }
    return Capability(
        "erasure",
        routes=routes.routes,
        consumers=consumers.router,
        provides=[TrustedProxies.parse(settings.trusted_proxies), code_policy(settings)],
        components=[
            resources.periodic(name, step, every_s=settings.cleanup_every_s)
            for name, step in steps.items()
        ],
    )
