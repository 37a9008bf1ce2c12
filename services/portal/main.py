"""The portal on one screen."""

from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware

from libs.addresses import TrustedProxies
from libs.clock import Clock
from libs.service import Capability, Resources, Service
from libs.telemetry.tracing import Tracing
from libs.web.client import HttpClient
from libs.web.limits import RequestLimits
from libs.web.seals import Seals
from services.portal.applications import routes as applications
from services.portal.counter import form_routes as counter_forms
from services.portal.counter import paper_routes as counter_papers
from services.portal.counter import passkey_routes as passkeys
from services.portal.counter import routes as counter
from services.portal.counter.calls import CounterCalls
from services.portal.details import routes as details
from services.portal.failures import PageFailures
from services.portal.form_tokens import FormTokens
from services.portal.forms import routes as forms
from services.portal.gateway import Gateway
from services.portal.helpers import routes as helpers
from services.portal.pages import routes as about
from services.portal.pages.assets import read_assets
from services.portal.pages.rendering import Pages
from services.portal.papers import locker_routes
from services.portal.papers import routes as papers
from services.portal.profile import routes as profile
from services.portal.programme import routes as programme
from services.portal.search import routes as search
from services.portal.sessions import routes as sessions
from services.portal.settings import Settings
from services.portal.status import routes as status
from services.portal.tracking import routes as tracking
from services.portal.visits import Visits
from services.portal.waiting import WaitingAnswers

NAME = "portal"
_BODY_BYTES = 256 * 1024  # a form of 64 KiB, with each Bangla letter as nine characters
_COMPRESSED_FROM_BYTES = 500


def build(settings: Settings, *, tracing: Tracing | None = None) -> Service:
    """Make the portal; nothing is connected before it runs."""
    resources = Resources.of(NAME, settings, tracing=tracing, has_database=False)
    client = HttpClient(
        "gateway",
        tracing=resources.tracing,
        metrics=resources.metrics,
        connections=settings.connections,
        tls=resources.tls,
    )
    clock, assets = Clock(), read_assets()
    seals = Seals(settings.key_for("cookies"))
    form_tokens = FormTokens(settings.key_for("form tokens"))
    pages = Pages(form_tokens, assets, secure=settings.is_secure)
    waiting = WaitingAnswers(seals)
    gateway = Gateway(client, settings.gateway_url.rstrip("/"), settings.gateway_deadline_s, clock)
    origin = settings.gateway_origin or settings.gateway_url.rstrip("/")
    counter_calls = CounterCalls(gateway, origin, clock)
    return Service(
        resources,
        [
            Capability("search", routes=search.routes),
            Capability("sessions", routes=sessions.routes, provides=[waiting, counter_calls]),
            Capability("forms", routes=forms.routes),
            Capability("papers", routes=papers.routes),
            Capability("locker", routes=locker_routes.routes),
            Capability("applications", routes=applications.routes),
            Capability("helpers", routes=helpers.routes),
            Capability("counter", routes=counter.routes, provides=[counter_calls, seals, waiting]),
            Capability("programme", routes=programme.routes, provides=[counter_calls]),
            Capability(
                "counter forms", routes=counter_forms.routes, provides=[counter_calls, seals]
            ),
            Capability(
                "counter papers", routes=counter_papers.routes, provides=[counter_calls, seals]
            ),
            Capability("passkeys", routes=passkeys.routes, provides=[counter_calls]),
            Capability("profile", routes=profile.routes),
            Capability("details", routes=details.routes),
            Capability("tracking", routes=tracking.routes),
            Capability("status", routes=status.routes),
            Capability("pages", routes=about.routes, provides=[assets]),
        ],
        provides=[pages, gateway, form_tokens, clock],
        components=[client],
        limits=RequestLimits(body_bytes=_BODY_BYTES),
        middleware=[
            Middleware(GZipMiddleware, minimum_size=_COMPRESSED_FROM_BYTES),
            Middleware(
                Visits,
                seals=seals,
                proxies=TrustedProxies.parse(settings.trusted_proxies),
                secure=settings.is_secure,
            ),
        ],
        respond=PageFailures(pages, waiting).respond,
    )
