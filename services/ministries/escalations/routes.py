"""The operators' routes to escalations and to deliveries that wait for a ministry."""

from typing import Annotated, Final
from uuid import UUID

from pydantic import BaseModel, Field

from libs.bangladesh.calendar import dhaka_date
from libs.clock import utc_now
from libs.contracts.ministry_operations import (
    EscalationList,
    EscalationView,
    SettleDeliveries,
    TryNow,
    WaitingDeliveryView,
    WorkList,
)
from libs.database.transaction import Transaction
from libs.web.callers.tokens import Staff
from libs.web.handling.routes import Routes
from services.ministries.escalations import use_cases

_ROLES: Final = ("operator",)
_BASE: Final = "/v1/operations"

Ministry = Annotated[str, Field(description="Id of the ministry", examples=["mopa"])]

routes = Routes()


class WorkListQuery(BaseModel):
    """Which part of a work list."""

    after: Annotated[UUID | None, Field(description="`next` of the page before")] = None
    limit: Annotated[int, Field(ge=1, le=500, description="Most rows in one answer")] = 100


@routes.get(f"{_BASE}/escalations", roles=_ROLES, problems=("role_missing",))
async def list_escalations(
    staff: Staff,  # noqa: ARG001 -- checked before the handler is called
    tx: Transaction,
) -> EscalationList:
    """List ministries whose submissions wait for too long, and their contacts (operators)."""
    escalations, points = await use_cases.read_escalations(tx, dhaka_date(utc_now()))
    items = []
    for escalation in escalations:
        point = points.get((escalation.ministry, escalation.level))
        items.append(
            EscalationView(
                ministry=escalation.ministry,
                level=escalation.level,
                waiting_since=escalation.waiting_since,
                opened_at=escalation.opened_at,
                trouble=escalation.trouble,
                post=point.post if point else None,
                name=point.name if point else None,
                email=point.email if point else None,
            )
        )
    return EscalationList(items=items)


@routes.get(
    f"{_BASE}/waiting-deliveries/{{ministry}}",
    roles=_ROLES,
    problems=("role_missing", "body_not_found"),
)
async def list_waiting_deliveries(
    ministry: Ministry,
    query: WorkListQuery,
    staff: Staff,  # noqa: ARG001 -- checked before the handler is called
    tx: Transaction,
) -> WorkList:
    """List deliveries that wait for a ministry (operators)."""
    found = await use_cases.read_work_list(tx, ministry, after=query.after, limit=query.limit)
    items = [
        WaitingDeliveryView.model_validate(waiting_delivery, from_attributes=True)
        for waiting_delivery in found
    ]
    return WorkList(items=items, next=items[-1].delivery_id if len(items) == query.limit else None)


@routes.post(
    f"{_BASE}/attempts",
    roles=_ROLES,
    recent_login=True,
    problems=("role_missing", "body_not_found"),
    example={"ministry": "mopa", "why": "mopa says that its system works again"},
)
async def try_deliveries_now(body: TryNow, staff: Staff, tx: Transaction) -> None:
    """Try all that waits for a ministry now (operators)."""
    await use_cases.try_now(tx, body.ministry, why=body.why, by=staff.actor)


@routes.post(
    f"{_BASE}/settled-deliveries",
    roles=_ROLES,
    recent_login=True,
    problems=("role_missing", "delivery_not_waiting"),
    example={
        "delivery_ids": ["0198a5b0-5c1e-7d20-9b7a-3f6f0c1d2e3f"],
        "why": "mopa took it on paper, letter of 3 May",
    },
)
async def settle_deliveries(body: SettleDeliveries, staff: Staff, tx: Transaction) -> None:
    """Close deliveries that the ministry has in another way (operators)."""
    await use_cases.settle(tx, body.delivery_ids, why=body.why, by=staff.actor)
