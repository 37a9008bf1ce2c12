"""Pages of ministries' systems: all of them, one, and what waits for it."""

import asyncio
from typing import Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from libs.bangladesh.bodies import bodies_by_id
from libs.contracts.dead_letters import DeadLetterList
from libs.contracts.language import Text
from libs.contracts.ministries import MinistryStatusList
from libs.contracts.ministry_operations import (
    ConnectionState,
    ConnectionStates,
    EscalationList,
    SettleDeliveries,
    StopOrResume,
    TryNow,
    WorkList,
)
from libs.contracts.topics import READING_SERVICES
from libs.errors import Refused, Unavailable
from libs.pages.errors import PageError
from libs.pages.formats import page_mark
from libs.pages.gateway import ApiProblem, Gateway, path_of
from libs.pages.posts import Posted
from libs.pages.rendering import Pages
from libs.pages.visits import Visit
from libs.web.handling.routes import Routes
from services.desk.staff.sessions import StaffVisit

routes = Routes(public=False)
_API: Final = "/v1/operations"
_WITHIN_S: Final = 3.0
"""A service that has not answered by then is a gap on the page."""
_OPERATOR: Final = "operator"
_MOST_CHARS: Final = 501


@routes.get("/operations")
async def show_operations(
    request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """Systems of ministries that do not work as they should, escalations, and dead letters."""
    await gateway.renew(staff)
    letters = await asyncio.gather(
        *(_read_letters(gateway, staff, name) for name in READING_SERVICES)
    )
    statuses = escalations = None
    if _OPERATOR in staff.session.get("roles", ()):
        statuses = await gateway.read(staff, MinistryStatusList, f"{_API}/status", personal=True)
        escalations = await gateway.read(
            staff, EscalationList, f"{_API}/escalations", personal=True
        )
    return pages.show(
        request,
        "operations.html",
        letters=dict(zip(READING_SERVICES, letters, strict=True)),
        statuses=statuses,
        escalations=escalations.items if escalations else (),
        names=_names(),
    )


@routes.get("/operations/systems/{ministry}")
async def show_system(
    ministry: str, request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """A ministry's system: its state, whether it is called, and the deliveries that wait."""
    return await _system(request, staff, pages, gateway, ministry)


@routes.post("/operations/systems/{ministry}")
async def act_on_system(
    ministry: str,
    request: Request,
    posted: Posted,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """Stop or resume calls, try what waits now, or close what the ministry has in another way."""
    try:
        await _act(gateway, staff, ministry, posted)
    except ApiProblem as failure:
        return await _system(request, staff, pages, gateway, ministry, posted, failure)
    return pages.go(request, path_of("/operations/systems/{id}", id=ministry))


async def _act(gateway: Gateway, staff: Visit, ministry: str, posted: Posted) -> None:
    """Do what the button of a form says.

    Raises:
        ApiProblem: the API does not take it.
    """
    why = posted.text("why")[:_MOST_CHARS]
    match posted.get("action"):
        case "stop" | "resume" as action:
            state = (await _connection(gateway, staff, ministry)).version
            wanted = StopOrResume.model_construct(
                version=state, is_stopped=action == "stop", reason=why
            )
            path = path_of(f"{_API}/connections/{{id}}/state", id=ministry)
            await gateway.post(staff, path, wanted, model=ConnectionState)
        case "settle":
            closed = SettleDeliveries.model_construct(delivery_ids=_chosen(posted), why=why)
            await gateway.do(staff, "POST", f"{_API}/settled-deliveries", closed)
        case _:
            tried = TryNow.model_construct(ministry=ministry, why=why)
            await gateway.do(staff, "POST", f"{_API}/attempts", tried)


def _chosen(posted: Posted) -> list[UUID]:
    """Return the deliveries that were ticked."""
    names = (name.removeprefix("delivery-") for name in posted if name.startswith("delivery-"))
    return [UUID(name) for name in names if page_mark(name)]


async def _system(  # noqa: PLR0913
    request: Request,
    staff: Visit,
    pages: Pages,
    gateway: Gateway,
    ministry: str,
    typed: Posted | None = None,
    failure: ApiProblem | None = None,
) -> Response:
    if ministry not in bodies_by_id():
        raise Refused("not_found")
    statuses = await gateway.read(staff, MinistryStatusList, f"{_API}/status", personal=True)
    path = path_of(f"{_API}/waiting-deliveries/{{id}}", id=ministry)
    query = {"after": page_mark(request.query_params.get("after", ""))}
    waiting = await gateway.read(staff, WorkList, path, query, personal=True)
    action = typed.get("action") if typed else None
    return pages.show(
        request,
        "system.html",
        status=failure.problem.status if failure else 200,
        ministry=ministry,
        name=_names()[ministry],
        system=next((system for system in statuses.items if system.ministry == ministry), None),
        connection=await _connection(gateway, staff, ministry),
        waiting=waiting,
        typed=typed or {},
        action=action,
        errors=[PageError(f"why-{action}", failure.message)] if failure else [],
    )


async def _connection(gateway: Gateway, staff: Visit, ministry: str) -> ConnectionState:
    """Read the newest version of a ministry's connection."""
    path = path_of(f"{_API}/connections/{{id}}", id=ministry)
    versions = await gateway.read(staff, ConnectionStates, path, personal=True)
    return versions.items[0]


async def _read_letters(gateway: Gateway, staff: Visit, service: str) -> DeadLetterList | None:
    """Read whether a service has dead letters; None if it does not answer.

    Raises:
        ApiProblem: whoever asks may not.
    """
    path = path_of(f"{_API}/{{service}}/dead-letters", service=service)
    try:
        async with asyncio.timeout(_WITHIN_S):
            return await gateway.read(staff, DeadLetterList, path, {"limit": "1"}, personal=True)
    except (Unavailable, TimeoutError):
        return None
    except ApiProblem as problem:
        if problem.code == "role_missing":
            raise
        return None


def _names() -> dict[str, Text]:
    bodies = bodies_by_id().values()
    return {body.body_id: Text(bn=body.name_bn, en=body.name_en) for body in bodies}
