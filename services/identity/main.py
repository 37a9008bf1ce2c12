"""Puts identity together; nothing else makes resources."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.routing import Route

from libs.assembly import Resources, assemble, make_resources
from libs.component import Component
from libs.database.group import GroupCommit
from libs.service import Service
from libs.telemetry.tracing import Tracing
from services.identity.api.codes import Codes
from services.identity.api.passwords import Passwords
from services.identity.api.routes import Answering, Api, Writes
from services.identity.api.sessions import Sessions
from services.identity.domain.addresses import read_networks
from services.identity.domain.codes import CodeRules, Limit
from services.identity.domain.sessions import SessionRules
from services.identity.domain.signing import KeyRules
from services.identity.keys import KeyRing, Wrapping, derive_key
from services.identity.settings import DAY_S, Settings
from services.identity.worker import Forgetting

NAME = "identity"


def build(settings: Settings, *, tracing: Tracing | None = None) -> Service:
    """Make the service; nothing is connected before it runs.

    Args:
        settings: every knob.
        tracing: makes its spans, instead of one made from the settings.
    """
    resources = make_resources(NAME, settings, tracing=tracing)
    made = make_parts(resources, settings)
    return assemble(resources, routes=made.routes, parts=made.loops)


@dataclass(frozen=True, slots=True)
class Parts:
    """What is identity's own in the service: its routes, its loops, and its keys among them."""

    routes: Sequence[Route]
    loops: Sequence[Component]
    keys: KeyRing


def make_parts(
    resources: Resources, settings: Settings, *, clock: Callable[[], datetime] | None = None
) -> Parts:
    """Make the routes and the loops that they need.

    Args:
        resources: what they work with.
        settings: every knob.
        clock: tells the time instead of the machine's; for tests.
    """
    clock = clock or _now
    key_rules = KeyRules(lead_s=settings.key_lead_s, token_life_s=settings.access_token_s)
    keys = KeyRing(
        resources.database,
        Wrapping(derive_key(settings.key_secret.get_secret_value(), "wrapping")),
        key_rules,
        refresh_s=settings.keys_refresh_s,
        clock=clock,
    )
    writes = _writes(resources, settings, clock)
    forgetting = Forgetting(
        resources.database,
        every_s=settings.forgetting_every_s,
        window_s=settings.codes_per_address_within_s,
        key_rules=key_rules,
    )
    api = Api(resources.database, writes, keys, _answering(settings), resources.metrics)
    loops: list[Component] = [keys, writes.asking, writes.showing, writes.refreshing, forgetting]
    return Parts(api.routes(), loops, keys)


def _writes(resources: Resources, settings: Settings, clock: Callable[[], datetime]) -> Writes:
    database = resources.database
    session_rules = SessionRules(
        idle_s=settings.session_idle_days * DAY_S,
        most_s=settings.session_most_days * DAY_S,
        grace_s=settings.refresh_grace_s,
    )
    codes = Codes(
        derive_key(settings.key_secret.get_secret_value(), "one-time codes"),
        _code_rules(settings),
        Limit(settings.codes_per_address, settings.codes_per_address_within_s),
        session_rules,
        clock,
    )
    sessions = Sessions(session_rules, clock)
    return Writes(
        asking=GroupCommit("ask for codes", database, codes.ask),
        showing=GroupCommit("show codes", database, codes.show),
        refreshing=GroupCommit("refresh sessions", database, sessions.refresh),
        passwords=Passwords(database, session_rules, clock),
    )


def _code_rules(settings: Settings) -> CodeRules:
    return CodeRules(
        valid_s=settings.code_valid_s,
        tries=settings.code_tries,
        limits=(
            Limit(settings.codes_per_phone, settings.codes_per_phone_within_s),
            Limit(settings.codes_per_phone_per_day, DAY_S),
        ),
    )


def _answering(settings: Settings) -> Answering:
    return Answering(
        code_valid_s=settings.code_valid_s,
        access_token_s=settings.access_token_s,
        key_set_cached_s=settings.key_set_cached_s,
        trusted_proxies=read_networks(settings.trusted_proxies),
    )


def _now() -> datetime:
    return datetime.now(UTC)
