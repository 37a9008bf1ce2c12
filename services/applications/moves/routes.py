"""The operators' routes to moves of open applications."""

from typing import Annotated, Final
from uuid import UUID

from pydantic import Field

from libs.clock import Clock
from libs.contracts.lists import ListQuery
from libs.contracts.moves import ChangeView, MoveList, MoveView, PlanMove, StartMove
from libs.database.transaction import Transaction
from libs.web.callers.tokens import Staff
from libs.web.handling.routes import Routes
from services.applications.moves import use_cases
from services.applications.moves.rules import Change, Move
from services.applications.public_services.cache import PublicServiceCache

_ROLES: Final = ("operator",)
_BASE: Final = "/v1/operations/moves"

MoveId = Annotated[UUID, Field(description="Id of the move")]

routes = Routes()


@routes.get(_BASE, roles=_ROLES, problems=("role_missing",))
async def list_moves(
    query: ListQuery,
    staff: Staff,  # noqa: ARG001 -- checked before the handler is called
    tx: Transaction,
) -> MoveList:
    """List the last moves of open applications (operators)."""
    found = await use_cases.read_moves(tx, after=query.after, limit=query.one_more)
    page, following = query.page(found, lambda move: move.move_id)
    return MoveList(items=[_view(move) for move in page], next=following)


@routes.post(
    _BASE,
    roles=_ROLES,
    recent_login=True,
    problems=("role_missing", "public_service_unknown", "move_under_way"),
    example={"public_service_id": "S010", "reason": "the zones of Dhaka North changed"},
)
async def plan_move(
    body: PlanMove, staff: Staff, tx: Transaction, services: PublicServiceCache, clock: Clock
) -> MoveView:
    """Plan a move: count the applications that it would change, and change none (operators)."""
    move = await use_cases.plan(
        tx,
        services,
        body.public_service_id,
        on_day=body.on_day,
        reason=body.reason,
        by=staff.actor,
        at=clock.now(),
    )
    return _view(move)


@routes.post(
    f"{_BASE}/{{move_id}}/start",
    roles=_ROLES,
    recent_login=True,
    problems=(
        "role_missing",
        "move_unknown",
        "move_not_counted",
        "move_not_yet",
        "move_count_differs",
    ),
    example={"expected": 1200},
)
async def start_move(
    move_id: MoveId, body: StartMove, staff: Staff, tx: Transaction, clock: Clock
) -> MoveView:
    """Start a move that was counted (operators)."""
    move = await use_cases.start(
        tx, move_id, expected=body.expected, by=staff.actor, at=clock.now()
    )
    return _view(move)


@routes.post(
    f"{_BASE}/{{move_id}}/cancellation",
    roles=_ROLES,
    recent_login=True,
    problems=("role_missing", "move_unknown", "move_not_counted"),
)
async def cancel_move(
    move_id: MoveId,
    staff: Staff,  # noqa: ARG001 -- checked before the handler is called
    tx: Transaction,
    clock: Clock,
) -> MoveView:
    """Cancel a move; applications that it has moved stay where they are (operators)."""
    return _view(await use_cases.cancel(tx, move_id, at=clock.now()))


def _view(move: Move) -> MoveView:
    return MoveView(
        move_id=move.move_id,
        public_service_id=move.public_service_id,
        on_day=move.on_day,
        state=move.state,
        planned_at=move.planned_at,
        planned_by=move.planned_by,
        reason=move.reason,
        started_at=move.started_at,
        started_by=move.started_by,
        ended_at=move.ended_at,
        planned=[_change(change, count) for change, count in move.planned.items()],
        done=[_change(change, count) for change, count in move.done.items()],
    )


def _change(change: Change, applications: int) -> ChangeView:
    return ChangeView(
        from_ministry=change.from_ministry,
        from_office=change.from_office or None,
        to_ministry=change.to_ministry,
        to_office=change.to_office or None,
        applications=applications,
    )
