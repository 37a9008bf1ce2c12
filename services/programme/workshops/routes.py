"""HTTP routes of workshops: for the programme's staff, for those who lead, and for bodies."""

from typing import Annotated, Final
from uuid import UUID

from pydantic import Field

from libs.clock import Clock
from libs.contracts.lists import ListQuery
from libs.contracts.questions import QuestionView
from libs.contracts.vendors import AskAboutBody
from libs.contracts.workshops import (
    CreateWorkshop,
    NeverCameList,
    RecordAttendance,
    WorkshopDetails,
    WorkshopList,
    WriteMinutes,
)
from libs.database.transaction import Transaction
from libs.web.callers.tokens import Staff
from libs.web.handling.routes import Routes
from services.programme.bodies.overview import Overview
from services.programme.focal_points.routes import body_of
from services.programme.workshops import use_cases

_PROGRAMME: Final = ("programme",)
_READERS: Final = ("leadership", "programme")
_FOCAL_POINT: Final = ("focal_point",)
_ALL: Final = "/v1/programme/workshops"
_ONE: Final = f"{_ALL}/{{workshop_id}}"

WorkshopId = Annotated[UUID, Field(description="Id of the workshop")]

routes = Routes()


@routes.get(_ALL, roles=_READERS)
async def list_workshops(
    query: ListQuery,
    staff: Staff,  # noqa: ARG001 -- checked before the handler is called
    tx: Transaction,
) -> WorkshopList:
    """List the workshops, the latest set first (leadership, programme)."""
    return await use_cases.read_all(tx, None, query)


@routes.post(
    _ALL,
    status=201,
    roles=_PROGRAMME,
    problems=("body_not_found",),
    example={
        "topic": "Connecting a system",
        "day": "2026-07-12",
        "place": "ICT Tower, Agargaon",
        "bodies": ["mopa"],
    },
)
async def create_workshop(
    wanted: CreateWorkshop, staff: Staff, tx: Transaction, overview: Overview, clock: Clock
) -> WorkshopDetails:
    """Set a workshop and invite bodies (programme)."""
    return await use_cases.create(tx, overview, wanted, by=staff.actor, at=clock.now())


@routes.get("/v1/programme/never-came", roles=_READERS)
async def list_never_came(
    staff: Staff,  # noqa: ARG001 -- checked before the handler is called
    tx: Transaction,
    clock: Clock,
) -> NeverCameList:
    """List bodies that were invited to workshops and never came (leadership, programme)."""
    return await use_cases.read_never_came(tx, clock.now())


@routes.get(_ONE, roles=_READERS)
async def read_workshop(
    workshop_id: WorkshopId,
    staff: Staff,  # noqa: ARG001 -- checked before the handler is called
    tx: Transaction,
    clock: Clock,
) -> WorkshopDetails:
    """Show a workshop with its bodies, and what was asked there (leadership, programme)."""
    return await use_cases.read(tx, workshop_id, clock.now())


@routes.put(
    f"{_ONE}/attendance",
    roles=_PROGRAMME,
    problems=("body_not_found", "workshop_ahead"),
    example={"bodies": ["mopa"]},
)
async def record_workshop_attendance(
    workshop_id: WorkshopId, body: RecordAttendance, staff: Staff, tx: Transaction, clock: Clock
) -> WorkshopDetails:
    """Record which bodies came; the last record counts (programme)."""
    return await use_cases.record_attendance(
        tx, workshop_id, body.bodies, by=staff.actor, at=clock.now()
    )


@routes.put(
    f"{_ONE}/minutes",
    roles=_PROGRAMME,
    problems=("workshop_ahead", "question_names_person"),
    example={"minutes": "Shown: how a system is checked. Agreed: a check by the end of July."},
)
async def write_minutes(
    workshop_id: WorkshopId, body: WriteMinutes, staff: Staff, tx: Transaction, clock: Clock
) -> WorkshopDetails:
    """Write the minutes, which the bodies of the workshop read (programme)."""
    return await use_cases.write_minutes(
        tx, workshop_id, body.minutes, by=staff.actor, at=clock.now()
    )


@routes.post(
    f"{_ONE}/questions",
    status=201,
    roles=_PROGRAMME,
    problems=("body_not_found", "workshop_ahead", "question_names_person"),
    example={"body": "mopa", "question": "May the adapter send decisions once a day?"},
)
async def record_question_of_workshop(
    workshop_id: WorkshopId, wanted: AskAboutBody, staff: Staff, tx: Transaction, clock: Clock
) -> QuestionView:
    """Record what a body asked at a workshop (programme)."""
    return await use_cases.record_question(
        tx, workshop_id, wanted.body, wanted.question, by=staff.actor, at=clock.now()
    )


@routes.get("/v1/programme/own/workshops", roles=_FOCAL_POINT, problems=("role_missing",))
async def list_own_workshops(query: ListQuery, staff: Staff, tx: Transaction) -> WorkshopList:
    """List the workshops to which the own body is invited, with their minutes (focal_point)."""
    return await use_cases.read_all(tx, body_of(staff), query)
