"""Sessions: opened with a code or a password, refreshed, ended."""

from libs.clock import Clock
from libs.contracts import topics
from libs.messaging.reading.router import Router
from libs.service import Capability, Resources
from services.identity.sessions import routes, use_cases
from services.identity.sessions.rules import SessionPolicy
from services.identity.settings import DAY_S, Settings

router = Router("identity")
router.publisher(topics.REVOCATIONS)


def session_policy(settings: Settings) -> SessionPolicy:
    """Return how long sessions last."""
    return SessionPolicy(
        idle_s=settings.session_idle_days * DAY_S,
        absolute_s=settings.session_max_days * DAY_S,
        grace_s=settings.refresh_grace_s,
        staff_idle_s=settings.staff_session_idle_s,
        staff_absolute_s=settings.staff_session_max_s,
    )


def capability(
    resources: Resources, settings: Settings, policy: SessionPolicy, clock: Clock
) -> Capability:
    """Return the capability, with periodic deletion of expired sessions."""
    refreshes = routes.RefreshGroup(
        "refreshes",
        resources.database,
        lambda tx, tokens: use_cases.refresh_sessions(tx, tokens, policy, clock.now()),
    )
    cleanup = resources.deletion(
        "session clean-up", use_cases.delete_expired_sessions, every_s=settings.cleanup_every_s
    )
    return Capability(
        "sessions",
        routes=routes.routes,
        consumers=router,
        provides=[refreshes],
        components=[refreshes, cleanup],
    )
