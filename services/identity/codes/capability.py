"""One-time codes: requested by SMS, exchanged for a session."""

from libs.addresses import TrustedProxies
from libs.clock import Clock
from libs.contracts import topics
from libs.database.transaction import Transaction
from libs.messaging.reading.router import Router
from libs.periodic import Periodic, deletion, in_transaction
from libs.service import Capability, Resources
from services.identity.codes import routes, use_cases
from services.identity.codes.device_tokens import DeviceTokens
from services.identity.codes.policy import code_policy, silence_policy
from services.identity.sessions.rules import SessionPolicy
from services.identity.settings import Settings
from services.identity.signing_keys.key_wrapping import derive_key

router = Router("identity")
router.publisher(topics.MESSAGES)


def capability(
    resources: Resources, settings: Settings, sessions: SessionPolicy, clock: Clock
) -> Capability:
    """Return the capability, with periodic deletion of old codes and a look at the budget."""
    database, policy = resources.database, code_policy(settings)
    silence = silence_policy(settings)
    requests = routes.RequestGroup(
        "code requests",
        database,
        lambda tx, items: use_cases.issue_codes(tx, items, policy, clock.now()),
    )
    attempts = routes.AttemptGroup(
        "code attempts",
        database,
        lambda tx, items: use_cases.exchange_codes(
            tx, items, policy, sessions, silence, clock.now()
        ),
    )
    cleanup = deletion(
        "code clean-up",
        database,
        lambda tx: use_cases.delete_old_codes(tx, clock.now()),
        metrics=resources.metrics,
        every_s=settings.cleanup_every_s,
    )

    async def show_budget(tx: Transaction) -> int:
        for budget, share in (await use_cases.read_budget(tx, policy, clock.now())).items():
            resources.metrics.gauge("code_budget_used", share, budget=budget)
        return 0

    budget = Periodic(
        "code budget",
        in_transaction(database, show_budget),
        metrics=resources.metrics,
        every_s=settings.cleanup_every_s,
    )
    devices = DeviceTokens(derive_key(settings.key_secret.get_secret_value(), "device tokens"))
    return Capability(
        "codes",
        routes=routes.routes,
        consumers=router,
        provides=[requests, attempts, TrustedProxies.parse(settings.trusted_proxies), devices],
        components=[requests, attempts, cleanup, budget],
    )
