"""Pages of pools: what waits to be ranked, a list with its facts, a tie, and the second officer."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from libs.contracts.pools import (
    CancelPoolList,
    ChooseTied,
    ConfirmPoolList,
    DrawPoolList,
    PoolOfOffice,
    Pools,
    RankedPool,
)
from libs.pages.errors import PageError
from libs.pages.gateway import ApiProblem, Gateway, path_of
from libs.pages.posts import Posted
from libs.pages.rendering import Pages
from libs.web.handling.routes import Routes
from services.desk.staff.forms import errors_of, number_in
from services.desk.staff.sessions import StaffVisit

routes = Routes(public=False)

_API: Final = "/v1/cases/pools"
_WANTED: Final = ("duty", "workflow", "step", "group")
_NO_NUMBER: Final = -1
_LONGEST: Final = 501
_PLACE_OF: Final[Mapping[str, str]] = {"confirm": "expected", "tie": "tie", "cancel": "reason"}
"""Where what is wrong is shown, by what was wanted."""


@routes.get("/pools")
async def show_pools(
    request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """What waits to be ranked for my duties, by group, and the last lists."""
    pools = await gateway.read(staff, Pools, _API, personal=True)
    return pages.show(request, "pools.html", pools=pools)


@routes.get("/pools/draw")
async def ask_for_quota(
    request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """Ask for the quota of a group, and for the order that sets it."""
    wanted = {name: request.query_params.get(name, "")[:120] for name in _WANTED}
    return await _ask(request, staff, pages, gateway, wanted)


@routes.post("/pools/draw")
async def draw(
    request: Request, posted: Posted, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """Draw a list; none of its cases is moved."""
    wanted: dict[str, Any] = {name: posted.text(name)[:120] for name in _WANTED}
    body = DrawPoolList.model_construct(
        **wanted,
        quota=number_in(posted.text("quota"), _NO_NUMBER),
        order=posted.text("order")[:_LONGEST],
    )
    try:
        drawn = await gateway.post(staff, _API, body, model=RankedPool)
    except ApiProblem as failure:
        return await _ask(request, staff, pages, gateway, posted, failure)
    return pages.go(request, _page_of(drawn.list_id))


@routes.get("/pools/{list_id}")
async def show_list(
    list_id: UUID, request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """A list: its cases with the facts, and who may go on with it."""
    return await _list(request, staff, pages, gateway, list_id)


@routes.post("/pools/{list_id}")
async def act_on_list(
    list_id: UUID,
    request: Request,
    posted: Posted,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """Decide its tie, confirm it with the number that a person has typed, or cancel it."""
    path, action = path_of(f"{_API}/{{id}}", id=str(list_id)), posted.text("action")
    reason = posted.text("reason")[:_LONGEST]
    try:
        if action == "tie":
            tie = ChooseTied.model_construct(case_ids=list(_chosen(posted)), reason=reason)
            await gateway.post(staff, f"{path}/tie", tie, model=RankedPool)
        elif action == "cancel":
            cancelled = CancelPoolList.model_construct(reason=reason or None)
            await gateway.post(staff, f"{path}/cancellation", cancelled, model=RankedPool)
        else:
            number = ConfirmPoolList.model_construct(
                expected=number_in(posted.text("expected"), _NO_NUMBER)
            )
            await gateway.post(staff, f"{path}/confirmation", number, model=RankedPool)
    except ApiProblem as failure:
        return await _list(request, staff, pages, gateway, list_id, posted, failure)
    return pages.go(request, _page_of(list_id))


async def _ask(
    request: Request,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
    wanted: Mapping[str, str],
    failure: ApiProblem | None = None,
) -> Response:
    pools = await gateway.read(staff, Pools, _API, personal=True)
    pool = next((each for each in pools.items if _is(each, wanted)), None)
    if pool is None:
        return pages.go(request, "/pools")
    return pages.show(
        request,
        "pool_draw.html",
        status=failure.problem.status if failure else 200,
        pool=pool,
        typed=wanted,
        errors=errors_of(failure, "quota") if failure else [],
    )


def _is(pool: PoolOfOffice, wanted: Mapping[str, str]) -> bool:
    return all(getattr(pool, name) == wanted.get(name, "") for name in _WANTED)


async def _list(  # noqa: PLR0913
    request: Request,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
    list_id: UUID,
    typed: Mapping[str, str] | None = None,
    failure: ApiProblem | None = None,
) -> Response:
    path = path_of(f"{_API}/{{id}}", id=str(list_id))
    query = {"after": str(max(number_in(request.query_params.get("after", ""), 0), 0))}
    shown = await gateway.read(staff, RankedPool, path, query, personal=True)
    place = _PLACE_OF.get((typed or {}).get("action", ""), "expected")
    errors = [PageError(place, error.message) for error in _wrong(failure, place)]
    return pages.show(
        request,
        "pool_list.html",
        status=failure.problem.status if failure else 200,
        shown=shown,
        typed=typed or {},
        errors=errors,
    )


def _chosen(posted: Posted) -> Iterator[UUID]:
    """Yield the cases that are ticked; a name that is none is left out."""
    for name in posted:
        if name.startswith("case-"):
            with suppress(ValueError):
                yield UUID(name.removeprefix("case-"))


def _wrong(failure: ApiProblem | None, place: str) -> list[PageError]:
    return errors_of(failure, place) if failure else []


def _page_of(list_id: UUID) -> str:
    return path_of("/pools/{id}", id=str(list_id))
