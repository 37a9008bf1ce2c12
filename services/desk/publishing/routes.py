"""Pages of editors and publishers: the list, one public service, and the form of its draft."""

from typing import Any, Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from libs.bangladesh.bodies import bodies
from libs.contracts.accounts import RejectProposal
from libs.contracts.language import Text
from libs.contracts.publishing import (
    ProposeService,
    PublishedServiceList,
    PublishService,
    ServiceContent,
    ServiceHistory,
    ServiceProposal,
    ServicePublishing,
    ServiceVersionView,
    StopService,
)
from libs.pages.errors import PageError
from libs.pages.gateway import ApiProblem, Gateway, path_of
from libs.pages.posts import Posted
from libs.pages.rendering import Pages
from libs.pages.visits import Visit
from libs.web.handling.routes import Routes
from services.desk.publishing.drafts import FIELDS, content_of, errors_of, typed_of
from services.desk.staff.sessions import StaffVisit

routes = Routes(public=False)

_API: Final = "/v1/publishing/services"
_PROPOSALS: Final = "/v1/publishing/proposals"


@routes.get("/publishing")
async def show_published_services(
    request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """The public services that I publish, those that wait for a publisher first."""
    listed = await gateway.read(staff, PublishedServiceList, _API, personal=True)
    return pages.show(request, "publishing.html", listed=listed, names=_names())


@routes.get("/publishing/{public_service_id}")
async def show_publishing(
    public_service_id: str, request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """One public service: versions, draft, proposals, and what I can do."""
    return await _page(request, pages, gateway, staff, public_service_id)


@routes.get("/publishing/{public_service_id}/draft")
async def show_draft(
    public_service_id: str, request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """The form of the draft; it begins with what holds."""
    found = await _read(gateway, staff, public_service_id)
    content = found.draft.content if found.draft else found.beginning
    return _form(request, pages, found, typed_of(content), [])


@routes.post("/publishing/{public_service_id}/draft")
async def write_draft(
    public_service_id: str,
    request: Request,
    posted: Posted,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """Keep the draft; what is wrong with it is shown at its fields."""
    path, wanted = f"{_path(public_service_id)}/draft", {"content": content_of(posted)}
    try:
        saved = await gateway.replace(staff, path, wanted, model=ServicePublishing)
    except ApiProblem as failure:
        found = await _read(gateway, staff, public_service_id)
        wrong = PageError("name-bn", failure.message)
        return _form(request, pages, found, posted, [wrong], failure.problem.status)
    problems = saved.draft.problems if saved.draft else []
    if problems:
        errors = errors_of(problems, posted, staff.language)
        return _form(request, pages, saved, posted, errors, 422)
    return pages.go(request, path_of("/publishing/{id}", id=public_service_id))


@routes.post("/publishing/{public_service_id}/proposals")
async def propose(
    public_service_id: str,
    request: Request,
    posted: Posted,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """Propose the draft, with the reason that the public history shows."""
    wanted = ProposeService.model_construct(reason=posted.text("reason"))
    path = f"{_path(public_service_id)}/proposals"
    return await _act(request, pages, gateway, staff, public_service_id, path, wanted, "reason")


@routes.post("/publishing/{public_service_id}/stops")
async def stop(
    public_service_id: str,
    request: Request,
    posted: Posted,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """Close the service, or send people to its office for the fee."""
    kind: Any = posted.text("kind")
    wanted = StopService.model_construct(kind=kind, reason=posted.text("stop-reason"))
    path = f"{_path(public_service_id)}/stops"
    return await _act(
        request, pages, gateway, staff, public_service_id, path, wanted, "stop-reason"
    )


@routes.post("/publishing/{public_service_id}/proposals/{proposal_id}")
async def answer(  # noqa: PLR0913
    public_service_id: str,
    proposal_id: UUID,
    request: Request,
    posted: Posted,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """Publish what an editor has proposed from a day on, or reject it with a reason."""
    if posted.text("action") == "publish":
        typed: Any = posted.text("valid_from") or None
        wanted: Any = PublishService.model_construct(valid_from=typed)
        path, place = f"{_PROPOSALS}/{proposal_id}/approval", "valid_from"
    else:
        wanted = RejectProposal.model_construct(reason=posted.text("rejection") or None)
        path, place = f"{_PROPOSALS}/{proposal_id}/rejection", "rejection"
    return await _act(request, pages, gateway, staff, public_service_id, path, wanted, place)


async def _act(  # noqa: PLR0913
    request: Request,
    pages: Pages,
    gateway: Gateway,
    staff: Visit,
    public_service_id: str,
    path: str,
    wanted: Any,
    place: str,
) -> Response:
    """Do something, and show the service again; what is wrong stands at a field."""
    models: dict[str, Any] = {"approval": ServiceVersionView, "rejection": ServiceProposal}
    model = models.get(path.rpartition("/")[2], ServicePublishing)
    try:
        await gateway.post(staff, path, wanted, model=model)
    except ApiProblem as failure:
        wrong = PageError(place, failure.message)
        return await _page(
            request, pages, gateway, staff, public_service_id, wrong, failure.problem.status
        )
    return pages.go(request, path_of("/publishing/{id}", id=public_service_id))


async def _page(  # noqa: PLR0913
    request: Request,
    pages: Pages,
    gateway: Gateway,
    staff: Visit,
    public_service_id: str,
    wrong: PageError | None = None,
    status: int = 200,
) -> Response:
    found = await _read(gateway, staff, public_service_id)
    history = await gateway.read(
        staff, ServiceHistory, path_of("/v1/services/{id}/history", id=public_service_id)
    )
    draft = found.draft
    return pages.show(
        request,
        "publishing_service.html",
        status=status,
        found=found,
        draft=ServiceContent.model_validate(draft.content)
        if draft and not draft.problems
        else None,
        history=history,
        fields=FIELDS,
        names=_names(),
        errors=[wrong] if wrong else [],
    )


def _form(
    request: Request,
    pages: Pages,
    found: ServicePublishing,
    typed: Any,
    errors: list[PageError],
    status: int = 200,
) -> Response:
    return pages.show(
        request,
        "publishing_draft.html",
        status=status,
        found=found,
        typed=typed,
        fields=FIELDS,
        errors=errors,
    )


def _path(public_service_id: str) -> str:
    return path_of(f"{_API}/{{id}}", id=public_service_id)


async def _read(gateway: Gateway, staff: Visit, public_service_id: str) -> ServicePublishing:
    return await gateway.read(staff, ServicePublishing, _path(public_service_id), personal=True)


def _names() -> dict[str, Text]:
    return {body.body_id: Text(bn=body.name_bn, en=body.name_en) for body in bodies()}
