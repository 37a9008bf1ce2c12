"""The portal on one screen."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from libs.pages.service import PageService
from libs.pages.visits import visit_of
from libs.service import Service
from libs.telemetry.tracing import Tracing
from services.portal.applications import capability as applications
from services.portal.counter import capability as counter
from services.portal.counter.calls import CounterCalls
from services.portal.counter.logins import ask_at_counter
from services.portal.details import capability as details
from services.portal.forms import capability as forms
from services.portal.helpers import capability as helpers
from services.portal.pages import capability as portal_pages
from services.portal.papers import capability as papers
from services.portal.profile import capability as profile
from services.portal.programme import capability as programme
from services.portal.search import capability as search
from services.portal.sessions import capability as sessions
from services.portal.sessions.logins import ask_for_login
from services.portal.settings import Settings
from services.portal.status import capability as status
from services.portal.tracking import capability as tracking

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
            search.capability(),
            sessions.capability(counter_calls),
            forms.capability(),
            papers.capability(),
            applications.capability(),
            helpers.capability(),
            counter.capability(counter_calls),
            programme.capability(counter_calls),
            profile.capability(),
            details.capability(),
            tracking.capability(),
            status.capability(),
            portal_pages.capability(),
        ],
        ask_for_login=ask,
    )
