"""One-time codes: requested by SMS, exchanged for a session."""

from libs.addresses import TrustedProxies
from libs.clock import Clock
from libs.contracts import topics
from libs.database.transaction import Transaction
from libs.messaging.router import Router
from libs.periodic import Periodic, in_transaction
from libs.service import Capability, Resources
from services.identity.codes import routes, use_cases
from services.identity.codes.device_tokens import DeviceTokens
from services.identity.codes.rules import CodePolicy, RateLimit
from services.identity.sessions.rules import SessionPolicy
from services.identity.settings import DAY_S, Settings
from services.identity.signing_keys.key_wrapping import derive_key

router = Router("identity")
router.publisher(topics.MESSAGES)


def code_policy(settings: Settings) -> CodePolicy:
    """Return the limits and the hash key of codes."""
    return CodePolicy(
        hash_key=derive_key(settings.key_secret.get_secret_value(), "one-time codes"),
        valid_s=settings.code_valid_s,
        attempts=settings.code_attempts,
        phone_limits=(
            RateLimit(settings.codes_per_phone, settings.codes_per_phone_within_s),
            RateLimit(settings.codes_per_phone_per_day, DAY_S),
        ),
        phone_wrong=settings.wrong_codes_per_phone,
        sent={
            "address": settings.codes_per_address_per_day,
            "network": settings.codes_per_network_per_day,
            "device": settings.codes_per_device_per_day,
            "platform": settings.codes_per_day,
        },
        wrong={
            "address": settings.wrong_codes_per_address,
            "network": settings.wrong_codes_per_network,
            "device": settings.wrong_codes_per_device,
            "platform": settings.wrong_codes_per_day,
        },
    )


def capability(
    resources: Resources, settings: Settings, sessions: SessionPolicy, clock: Clock
) -> Capability:
    """Return the capability, with periodic deletion of old codes and a look at the budget."""
    database, policy = resources.database, code_policy(settings)
    requests = routes.RequestGroup(
        "code requests",
        database,
        lambda tx, items: use_cases.issue_codes(tx, items, policy, clock.now()),
    )
    attempts = routes.AttemptGroup(
        "code attempts",
        database,
        lambda tx, items: use_cases.exchange_codes(tx, items, policy, sessions, clock.now()),
    )
    cleanup = Periodic(
        "code clean-up",
        in_transaction(database, lambda tx: use_cases.delete_old_codes(tx, clock.now())),
        every_s=settings.cleanup_every_s,
        required=False,
    )

    async def show_budget(tx: Transaction) -> int:
        for budget, share in (await use_cases.read_budget(tx, policy, clock.now())).items():
            resources.metrics.gauge("code_budget_used", share, budget=budget)
        return 0

    budget = Periodic(
        "code budget",
        in_transaction(database, show_budget),
        every_s=settings.cleanup_every_s,
        required=False,
    )
    devices = DeviceTokens(derive_key(settings.key_secret.get_secret_value(), "device tokens"))
    return Capability(
        "codes",
        routes=routes.routes,
        consumers=router,
        provides=[requests, attempts, TrustedProxies.parse(settings.trusted_proxies), devices],
        components=[requests, attempts, cleanup, budget],
    )
