"""HTTP routes of absences, for officers and the programme's staff."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from libs.clock import Clock
from libs.contracts.absences import AbsenceRecorded, AbsencesPage, RecordAbsence
from libs.database.transaction import Transaction
from libs.web.callers.tokens import Staff
from libs.web.handling.routes import Routes
from services.identity.absences import use_cases

routes = Routes()
_ROLES = ("officer", "programme")


class AbsencesQuery(BaseModel):
    """Whose absences."""

    officer_id: Annotated[
        UUID | None, Field(description="Of whom; without it mine. Others' are for the programme")
    ] = None


@routes.get("/v1/absences", roles=_ROLES)
async def list_absences(
    query: AbsencesQuery, staff: Staff, tx: Transaction, clock: Clock
) -> AbsencesPage:
    """List my absences and whom I stand in for, or those of an officer (officers, programme)."""
    return await use_cases.read(tx, query.officer_id, staff, clock.now())


@routes.post(
    "/v1/absences",
    status=201,
    roles=_ROLES,
    recent_login=True,
    problems=(
        "absence_days_wrong",
        "absence_overlaps",
        "deputy_unfit",
        "deputy_away",
        "deputy_of_deputy",
        "office_unknown",
    ),
    example={
        "since": "2027-01-03",
        "until": "2027-01-10",
        "deputy_id": "0192f3a0-0000-7000-8000-00000000000a",
        "reason": "order 12 of the office, 30 December 2026",
    },
)
async def record_absence(
    body: RecordAbsence, staff: Staff, tx: Transaction, clock: Clock
) -> AbsenceRecorded:
    """Record that I am away, and which colleague has my duties meanwhile (officers, programme).

    The absence of another officer is proposed by the programme, and a second person approves it as
    other proposals: `POST /v1/proposals/{proposal_id}/approval`.
    """
    return await use_cases.record(tx, body, staff, clock.now())


@routes.delete("/v1/absences/{absence_id}", roles=_ROLES, recent_login=True)
async def end_absence(absence_id: UUID, staff: Staff, tx: Transaction) -> None:
    """End my absence now, or that of an officer; the deputy acts no more (officers, programme)."""
    await use_cases.end(tx, absence_id, staff)
