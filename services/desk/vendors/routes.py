"""Pages of the register of vendors, and of a vendor about the systems that it connects."""

from typing import Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from libs.bangladesh.bodies import bodies
from libs.contracts.accounts import AccountList
from libs.contracts.language import Text
from libs.contracts.questions import QuestionList, QuestionView
from libs.contracts.vendors import (
    AskAboutBody,
    OwnVendor,
    PutVendor,
    ReportView,
    VendorList,
    VendorView,
)
from libs.pages.gateway import ApiProblem, Gateway, path_of
from libs.pages.posts import Posted
from libs.pages.rendering import Pages
from libs.pages.visits import Visit
from libs.web.handling.routes import Routes
from services.desk.questions.words import words_in
from services.desk.staff.forms import errors_of, search_in, typed_as
from services.desk.staff.sessions import StaffVisit
from services.desk.vendors.reports import errors_with_report, report_in

routes = Routes(public=False)

_SIGNATURES: Final = "/v1/report-signatures"
_ALL: Final = "/v1/programme/vendors"
_OWN: Final = "/v1/programme/own-vendor"
_PAGE: Final = "/programme/vendors"


@routes.get(_PAGE)
async def show_vendors(
    request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """The vendors, and a form to register one."""
    return await _register(request, pages, gateway, staff, Posted())


@routes.post(_PAGE)
async def register_vendor(
    request: Request, posted: Posted, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """Register a vendor, or change what is known of the one with this name."""
    contact = {field: posted.text(f"contact_{field}") for field in ("name", "mail", "phone")}
    wanted = typed_as(PutVendor, posted, ("name", "contract", "contract_until"), contact=contact)
    try:
        vendor = await gateway.post(staff, _ALL, wanted, model=VendorView)
    except ApiProblem as failure:
        return await _register(request, pages, gateway, staff, posted, failure)
    return pages.go(request, f"{_PAGE}/{vendor.vendor_id}")


@routes.get(f"{_PAGE}/{{vendor_id}}")
async def show_vendor(
    vendor_id: UUID, request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """A vendor: its contract, whose systems it connects, and its people."""
    return await _vendor(request, pages, gateway, staff, vendor_id)


@routes.post(f"{_PAGE}/{{vendor_id}}")
async def change_vendor(
    vendor_id: UUID,
    request: Request,
    posted: Posted,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """Give or take the system of a body, or an account."""
    body_path = path_of(
        f"{_ALL}/{{id}}/bodies/{{body}}", id=str(vendor_id), body=posted.text("body") or "-"
    )
    person_path = path_of(
        f"{_ALL}/{{id}}/people/{{who}}", id=str(vendor_id), who=posted.text("staff_id") or "-"
    )
    try:
        match posted.text("action"):
            case "give_body":
                await gateway.replace(staff, body_path, {}, model=VendorView)
            case "take_body":
                await gateway.take_back(staff, body_path, model=VendorView)
            case "bind":
                await gateway.replace(staff, person_path, {}, model=VendorView)
            case _:
                await gateway.take_back(staff, person_path, model=VendorView)
    except ApiProblem as failure:
        return await _vendor(request, pages, gateway, staff, vendor_id, failure)
    return pages.go(request, f"{_PAGE}/{vendor_id}")


@routes.get("/vendor")
async def show_own_vendor(
    request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """The systems that this vendor connects, their reports, and its questions."""
    return await _own(request, pages, gateway, staff, Posted())


@routes.post("/vendor/reports")
async def hand_in_report(
    request: Request, posted: Posted, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """Hand in the report of a check; a passed one asks for going live."""
    try:
        report = report_in(posted)
        await gateway.do(staff, "POST", _SIGNATURES, report)
        await gateway.post(staff, f"{_OWN}/reports", report, model=ReportView)
    except ApiProblem as failure:
        return await _own(request, pages, gateway, staff, posted, failure, "report")
    return pages.go(request, "/vendor")


@routes.post("/vendor/questions")
async def ask_as_vendor(
    request: Request, posted: Posted, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """Ask about a system that this vendor connects."""
    question = words_in(posted, "question")
    wanted = AskAboutBody.model_construct(body=posted.text("body"), question=question)
    try:
        await gateway.post(staff, f"{_OWN}/questions", wanted, model=QuestionView)
    except ApiProblem as failure:
        return await _own(request, pages, gateway, staff, posted, failure, "question")
    return pages.go(request, "/vendor")


async def _own(  # noqa: PLR0913
    request: Request,
    pages: Pages,
    gateway: Gateway,
    staff: Visit,
    typed: Posted,
    failure: ApiProblem | None = None,
    place: str = "report",
) -> Response:
    query = {"after": search_in(request)["after"]}
    questions = f"{_OWN}/questions"
    return pages.show(
        request,
        "own_vendor.html",
        status=failure.problem.status if failure else 200,
        own=await gateway.read(staff, OwnVendor, _OWN, personal=True),
        asked=await gateway.read(staff, QuestionList, questions, query, personal=True),
        query=query,
        typed=typed,
        errors=errors_with_report(failure, place, staff.language) if failure else [],
    )


async def _register(
    request: Request,
    pages: Pages,
    gateway: Gateway,
    staff: Visit,
    typed: Posted,
    failure: ApiProblem | None = None,
) -> Response:
    query = {"after": search_in(request)["after"]}
    return pages.show(
        request,
        "vendors.html",
        status=failure.problem.status if failure else 200,
        listed=await gateway.read(staff, VendorList, _ALL, query, personal=True),
        query=query,
        names=_names(),
        typed=typed,
        errors=errors_of(failure, "name") if failure else [],
    )


async def _vendor(
    request: Request,
    pages: Pages,
    gateway: Gateway,
    staff: Visit,
    vendor_id: UUID,
    failure: ApiProblem | None = None,
) -> Response:
    path = path_of(f"{_ALL}/{{id}}", id=str(vendor_id))
    query = {"role": "vendor"}
    accounts = await gateway.read(staff, AccountList, "/v1/staff", query, personal=True)
    return pages.show(
        request,
        "vendor.html",
        status=failure.problem.status if failure else 200,
        vendor=await gateway.read(staff, VendorView, path, personal=True),
        names=_names(),
        people={account.staff_id: account.username for account in accounts.items},
        errors=errors_of(failure, "body") if failure else [],
    )


def _names() -> dict[str, Text]:
    return {body.body_id: Text(bn=body.name_bn, en=body.name_en) for body in bodies()}
