"""HTTP routes of reminders, for the programme's staff."""

from typing import Annotated, Final

from pydantic import Field

from libs.bangladesh.calendar import dhaka_date
from libs.clock import Clock
from libs.contracts.programme import PutSuperior, ReminderList, Superior
from libs.database.transaction import Transaction
from libs.web.callers.tokens import Staff
from libs.web.handling.routes import Routes
from services.programme.reminders import use_cases

_ROLES: Final = ("programme",)
_BASE: Final = "/v1/programme/bodies/{body}"
_KNOWN: Final = ("role_missing", "body_not_found")

BodyId = Annotated[str, Field(description="Id of the body", examples=["mopa"])]
SuperiorId = Annotated[Superior, Field(description="Which post above")]

routes = Routes()


@routes.get(f"{_BASE}/reminders", roles=_ROLES, problems=_KNOWN)
async def list_reminders(
    body: BodyId,
    staff: Staff,  # noqa: ARG001 -- checked before the handler is called
    tx: Transaction,
    clock: Clock,
) -> ReminderList:
    """List who was told when of what is due or late at a body (programme)."""
    return await use_cases.read(tx, body, dhaka_date(clock.now()))


@routes.put(
    f"{_BASE}/superiors/{{superior}}",
    roles=_ROLES,
    recent_login=True,
    problems=_KNOWN,
    example={
        "post": "Joint Secretary (Administration)",
        "mail": "js.admin@example.gov.bd",
        "evidence": "letter 03.00.0000.001 of 22 June 2026",
    },
)
async def put_superior(
    body: BodyId,
    superior: SuperiorId,
    wanted: PutSuperior,
    staff: Staff,
    tx: Transaction,
    clock: Clock,
) -> ReminderList:
    """Set the post that late steps of a body are brought to (programme)."""
    await use_cases.put_superior(tx, body, superior, wanted, by=staff.actor, at=clock.now())
    return await use_cases.read(tx, body, dhaka_date(clock.now()))
