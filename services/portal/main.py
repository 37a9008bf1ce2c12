"""The portal on one screen."""

from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware

from libs.addresses import TrustedProxies
from libs.clock import Clock
from libs.service import Resources, Service
from libs.telemetry.tracing import Tracing
from libs.web.client import HttpClient
from libs.web.limits import RequestLimits
from libs.web.seals import Seals
from services.portal.applications import capability as applications
from services.portal.counter import capability as counter
from services.portal.counter.calls import CounterCalls
from services.portal.details import capability as details
from services.portal.failures import PageFailures
from services.portal.form_tokens import FormTokens
from services.portal.forms import capability as forms
from services.portal.gateway import Gateway
from services.portal.helpers import capability as helpers
from services.portal.pages import capability as portal_pages
from services.portal.pages.assets import read_assets
from services.portal.pages.rendering import Pages
from services.portal.papers import capability as papers
from services.portal.profile import capability as profile
from services.portal.programme import capability as programme
from services.portal.search import capability as search
from services.portal.sessions import capability as sessions
from services.portal.settings import Settings
from services.portal.status import capability as status
from services.portal.tracking import capability as tracking
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
    waiting = WaitingAnswers(seals, clock)
    gateway = Gateway(client, settings.gateway_url.rstrip("/"), settings.gateway_deadline_s, clock)
    origin = settings.gateway_origin or settings.gateway_url.rstrip("/")
    counter_calls = CounterCalls(gateway, origin, clock)
    return Service(
        resources,
        [
            search.capability(),
            sessions.capability(waiting, counter_calls),
            forms.capability(),
            papers.capability(),
            applications.capability(),
            helpers.capability(),
            counter.capability(counter_calls, seals, waiting),
            programme.capability(counter_calls),
            profile.capability(),
            details.capability(),
            tracking.capability(),
            status.capability(),
            portal_pages.capability(assets),
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
