"""HTTP routes of focal points: for the programme's staff, and for themselves."""

from typing import Annotated, Final

from pydantic import Field

from libs.bangladesh.bodies import bodies_by_id
from libs.bangladesh.calendar import dhaka_date
from libs.clock import Clock
from libs.contracts.programme import (
    BodyDetails,
    EndFocalPoint,
    FactView,
    FocalPointList,
    NameFocalPoint,
    RecordFact,
)
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.web.callers.tokens import Staff
from libs.web.handling.routes import Routes
from services.programme.bodies import use_cases as bodies
from services.programme.bodies import views
from services.programme.bodies.overview import Overview
from services.programme.focal_points import use_cases

_PROGRAMME: Final = ("programme",)
_FOCAL_POINT: Final = ("focal_point",)
_BASE: Final = "/v1/programme/bodies/{body}/focal-points"
_OWN: Final = "/v1/programme/own"
_REFUSED: Final = (
    "role_missing",
    "body_not_found",
    "body_replaced",
    "body_owes_no_list",
    "fact_ahead",
)

BodyId = Annotated[str, Field(description="Id of the body", examples=["mopa"])]

routes = Routes()


@routes.get(_BASE, roles=_PROGRAMME, problems=("role_missing", "body_not_found"))
async def list_focal_points(
    body: BodyId,
    staff: Staff,  # noqa: ARG001 -- checked before the handler is called
    tx: Transaction,
    overview: Overview,
    clock: Clock,
) -> FocalPointList:
    """Show who answers for a body today (programme).

    Raises:
        Refused: there is no such body.
    """
    if body not in bodies_by_id():
        raise Refused("body_not_found")
    return await _list(tx, overview, body, clock)


@routes.post(
    _BASE,
    status=201,
    roles=_PROGRAMME,
    recent_login=True,
    problems=(*_REFUSED, "until_before_day"),
    example={
        "duty": "focal_point",
        "post": "Joint Secretary (Administration)",
        "name": "Rahima Khatun",
        "mail": "js.admin@example.gov.bd",
        "phone": "+8801712345678",
        "day": "2026-06-22",
        "evidence": "letter 03.00.0000.001 of 22 June 2026",
    },
)
async def name_focal_point(
    body: BodyId,
    wanted: NameFocalPoint,
    staff: Staff,
    tx: Transaction,
    overview: Overview,
    clock: Clock,
) -> FocalPointList:
    """Record who answers for a body, from a day on, with the letter (programme)."""
    await use_cases.name(tx, overview, body, wanted, by=staff.actor, at=clock.now())
    return await _list(tx, overview, body, clock)


@routes.post(
    f"{_BASE}/end",
    roles=_PROGRAMME,
    recent_login=True,
    problems=_REFUSED,
    example={"duty": "deputy", "day": "2026-07-01", "evidence": "mail of 1 July 2026"},
)
async def end_focal_point(
    body: BodyId,
    wanted: EndFocalPoint,
    staff: Staff,
    tx: Transaction,
    overview: Overview,
    clock: Clock,
) -> FocalPointList:
    """Record that nobody has a duty of a body any more (programme)."""
    await use_cases.end(tx, overview, body, wanted, by=staff.actor, at=clock.now())
    return await _list(tx, overview, body, clock)


@routes.get(_OWN, roles=_FOCAL_POINT, problems=("role_missing",))
async def read_own_body(
    staff: Staff, tx: Transaction, overview: Overview, clock: Clock
) -> BodyDetails:
    """Show the own body: its steps and their days, services, connection, facts (focal_point)."""
    states = await bodies.read_states(tx, overview, dhaka_date(clock.now()))
    return views.details(states[body_of(staff)], (await overview.facts(tx)).values())


@routes.post(
    f"{_OWN}/facts",
    status=201,
    roles=_FOCAL_POINT,
    problems=(
        *_REFUSED,
        "fact_of_programme",
        "fact_field_missing",
        "fact_field_of_other_kind",
        "service_not_known",
        "service_of_other_body",
    ),
    example={
        "kind": "list_received",
        "day": "2026-06-25",
        "evidence": "our letter 05.00 of 25 June 2026",
        "others": ["Well permit"],
    },
)
async def record_own_fact(
    wanted: RecordFact, staff: Staff, tx: Transaction, overview: Overview, clock: Clock
) -> FactView:
    """Record the own list, the instructions received, or the vendor (focal_point)."""
    fact = await use_cases.record_own(
        tx, overview, body_of(staff), wanted, by=staff.actor, at=clock.now()
    )
    return views.fact_view(fact, None)


def body_of(staff: Staff) -> str:
    """Return the body of a focal point.

    Raises:
        Refused: the account has none.
    """
    if staff.post is None:
        raise Refused("role_missing")
    return staff.post.ministry


async def _list(tx: Transaction, overview: Overview, body: str, clock: Clock) -> FocalPointList:
    today = dhaka_date(clock.now())
    return FocalPointList(items=await use_cases.read(tx, overview, body, today))
