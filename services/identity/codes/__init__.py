"""One-time codes: requested by SMS, exchanged for a session."""

from libs.clock import Clock
from libs.contracts import topics
from libs.messaging.router import Router
from libs.periodic import Periodic, in_transaction
from libs.service import Capability, Resources
from services.identity.codes import routes, use_cases
from services.identity.codes.client_address import TrustedProxies
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
        address_limit=RateLimit(settings.codes_per_address, settings.codes_per_address_within_s),
    )


def capability(
    resources: Resources, settings: Settings, sessions: SessionPolicy, clock: Clock
) -> Capability:
    """Return the capability, with periodic deletion of old codes and counts."""
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
        in_transaction(database, lambda tx: use_cases.delete_old_codes(tx, policy, clock.now())),
        every_s=settings.cleanup_every_s,
        required=False,
    )
    return Capability(
        "codes",
        routes=routes.routes,
        consumers=router,
        provides=[requests, attempts, TrustedProxies.parse(settings.trusted_proxies)],
        components=[requests, attempts, cleanup],
    )
