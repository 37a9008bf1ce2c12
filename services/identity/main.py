"""Puts identity together; nothing else makes resources."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias

from starlette.routing import Route

from libs.assembly import Resources, assemble, make_resources
from libs.component import Component
from libs.database.group import GroupCommit
from libs.service import Service
from libs.telemetry.tracing import Tracing
from services.identity.citizens.routes import CitizenRoutes
from services.identity.codes.client_address import parse_networks
from services.identity.codes.jobs import code_cleanup
from services.identity.codes.routes import CodeRoutes
from services.identity.codes.rules import CodePolicy, RateLimit
from services.identity.codes.use_cases import CodeAttempt, CodeRequest, exchange_codes, issue_codes
from services.identity.sessions.jobs import session_cleanup
from services.identity.sessions.routes import SessionRoutes
from services.identity.sessions.rules import Session, SessionPolicy
from services.identity.sessions.use_cases import (
    RefreshedSession,
    RefreshRequest,
    refresh_sessions,
)
from services.identity.settings import DAY_S, Settings
from services.identity.signing_keys.jobs import KeyRefresh, key_cleanup
from services.identity.signing_keys.key_ring import KeyRing
from services.identity.signing_keys.key_wrapping import KeyWrapping, derive_key
from services.identity.signing_keys.routes import SigningKeyRoutes
from services.identity.signing_keys.rules import KeyPolicy
from services.identity.staff.passwords import PasswordChecker
from services.identity.staff.routes import StaffRoutes

NAME = "identity"

Clock: TypeAlias = Callable[[], datetime]


def build(settings: Settings, *, tracing: Tracing | None = None) -> Service:
    """Make the service; nothing is connected before it runs.

    Args:
        settings: of the service.
        tracing: makes its spans, instead of one made from the settings.
    """
    resources = make_resources(NAME, settings, tracing=tracing)
    capabilities = make_capabilities(resources, settings, _now)
    return assemble(
        resources,
        routes=[route for capability in capabilities for route in capability.routes],
        parts=[component for capability in capabilities for component in capability.components],
    )


@dataclass(frozen=True, slots=True)
class Capability:
    """One thing that identity can do: its routes, and the components that run beside them."""

    routes: Sequence[Route]
    components: Sequence[Component] = ()


def make_capabilities(
    resources: Resources, settings: Settings, clock: Clock
) -> tuple[Capability, ...]:
    """Return all that identity can do.

    Args:
        resources: database, metrics and the rest.
        settings: of the service.
        clock: tells the time.
    """
    wrapping = KeyWrapping.of_secret(settings.key_secret.get_secret_value())
    key_policy = KeyPolicy(lead_s=settings.key_lead_s, token_life_s=settings.access_token_s)
    keys = KeyRing(wrapping, key_policy, clock)
    return (
        _signing_keys(resources, settings, wrapping, key_policy, keys, clock),
        _codes(resources, settings, keys, clock),
        _sessions(resources, settings, keys, clock),
        _staff(resources, settings, keys, clock),
        Capability(CitizenRoutes(resources.database, keys).routes()),
    )


def _signing_keys(
    resources: Resources,
    settings: Settings,
    wrapping: KeyWrapping,
    policy: KeyPolicy,
    keys: KeyRing,
    clock: Clock,
) -> Capability:
    database = resources.database
    refresh = KeyRefresh(keys, wrapping, database, every_s=settings.keys_refresh_s, clock=clock)
    cleanup = key_cleanup(database, policy, every_s=settings.cleanup_every_s, clock=clock)
    routes = SigningKeyRoutes(keys, cache_s=settings.key_set_cached_s)
    return Capability(routes.routes(), [refresh, cleanup])


def _codes(resources: Resources, settings: Settings, keys: KeyRing, clock: Clock) -> Capability:
    database = resources.database
    policy, session_policy = _code_policy(settings), _session_policy(settings)
    requests = GroupCommit[CodeRequest, datetime](
        "code requests", database, lambda tx, items: issue_codes(tx, items, policy, clock())
    )
    attempts = GroupCommit[CodeAttempt, Session](
        "code attempts",
        database,
        lambda tx, items: exchange_codes(tx, items, policy, session_policy, clock()),
    )
    routes = CodeRoutes(
        requests,
        attempts,
        keys,
        resources.metrics,
        code_valid_s=settings.code_valid_s,
        trusted_proxies=parse_networks(settings.trusted_proxies),
    )
    cleanup = code_cleanup(database, policy, every_s=settings.cleanup_every_s, clock=clock)
    return Capability(routes.routes(), [requests, attempts, cleanup])


def _sessions(resources: Resources, settings: Settings, keys: KeyRing, clock: Clock) -> Capability:
    database, policy = resources.database, _session_policy(settings)
    refreshes = GroupCommit[RefreshRequest, RefreshedSession](
        "refresh requests", database, lambda tx, items: refresh_sessions(tx, items, policy, clock())
    )
    cleanup = session_cleanup(database, every_s=settings.cleanup_every_s)
    return Capability(SessionRoutes(database, refreshes, keys).routes(), [refreshes, cleanup])


def _staff(resources: Resources, settings: Settings, keys: KeyRing, clock: Clock) -> Capability:
    policy = _session_policy(settings)
    routes = StaffRoutes(resources.database, PasswordChecker(), keys, policy, clock)
    return Capability(routes.routes())


def _code_policy(settings: Settings) -> CodePolicy:
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


def _session_policy(settings: Settings) -> SessionPolicy:
    return SessionPolicy(
        idle_s=settings.session_idle_days * DAY_S,
        absolute_s=settings.session_max_days * DAY_S,
        grace_s=settings.refresh_grace_s,
    )


def _now() -> datetime:
    return datetime.now(UTC)
