"""Pages of the programme and of operators: what two people publish, its drafts, and trials."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from libs.contracts.accounts import RejectProposal
from libs.contracts.connections import RuleVersions, ServiceConnections
from libs.contracts.publications import (
    DraftProblems,
    ProposePublication,
    PublicationList,
    PublicationProposal,
    PublicationSeries,
    PublishedVersion,
    Tried,
    TryDraft,
)
from libs.pages.errors import PageError
from libs.pages.gateway import ApiProblem, Gateway, path_of
from libs.pages.posts import Posted
from libs.pages.rendering import Pages
from libs.web.handling.routes import Routes
from services.desk.publications.contents import choices_of, content_of, typed_of
from services.desk.staff.sessions import StaffVisit

routes = Routes(public=False)

_API: Final = "/v1/operations/publications"
_PROPOSALS: Final = "/v1/operations/publication-proposals"


@routes.get("/publications")
async def show_publications(
    request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """List what was published, with a form to begin a new one."""
    asked = request.query_params
    if asked.get("series"):
        series = asked["series"].strip()[:60]
        return pages.go(request, _page_of(asked.get("kind", "")[:20] or "workflow", series))
    listed = await gateway.read(staff, PublicationList, _API, personal=True)
    return pages.show(request, "publications.html", listed=listed)


@routes.get("/publications/connections")
async def show_connections(
    request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """What hands over the submissions of each public service, now and later."""
    listed = await gateway.read(
        staff, ServiceConnections, "/v1/operations/service-connections", personal=True
    )
    return pages.show(request, "connections.html", services=listed.items)


@routes.get("/publications/{kind}/{series}")
async def show_series(
    kind: str, series: str, request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """A workflow, a tariff or a year: its versions, its draft with what is wrong, its proposals."""
    return await _series(request, staff, pages, gateway, (kind, series))


@routes.get("/publications/{kind}/{series}/draft")
async def show_draft(
    kind: str, series: str, request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """The form of the draft; it begins with the newest version."""
    found = await _read(gateway, staff, kind, series)
    newest: Mapping[str, Any] = found.versions[-1].content if found.versions else {}
    content = found.draft.content if found.draft else newest
    if rule_id := request.query_params.get("rule", "")[:60]:
        rules = (await _read_rules(gateway, staff, series)).items
        of_rule = [version.rule for version in rules if version.rule.rule_id == rule_id]
        content = of_rule[-1].model_dump() if of_rule else {}
    return _form(request, pages, (kind, series), typed_of(kind, content), [])


@routes.post("/publications/{kind}/{series}/draft")
async def write_draft(  # noqa: PLR0913
    kind: str,
    series: str,
    request: Request,
    posted: Posted,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """Keep the draft; its page says what is wrong with it, and where."""
    content = content_of(kind, posted, staff.language)
    if isinstance(content, PageError):
        return _form(request, pages, (kind, series), posted, [content], 422)
    try:
        path = f"{_path(kind, series)}/draft"
        await gateway.replace(staff, path, {"content": content}, model=DraftProblems)
    except ApiProblem as failure:
        wrong = PageError("content", failure.message)
        status = failure.problem.status
        return _form(request, pages, (kind, series), posted, [wrong], status)
    return pages.go(request, _page_of(kind, series))


@routes.post("/publications/{kind}/{series}/proposals")
async def propose(  # noqa: PLR0913
    kind: str,
    series: str,
    request: Request,
    posted: Posted,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """Propose the draft; another person publishes it."""
    wanted = ProposePublication.model_construct(reason=posted.text("reason"))
    path = f"{_path(kind, series)}/proposals"
    try:
        await gateway.post(staff, path, wanted, model=PublicationProposal)
    except ApiProblem as failure:
        return await _series(request, staff, pages, gateway, (kind, series), failure, "reason")
    return pages.go(request, _page_of(kind, series))


@routes.post("/publications/{kind}/{series}/proposals/{proposal_id}")
async def answer(  # noqa: PLR0913
    kind: str,
    series: str,
    proposal_id: UUID,
    request: Request,
    posted: Posted,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """Publish what another person has proposed, reject it with a reason, or take it back."""
    path = f"{_PROPOSALS}/{proposal_id}"
    try:
        if posted.text("action") == "publish":
            await gateway.post(staff, f"{path}/approval", model=PublishedVersion)
        else:
            wanted = RejectProposal.model_construct(reason=posted.text("rejection") or None)
            await gateway.post(staff, f"{path}/rejection", wanted, model=PublicationProposal)
    except ApiProblem as failure:
        return await _series(request, staff, pages, gateway, (kind, series), failure, "rejection")
    return pages.go(request, _page_of(kind, series))


@routes.get("/publications/workflow/{series}/trial")
async def ask_for_sample(
    series: str,
    request: Request,
    staff: StaffVisit,  # noqa: ARG001 -- logged in
    pages: Pages,
) -> Response:
    """The form of a sample case."""
    return pages.show(
        request, "publication_trial.html", series=series, typed={}, stations=[], errors=[]
    )


@routes.post("/publications/workflow/{series}/trial")
async def try_draft(
    series: str,
    request: Request,
    posted: Posted,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """Lead a sample case through the draft; nothing is stored."""
    stations: Sequence[Any] = []
    errors: list[PageError] = []
    status = 200
    sample = posted.text("form").strip() or "{}"
    form = content_of("workflow", {"content": sample}, staff.language)
    if isinstance(form, PageError):
        errors, status = [PageError("form", form.message)], 422
    else:
        choices = list(choices_of(posted.text("choices")))
        wanted = TryDraft.model_construct(form=form, choices=choices)
        try:
            path = path_of(f"{_API}/workflow/{{series}}/trial", series=series)
            stations = (await gateway.post(staff, path, wanted, model=Tried)).stations
        except ApiProblem as failure:
            errors, status = [PageError("choices", failure.message)], failure.problem.status
    return pages.show(
        request,
        "publication_trial.html",
        status=status,
        series=series,
        typed=posted,
        stations=stations,
        errors=errors,
    )


async def _series(  # noqa: PLR0913
    request: Request,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
    of: tuple[str, str],
    failure: ApiProblem | None = None,
    place: str = "",
) -> Response:
    kind, series = of
    found = await _read(gateway, staff, kind, series)
    rules = (await _read_rules(gateway, staff, series)).items if kind == "offices" else []
    return pages.show(
        request,
        "publication.html",
        rules=[version.rule for version in rules],
        status=failure.problem.status if failure else 200,
        kind=kind,
        series=series,
        found=found,
        errors=[PageError(place, failure.message)] if failure else [],
    )


def _form(
    request: Request,
    pages: Pages,
    of: tuple[str, str],
    typed: Mapping[str, str],
    errors: Sequence[PageError],
    status: int = 200,
) -> Response:
    kind, series = of
    return pages.show(
        request,
        "publication_draft.html",
        status=status,
        kind=kind,
        series=series,
        typed=typed,
        errors=list(errors),
    )


async def _read(gateway: Gateway, staff: StaffVisit, kind: str, series: str) -> PublicationSeries:
    return await gateway.read(staff, PublicationSeries, _path(kind, series), personal=True)


async def _read_rules(gateway: Gateway, staff: StaffVisit, series: str) -> RuleVersions:
    path = path_of("/v1/operations/routing-rules/{id}", id=series)
    return await gateway.read(staff, RuleVersions, path, personal=True)


def _path(kind: str, series: str) -> str:
    return path_of(f"{_API}/{{kind}}/{{series}}", kind=kind, series=series)


def _page_of(kind: str, series: str) -> str:
    return path_of("/publications/{kind}/{series}", kind=kind, series=series)
