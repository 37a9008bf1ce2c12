"""HTTP routes of the duties of officers, for the programme's staff."""

from uuid import UUID

from libs.clock import Clock
from libs.contracts.offices import DutyList, DutyProposed, ProposeDuty
from libs.database.transaction import Transaction
from libs.web.callers.tokens import Staff
from libs.web.handling.routes import Routes
from services.identity.duties import use_cases

routes = Routes()


@routes.get("/v1/officers/{officer_id}/duties", roles=("programme",))
async def list_duties(
    officer_id: UUID,
    staff: Staff,  # noqa: ARG001 -- checked before the handler is called
    tx: Transaction,
    clock: Clock,
) -> DutyList:
    """List the duties of an officer at the present office, with their last days (programme)."""
    given = await use_cases.read_duties(tx, officer_id, clock.now())
    return DutyList(items=[duty.duty for duty in given], given=given)


@routes.post(
    "/v1/officers/{officer_id}/duties",
    status=201,
    roles=("programme",),
    recent_login=True,
    problems=("office_unknown", "own_account", "duty_day_passed"),
    example={"duty": "secretary", "reason": "order 12 of the office"},
)
async def propose_duty(
    officer_id: UUID, body: ProposeDuty, staff: Staff, tx: Transaction, clock: Clock
) -> DutyProposed:
    """Propose that an officer gets a duty, or that it ends; a second person approves (programme).

    Whoever stands in for an absent colleague gets the colleague's duty until a day.

    It is approved as other proposals are: `POST /v1/proposals/{proposal_id}/approval`.
    """
    act = await use_cases.propose_duty(tx, officer_id, body, staff.staff_id, clock.now())
    return DutyProposed(proposal_id=act.act_id, kind=act.kind)
