"""HTTP routes of what is stuck, for those who lead and the programme's staff."""

from typing import Final

from libs.bangladesh.calendar import dhaka_date
from libs.clock import Clock
from libs.contracts.stuck import StuckPage, StuckView
from libs.database.transaction import Transaction
from libs.grievances import ANSWERING, ANSWERS
from libs.web.callers.tokens import Staff
from libs.web.handling.routes import Routes
from services.programme.bodies import use_cases as bodies
from services.programme.bodies import views
from services.programme.bodies.overview import Overview
from services.programme.focal_points import use_cases as focal_points
from services.programme.people import use_cases as people
from services.programme.reminders import use_cases as reminders
from services.programme.stuck import rules

_ROLES: Final = ("leadership", "programme")

routes = Routes()


@routes.get("/v1/programme/stuck", roles=_ROLES)
async def list_stuck(
    staff: Staff,  # noqa: ARG001 -- checked before the handler is called
    tx: Transaction,
    overview: Overview,
    clock: Clock,
) -> StuckPage:
    """List what is stuck: where, since when, with whom; the longest first (leadership, programme).

    With whom is a post, or a vendor; no person is named.
    """
    now = clock.now()
    today = dhaka_date(now)
    states = await bodies.read_states(tx, overview, today)
    posts = await focal_points.read_posts(tx, overview, today)
    told = {last.body: last for last in await reminders.read_last_told(tx, states)}
    facts = (await overview.facts(tx)).values()
    answering = {f"{ANSWERING}-{body}": body for body, at in states.items() if not at.replaced_by}
    manned = await people.offices_with_duty(tx, answering, ANSWERS)
    return StuckPage(
        at=now,
        items=[
            StuckView(
                body=row.body,
                name=views.name_of(row.body),
                kind=row.kind,
                since=row.since,
                step=row.step,
                public_service_id=row.service and row.service.public_service_id,
                public_service=row.service and row.service.name,
                post=posts.get(row.body),
                vendor=row.vendor,
                told=told.get(row.body) if row.kind == "step_overdue" else None,
            )
            for row in rules.stuck(states.values(), facts)
        ],
        without_grievance_officer={
            body: views.name_of(body) for office, body in answering.items() if office not in manned
        },
    )
