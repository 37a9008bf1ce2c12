"""HTTP routes of bodies and facts about them: the programme's staff record, leaders read."""

from typing import Annotated, Final, Literal

from pydantic import BaseModel, Field

from libs.bangladesh.bodies import bodies_by_id
from libs.bangladesh.calendar import dhaka_date
from libs.clock import Clock
from libs.contracts.programme import BodyDetails, BodyPage, FactView, RecordFact
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.web.callers.tokens import Staff
from libs.web.handling.routes import Routes
from services.programme.bodies import use_cases, views
from services.programme.bodies.overview import Overview

_ROLES: Final = ("programme",)
_READERS: Final = ("leadership", "programme")
_BASE: Final = "/v1/programme/bodies"

BodyId = Annotated[str, Field(description="Id of the body", examples=["mopa"])]

routes = Routes()


class BodiesQuery(BaseModel):
    """Which bodies, and which part of the list."""

    show: Annotated[
        Literal["all", "overdue", "due", "not_asked", "listed", "reached", "league"],
        Field(description="Only those in this state; `league`: those that owe a list, by rank"),
    ] = "all"
    q: Annotated[str, Field(max_length=100, description="Part of the name or id")] = ""
    after: Annotated[str | None, Field(max_length=40, description="`next` of the page before")] = (
        None
    )
    limit: Annotated[int, Field(ge=1, le=100, description="Most rows in one answer")] = 25


@routes.get(_BASE, roles=_READERS)
async def list_programme_bodies(
    query: BodiesQuery,
    staff: Staff,  # noqa: ARG001 -- checked before the handler is called
    tx: Transaction,
    overview: Overview,
    clock: Clock,
) -> BodyPage:
    """List bodies, the longest overdue first (leadership, programme)."""
    states = await use_cases.read_states(tx, overview, dhaka_date(clock.now()))
    return views.page(states, query.show, query.q, after=query.after, limit=query.limit)


@routes.get(f"{_BASE}/{{body}}", roles=_READERS, problems=("body_not_found",))
async def read_programme_body(
    body: BodyId,
    staff: Staff,  # noqa: ARG001 -- checked before the handler is called
    tx: Transaction,
    overview: Overview,
    clock: Clock,
) -> BodyDetails:
    """Show a body with all facts about it (leadership, programme).

    Raises:
        Refused: there is no such body.
    """
    if body not in bodies_by_id():
        raise Refused("body_not_found")
    states = await use_cases.read_states(tx, overview, dhaka_date(clock.now()))
    return views.details(states[body], (await overview.facts(tx)).values())


@routes.post(
    f"{_BASE}/{{body}}/facts",
    status=201,
    roles=_ROLES,
    problems=(
        "body_not_found",
        "fact_field_missing",
        "fact_field_of_other_kind",
        "body_replaced",
        "body_owes_no_list",
        "fact_ahead",
        "due_before_letter",
        "service_not_known",
        "service_of_other_body",
        "replacement_impossible",
        "correction_of_nothing",
        "correction_of_other_kind",
        "fact_corrected_before",
        "fact_was_announced",
        "extension_needed",
    ),
    example={
        "kind": "letter_sent",
        "day": "2026-06-22",
        "evidence": "letter 03.00.0000.001 of 22 June 2026",
        "asks": ["list"],
        "due_on": "2026-06-26",
    },
)
async def record_fact(
    body: BodyId,
    wanted: RecordFact,
    staff: Staff,
    tx: Transaction,
    overview: Overview,
    clock: Clock,
) -> FactView:
    """Record a fact about a body (programme).

    The same fact again adds nothing. Facts are never changed: a correction is a new one.
    """
    fact = await use_cases.record(tx, overview, body, wanted, by=staff.actor, at=clock.now())
    return views.fact_view(fact, None)
