"""The identity service: its resources and its capabilities."""

from argon2 import PasswordHasher

from libs.clock import Clock
from libs.service import Capability, Resources, Service
from libs.telemetry.tracing import Tracing
from services.identity.absences import routes as absences
from services.identity.centres import capability as centres
from services.identity.citizens import capability as citizens
from services.identity.clients import capability as clients
from services.identity.codes import capability as codes
from services.identity.details import routes as details
from services.identity.duties import capability as duties
from services.identity.erasure import capability as erasure
from services.identity.flags import capability as flags
from services.identity.grants import capability as grants
from services.identity.lines import capability as lines
from services.identity.mandates import capability as mandates
from services.identity.offices import routes as offices
from services.identity.openid import capability as openid
from services.identity.phones import capability as phones
from services.identity.proposals import routes as proposals
from services.identity.public_services import consumers as public_services
from services.identity.qualifications import consumers as qualifications
from services.identity.second_factors import capability as second_factors
from services.identity.second_factors.use_cases import SecondFactors
from services.identity.sessions import capability as sessions
from services.identity.sessions.access import SessionTokens
from services.identity.sessions.capability import session_policy
from services.identity.settings import Settings
from services.identity.signing_keys import capability as signing_keys
from services.identity.staff import capability as staff
from services.identity.staff.passwords import PasswordChecker
from services.identity.uddoktas import capability as uddoktas


def build(
    settings: Settings,
    *,
    tracing: Tracing | None = None,
    clock: Clock | None = None,
    hasher: PasswordHasher | None = None,
) -> Service:
    """Make the identity service; nothing is connected before it runs.

    Args:
        settings: the settings.
        tracing: used instead of a tracing made from the settings.
        clock: used instead of the system clock.
        hasher: hashes passwords at another cost than the usual one.
    """
    resources = Resources.of("identity", settings, tracing=tracing)
    clock = clock or Clock()
    keys = signing_keys.make_key_ring(resources, settings, clock)
    policy = session_policy(settings)
    by_code = codes.capability(resources, settings, policy, clock)
    client_tokens = grants.client_token_keys(settings, keys)
    return Service(
        resources,
        [
            by_code,
            sessions.capability(resources, settings, policy, clock),
            citizens.capability(),
            Capability("details", routes=details.routes),
            phones.capability(resources, settings, clock),
            erasure.capability(resources, settings, clock),
            signing_keys.capability(resources, settings, keys, clock),
            staff.capability(resources, settings, policy, clock),
            second_factors.capability(resources, settings, clock),
            clients.capability(resources, settings, clock),
            grants.capability(resources, settings, policy, clock),
            openid.capability(settings, client_tokens, clock, by_code.provides),
            Capability("public services", consumers=public_services.router),
            centres.capability(resources, settings, clock),
            uddoktas.capability(resources),
            Capability("qualifications", consumers=qualifications.router),
            Capability("offices", routes=offices.routes),
            duties.capability(resources, clock),
            Capability("absences", routes=absences.routes),
            mandates.capability(resources, settings, clock),
            lines.capability(),
            flags.capability(),
            Capability("proposals", routes=proposals.routes),
        ],
        provides=[
            keys,
            client_tokens,
            SessionTokens(keys, resources.database, clock),
            SecondFactors.of(settings),
            PasswordChecker(hasher),
            clock,
        ],
    )
