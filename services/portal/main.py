"""The portal on one screen."""

from functools import partial
from pathlib import Path

from libs.pages.service import PageService
from libs.service import Capability, Service
from libs.telemetry.tracing import Tracing
from services.portal.answers import routes as answers
from services.portal.appeals import routes as appeals
from services.portal.applications import routes as applications
from services.portal.centres import routes as centres
from services.portal.checks import routes as checks
from services.portal.details import routes as details
from services.portal.feedback import routes as feedback
from services.portal.forms import routes as forms
from services.portal.forms.views import way_on
from services.portal.grievances import routes as grievances
from services.portal.helpers import routes as helpers
from services.portal.pages import routes as portal_pages
from services.portal.papers import capability as papers
from services.portal.profile import capability as profile
from services.portal.progress import routes as progress
from services.portal.qualifications import routes as qualifications
from services.portal.rights import routes as rights
from services.portal.search import routes as search
from services.portal.sessions import capability as sessions
from services.portal.sessions.logins import ask_for_login
from services.portal.settings import Settings
from services.portal.status import routes as status
from services.portal.tracking import routes as tracking

NAME = "portal"


def build(settings: Settings, *, tracing: Tracing | None = None) -> Service:
    """Make the portal; nothing is connected before it runs."""
    parts = PageService.of(
        NAME,
        settings,
        Path(__file__).parent,
        shared={"desk": settings.desk_origin},
        tracing=tracing,
    )
    return parts.service(
        [
            Capability("search", routes=search.routes),
            sessions.capability(parts.centre_devices),
            Capability("forms", routes=forms.routes),
            papers.capability(),
            Capability("applications", routes=applications.routes),
            Capability("appeals", routes=appeals.routes),
            Capability("feedback", routes=feedback.routes),
            Capability("helpers", routes=helpers.routes),
            Capability("grievances", routes=grievances.routes),
            profile.capability(),
            Capability("rights", routes=rights.routes),
            Capability("details", routes=details.routes),
            Capability("tracking", routes=tracking.routes),
            Capability("checks", routes=checks.routes),
            Capability("status", routes=status.routes),
            Capability("progress", routes=progress.routes),
            Capability("answers", routes=answers.routes),
            Capability("qualifications", routes=qualifications.routes),
            Capability("centres", routes=centres.routes),
            Capability("pages", routes=portal_pages.routes),
        ],
        ask_for_login=partial(ask_for_login, pages=parts.pages, waiting=parts.waiting),
        way_on=way_on,
    )
