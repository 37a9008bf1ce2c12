"""Pages about bodies: the list, one body with its facts, and forms to record one."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, get_args
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from libs.bangladesh.bodies import bodies
from libs.contracts.accounts import AccountList
from libs.contracts.language import Text
from libs.contracts.programme import (
    BodyDetails,
    BodyPage,
    EndFocalPoint,
    FactKind,
    FactView,
    FocalPointList,
    NameFocalPoint,
    RecordFact,
    Step,
)
from libs.pages.errors import PageError
from libs.pages.gateway import ApiProblem, Gateway, path_of
from libs.pages.posts import Posted
from libs.pages.rendering import Pages
from libs.pages.visits import Visit
from libs.web.handling.routes import Routes
from services.desk.staff.sessions import StaffVisit

routes = Routes(public=False)

_API: Final = "/v1/programme/bodies"
_SHOWN: Final = ("all", "league", "overdue", "due", "not_asked", "listed", "reached")
_FIELDS: Final[Mapping[FactKind, Sequence[str]]] = {
    "letter_sent": ("asks", "due_on"),
    "list_received": ("public_service_ids", "others"),
    "instructions_sent": ("due_on",),
    "instructions_acknowledged": (),
    "vendor_named": ("vendor",),
    "body_replaced": ("replaced_by",),
    "not_so": (),
}


@routes.get("/programme/bodies")
async def show_bodies(
    request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """All bodies, the longest overdue first."""
    asked = request.query_params
    show = asked.get("show", "all")
    query = {
        "show": show if show in _SHOWN else "all",
        "q": asked.get("q", "")[:100],
        "after": asked.get("after"),
    }
    listed = await gateway.read(staff, BodyPage, _API, query, personal=True)
    return pages.show(
        request, "bodies.html", listed=listed, query=query, names=_names(), records=_records(staff)
    )


@routes.get("/programme/bodies/{body}")
async def show_body(
    body: str, request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """One body: what it was asked for, its services, and every fact."""
    details = await _read(gateway, staff, body)
    records = _records(staff)
    return pages.show(
        request,
        "body.html",
        details=details,
        records=records,
        names=_names(),
        services={service.public_service_id: service for service in details.public_services},
        people=await _people(gateway, staff) if records else {},
    )


@routes.get("/programme/bodies/{body}/facts/{kind}")
async def ask_for_fact(
    body: str, kind: FactKind, request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """Ask what happened, and how we know; a correction begins with what was said before."""
    details = await _read(gateway, staff, body)
    corrected = _find(details, request.query_params.get("corrects"))
    typed = _said_before(corrected) if corrected else {}
    return _form(request, pages, details, kind, Posted(typed), corrected)


@routes.post("/programme/bodies/{body}/facts/{kind}")
async def record_fact(  # noqa: PLR0913
    body: str,
    kind: FactKind,
    request: Request,
    posted: Posted,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """Record a fact; what is wrong is shown at its field."""
    path = path_of(f"{_API}/{{body}}/facts", body=body)
    try:
        await gateway.post(staff, path, _wanted(kind, posted), model=FactView)
    except ApiProblem as failure:
        details = await _read(gateway, staff, body)
        corrected = _find(details, posted.text("corrects"))
        return _form(request, pages, details, kind, posted, corrected, failure)
    return pages.go(request, path_of("/programme/bodies/{body}", body=body))


@routes.get("/programme/bodies/{body}/focal-points")
async def ask_for_focal_point(
    body: str, request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """Ask who answers for a body, and show who does."""
    return await _focal_points(request, pages, gateway, staff, body, Posted())


@routes.post("/programme/bodies/{body}/focal-points")
async def name_focal_point(
    body: str,
    request: Request,
    posted: Posted,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """Record who answers for a body, or that nobody has a duty any more."""
    path = path_of(f"{_API}/{{body}}/focal-points", body=body)
    ends = posted.text("action") == "end"
    names = ("duty", "day", "evidence") if ends else _OF_FOCAL_POINT
    typed: Any = {name: posted.text(name) for name in names if posted.text(name)}
    wanted = (
        EndFocalPoint.model_construct(**typed) if ends else NameFocalPoint.model_construct(**typed)
    )
    try:
        await gateway.post(staff, f"{path}/end" if ends else path, wanted, model=FocalPointList)
    except ApiProblem as failure:
        return await _focal_points(request, pages, gateway, staff, body, posted, failure)
    return pages.go(request, path_of("/programme/bodies/{body}/focal-points", body=body))


_OF_FOCAL_POINT: Final = ("duty", "post", "name", "mail", "phone", "day", "until", "evidence")


async def _focal_points(  # noqa: PLR0913
    request: Request,
    pages: Pages,
    gateway: Gateway,
    staff: Visit,
    body: str,
    typed: Posted,
    failure: ApiProblem | None = None,
) -> Response:
    path = path_of(f"{_API}/{{body}}/focal-points", body=body)
    return pages.show(
        request,
        "focal_points.html",
        status=failure.problem.status if failure else 200,
        details=await _read(gateway, staff, body),
        listed=await gateway.read(staff, FocalPointList, path, personal=True),
        typed=typed,
        errors=_errors_of(failure) if failure else [],
    )


def _form(  # noqa: PLR0913
    request: Request,
    pages: Pages,
    details: BodyDetails,
    kind: FactKind,
    typed: Posted,
    corrected: FactView | None,
    failure: ApiProblem | None = None,
) -> Response:
    return pages.show(
        request,
        "fact.html",
        status=failure.problem.status if failure else 200,
        details=details,
        kind=kind,
        steps=get_args(Step),
        others=[other for other in bodies() if other.body_id != details.summary.body],
        typed=typed,
        corrected=corrected,
        errors=_errors_of(failure) if failure else [],
    )


def _wanted(kind: FactKind, posted: Posted) -> RecordFact:
    """Return the fact as the API takes it; what was not typed is left out."""
    typed: dict[str, Any] = {
        name: posted.text(name)
        for name in ("day", "evidence", "corrects", "due_on", "vendor", "replaced_by")
        if posted.text(name) and (name not in _OF_SOME or name in _FIELDS[kind])
    }
    if "asks" in _FIELDS[kind]:
        typed["asks"] = _chosen(posted, "asks")
    if "public_service_ids" in _FIELDS[kind]:
        typed["public_service_ids"] = _chosen(posted, "service")
        lines = (line.strip() for line in posted.text("others").splitlines())
        typed["others"] = tuple(line for line in lines if line)
    return RecordFact.model_construct(kind=kind, **typed)


_OF_SOME: Final = frozenset({"due_on", "vendor", "replaced_by"})


def _chosen(posted: Posted, prefix: str) -> tuple[str, ...]:
    """Return what was ticked: a box has the name `<prefix>-<value>`."""
    names = (name for name in posted if name.startswith(f"{prefix}-"))
    return tuple(name.removeprefix(f"{prefix}-") for name in names)


def _said_before(fact: FactView) -> dict[str, str]:
    """Return what a fact says as fields of its form."""
    said = {"day": str(fact.day), "evidence": fact.evidence}
    named = {"due_on": fact.due_on, "vendor": fact.vendor, "replaced_by": fact.replaced_by}
    said |= {name: str(value) for name, value in named.items() if value is not None}
    said |= {f"asks-{step}": "yes" for step in fact.asks or ()}
    said |= {f"service-{name}": "yes" for name in fact.public_service_ids or ()}
    return {**said, "others": "\n".join(fact.others or ())}


def _find(details: BodyDetails, fact_id: str | None) -> FactView | None:
    return next((fact for fact in details.facts if str(fact.fact_id) == fact_id), None)


def _errors_of(failure: ApiProblem) -> list[PageError]:
    """Return what is wrong, at its fields."""
    errors = [
        PageError(error.pointer.removeprefix("/").partition("/")[0], error.message)
        for error in failure.problem.errors
    ]
    return errors or [PageError("day", failure.message)]


def _names() -> dict[str, Text]:
    return {body.body_id: Text(bn=body.name_bn, en=body.name_en) for body in bodies()}


async def _read(gateway: Gateway, staff: Visit, body: str) -> BodyDetails:
    return await gateway.read(
        staff, BodyDetails, path_of(f"{_API}/{{body}}", body=body), personal=True
    )


def _records(staff: Visit) -> bool:
    """Whether somebody records facts; those who lead only read them."""
    return "programme" in staff.session.get("roles", ())


async def _people(gateway: Gateway, staff: Visit) -> dict[str, str]:
    """Return the usernames of the programme's staff by their names in journals."""
    found: dict[str, str] = {}
    after: str | None = None
    while True:
        query = {"role": "programme", "after": after}
        page = await gateway.read(staff, AccountList, "/v1/staff", query, personal=True)
        found |= {_in_journals(account.staff_id): account.username for account in page.items}
        after = page.next
        if after is None:
            return found


def _in_journals(staff_id: UUID) -> str:
    return f"staff:{staff_id}"
