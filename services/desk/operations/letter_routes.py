"""Pages of dead letters: of each service a list, one, replays, settlements, and the journal."""

from typing import Annotated, Any, Final

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from libs.contracts.dead_letters import (
    DeadLetterContent,
    DeadLetterList,
    DeadLetterView,
    Journal,
    LookAtDeadLetter,
    ReplayDeadLetters,
    ReplayReport,
    SettleDeadLetters,
)
from libs.contracts.topics import READING_SERVICES
from libs.errors import Refused
from libs.pages.errors import PageError
from libs.pages.gateway import ApiProblem, Gateway, path_of
from libs.pages.posts import Posted
from libs.pages.rendering import Pages
from libs.pages.visits import Visit
from libs.web.handling.routes import Routes
from services.desk.staff.forms import typed_in
from services.desk.staff.sessions import StaffVisit

routes = Routes(public=False)
LetterId = Annotated[int, Field(ge=1, le=2**63 - 1)]
_API: Final = "/v1/operations/{service}"
_PAGE: Final = "/operations/{service}/dead-letters"
_NOTICE: Final = "replay_report"
_FILTERS: Final = ("reason", "destination")
_MOST_CHARS: Final = 501


@routes.get("/operations/{of_service}/dead-letters")
async def show_letters(
    of_service: str, request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """The open dead letters of a service, the oldest first; those of a reason or destination."""
    return await _list(request, staff, pages, gateway, of_service)


@routes.post("/operations/{of_service}/dead-letters")
async def replay_selected(
    of_service: str,
    request: Request,
    posted: Posted,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """Count what a selection has, or replay it."""
    chosen: dict[str, Any] = typed_in(posted, _FILTERS)
    wanted = ReplayDeadLetters.model_construct(
        **chosen, why=_why(posted), dry_run="count" in posted
    )
    try:
        report = await _replay(gateway, staff, of_service, wanted)
    except ApiProblem as failure:
        return await _list(request, staff, pages, gateway, of_service, posted, failure)
    return await _list(request, staff, pages, gateway, of_service, posted, report=report)


@routes.get("/operations/{of_service}/dead-letters/{letter_id}")
async def show_letter(
    of_service: str,
    letter_id: LetterId,
    request: Request,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """A dead letter without its content, and what can be done."""
    return await _letter(request, staff, pages, gateway, of_service, letter_id)


@routes.post("/operations/{of_service}/dead-letters/{letter_id}")
async def act_on_letter(  # noqa: PLR0913
    of_service: str,
    letter_id: LetterId,
    request: Request,
    posted: Posted,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """Replay or settle a dead letter, or show its content to whoever may read it."""
    why, action = _why(posted), posted.get("action", "")
    path = path_of(f"{_API}/settlements", service=of_service)
    try:
        if action == "look":
            content = await _look(gateway, staff, of_service, letter_id, why)
            return pages.show(request, "letter_content.html", service=of_service, content=content)
        if action == "settle":
            settled = SettleDeadLetters.model_construct(ids=[letter_id], why=why)
            report = await gateway.post(staff, path, settled, model=ReplayReport)
        else:
            wanted = ReplayDeadLetters.model_construct(ids=[letter_id], why=why)
            report = await _replay(gateway, staff, of_service, wanted)
    except ApiProblem as failure:
        return await _letter(request, staff, pages, gateway, of_service, letter_id, posted, failure)
    staff.keep(**{_NOTICE: report.model_dump(mode="json")})
    return pages.go(request, path_of(_PAGE, service=of_service))


@routes.get("/operations/{of_service}/journal")
async def show_journal(
    of_service: str, request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """Who did what to dead letters of a service, and why; the newest first."""
    _check(of_service)
    query = {"after": request.query_params.get("after")}
    path = path_of(f"{_API}/journal", service=of_service)
    journal = await gateway.read(staff, Journal, path, query, personal=True)
    return pages.show(request, "journal.html", service=of_service, journal=journal)


async def _list(  # noqa: PLR0913
    request: Request,
    staff: Visit,
    pages: Pages,
    gateway: Gateway,
    service: str,
    typed: Posted | None = None,
    failure: ApiProblem | None = None,
    *,
    report: ReplayReport | None = None,
) -> Response:
    _check(service)
    asked: Any = request.query_params if typed is None else typed
    chosen = {name: asked.get(name) or None for name in _FILTERS}
    query = {**chosen, "after": request.query_params.get("after")}
    path = path_of(f"{_API}/dead-letters", service=service)
    listed = await gateway.read(staff, DeadLetterList, path, query, personal=True)
    kept = staff.take(_NOTICE)
    shown = report or (ReplayReport.model_validate(kept) if kept else None)
    return pages.show(
        request,
        "letters.html",
        status=failure.problem.status if failure else 200,
        service=service,
        services=READING_SERVICES,
        listed=listed,
        query=query,
        is_counted=typed is not None and "count" in typed,
        report=shown,
        typed=typed or {},
        errors=[PageError("why", failure.message)] if failure else [],
    )


async def _letter(  # noqa: PLR0913
    request: Request,
    staff: Visit,
    pages: Pages,
    gateway: Gateway,
    service: str,
    letter_id: int,
    typed: Posted | None = None,
    failure: ApiProblem | None = None,
) -> Response:
    _check(service)
    path = path_of(f"{_API}/dead-letters/{{id}}", service=service, id=str(letter_id))
    letter = await gateway.read(staff, DeadLetterView, path, personal=True)
    return pages.show(
        request,
        "letter.html",
        status=failure.problem.status if failure else 200,
        service=service,
        letter=letter,
        roles=staff.session.get("roles", ()),
        typed=typed or {},
        errors=[PageError("why", failure.message)] if failure else [],
    )


async def _replay(
    gateway: Gateway, staff: Visit, service: str, wanted: ReplayDeadLetters
) -> ReplayReport:
    path = path_of(f"{_API}/replays", service=service)
    return await gateway.post(staff, path, wanted, model=ReplayReport)


async def _look(
    gateway: Gateway, staff: Visit, service: str, letter_id: int, why: str
) -> DeadLetterContent:
    wanted = LookAtDeadLetter.model_construct(dead_letter_id=letter_id, why=why)
    path = path_of(f"{_API}/looks", service=service)
    return await gateway.post(staff, path, wanted, model=DeadLetterContent)


def _why(posted: Posted) -> str:
    return posted.text("why")[:_MOST_CHARS]


def _check(service: str) -> None:
    """Check that a service has dead letters.

    Raises:
        Refused: there is no such service.
    """
    if service not in READING_SERVICES:
        raise Refused("not_found")
