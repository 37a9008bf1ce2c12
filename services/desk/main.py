"""The desk on one screen."""

from functools import partial
from pathlib import Path

from libs.pages.service import PageService
from libs.service import Capability, Service
from libs.telemetry.tracing import Tracing
from libs.web.handling.parameters import Dependency
from libs.web.handling.routes import Routes
from services.desk.absences import routes as absences
from services.desk.bodies import routes as bodies
from services.desk.bodies import time_routes as body_time
from services.desk.case_papers import routes as case_papers
from services.desk.cases import capability as cases
from services.desk.counter import capability as counter
from services.desk.counter.assisted_forms import Counter, way_on
from services.desk.counter.device_calls import DeviceCalls
from services.desk.feedback import routes as feedback
from services.desk.journeys import routes as journeys
from services.desk.leadership import routes as leadership
from services.desk.moves import routes as moves
from services.desk.operations import capability as operations
from services.desk.own_body import routes as own_body
from services.desk.own_body import system_routes as own_system
from services.desk.pools import routes as pools
from services.desk.programme import capability as programme
from services.desk.publications import routes as publications
from services.desk.publishing import routes as publishing
from services.desk.questions import routes as questions
from services.desk.rollout import pilot_routes as pilot
from services.desk.rollout import routes as rollout
from services.desk.settings import Settings
from services.desk.staff import capability as staff
from services.desk.staff.logins import ask_for_login, ask_to_confirm
from services.desk.staff.rules import pages_of, sees_country
from services.desk.staff.sessions import LiveVisit, StaffSessions, StaffVisit
from services.desk.training import routes as training
from services.desk.vendors import going_live_routes as going_live
from services.desk.vendors import routes as vendors
from services.desk.version_changes import routes as version_changes
from services.desk.witness import routes as witness
from services.desk.workshops import routes as workshops

NAME = "desk"


def build(settings: Settings, *, tracing: Tracing | None = None) -> Service:
    """Make the desk; nothing is connected before it runs."""
    parts = PageService.of(
        NAME,
        settings,
        Path(__file__).parent,
        form_action=settings.portal_origin,
        shared={
            "portal": settings.portal_origin,
            "pages_of": pages_of,
            "sees_country": sees_country,
        },
        tracing=tracing,
    )
    sessions = StaffSessions(parts.gateway, parts.clock)
    calls = DeviceCalls(parts.gateway, parts.centre_devices)
    at_counter = Counter(parts.pages, parts.gateway, calls)
    return parts.service(
        [
            staff.capability(sessions),
            counter.capability(at_counter, sessions),
            programme.capability(),
            operations.capability(),
            Capability("feedback", routes=feedback.routes),
            Capability("bodies", routes=Routes.joined(bodies.routes, body_time.routes)),
            cases.capability(sessions),
            Capability("absences", routes=absences.routes),
            Capability("case_papers", routes=case_papers.routes),
            Capability("pools", routes=pools.routes),
            Capability("leadership", routes=leadership.routes),
            Capability("own_body", routes=Routes.joined(own_body.routes, own_system.routes)),
            Capability("publishing", routes=publishing.routes),
            Capability("publications", routes=publications.routes),
            Capability("version_changes", routes=version_changes.routes),
            Capability("moves", routes=moves.routes),
            Capability("rollout", routes=Routes.joined(rollout.routes, pilot.routes)),
            Capability("witness", routes=witness.routes),
            Capability("journeys", routes=journeys.routes),
            Capability("training", routes=training.routes),
            Capability("questions", routes=questions.routes),
            Capability("workshops", routes=workshops.routes),
            Capability("vendors", routes=Routes.joined(vendors.routes, going_live.routes)),
        ],
        provides=[
            Dependency(StaffVisit, sessions.read),
            Dependency(LiveVisit, sessions.watch),
        ],
        ask_for_login=partial(ask_for_login, pages=parts.pages, waiting=parts.waiting),
        ask_to_confirm=partial(ask_to_confirm, pages=parts.pages, waiting=parts.waiting),
        way_on=way_on,
    )
