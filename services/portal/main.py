"""The portal on one screen."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from libs.pages.service import PageService
from libs.pages.visits import visit_of
from libs.service import Capability, Service
from libs.telemetry.tracing import Tracing
from services.portal.applications import routes as applications
from services.portal.counter import capability as counter
from services.portal.counter.calls import CounterCalls
from services.portal.counter.logins import ask_at_counter
from services.portal.details import routes as details
from services.portal.forms import routes as forms
from services.portal.helpers import routes as helpers
from services.portal.pages import routes as portal_pages
from services.portal.papers import capability as papers
from services.portal.profile import routes as profile
from services.portal.programme import capability as programme
from services.portal.search import routes as search
from services.portal.sessions import capability as sessions
from services.portal.sessions.logins import ask_for_login
from services.portal.settings import Settings
from services.portal.status import routes as status
from services.portal.tracking import routes as tracking

NAME = "portal"
_OF_STAFF = ("/counter", "/programme")


def build(settings: Settings, *, tracing: Tracing | None = None) -> Service:
    """Make the portal; nothing is connected before it runs."""
    parts = PageService.of(NAME, settings, Path(__file__).parent, tracing=tracing)
    origin = settings.gateway_origin or settings.gateway_url.rstrip("/")
    counter_calls = CounterCalls(parts.gateway, origin, parts.clock)

    def ask(request: Request) -> Response:
        is_staffs = visit_of(request).path.startswith(_OF_STAFF)
        return (ask_at_counter if is_staffs else ask_for_login)(request, parts.pages, parts.waiting)

    return parts.service(
        [
            Capability("search", routes=search.routes),
            sessions.capability(counter_calls),
            Capability("forms", routes=forms.routes),
            papers.capability(),
            Capability("applications", routes=applications.routes),
            Capability("helpers", routes=helpers.routes),
            counter.capability(counter_calls),
            programme.capability(counter_calls),
            Capability("profile", routes=profile.routes),
            Capability("details", routes=details.routes),
            Capability("tracking", routes=tracking.routes),
            Capability("status", routes=status.routes),
            Capability("pages", routes=portal_pages.routes),
        ],
        ask_for_login=ask,
    )
