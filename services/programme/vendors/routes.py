"""HTTP routes of vendors: for the programme's staff, vendors, focal points, and operators."""

from typing import Annotated, Final
from uuid import UUID

from pydantic import Field

from libs.clock import Clock
from libs.contracts.accounts import RejectProposal
from libs.contracts.lists import ListQuery
from libs.contracts.questions import QuestionList, QuestionView
from libs.contracts.vendors import (
    AskAboutBody,
    CheckedReport,
    OwnVendor,
    PutVendor,
    ReportList,
    ReportView,
    VendorList,
    VendorView,
)
from libs.database.transaction import Transaction
from libs.web.callers.tokens import Staff
from libs.web.handling.routes import Routes
from services.programme.bodies.overview import Overview
from services.programme.focal_points.routes import body_of
from services.programme.questions import use_cases as questions
from services.programme.vendors import use_cases

_PROGRAMME: Final = ("programme",)
_VENDOR: Final = ("vendor",)
_FOCAL_POINT: Final = ("focal_point",)
_OPERATOR: Final = ("operator",)
_ALL: Final = "/v1/programme/vendors"
_ONE: Final = f"{_ALL}/{{vendor_id}}"
_OWN: Final = "/v1/programme/own-vendor"
_REPORTS: Final = "/v1/programme/going-live"
_WISH: Final = f"{_REPORTS}/{{act_id}}"
_HANDED_IN: Final = (
    "integration_of_others",
    "report_unreadable",
    "report_too_old",
    "report_not_signed",
)
_ANSWERED: Final = ("approved_before", "rejected_before")
_REPORT: Final = {
    "ministry": "mopa",
    "checked_at": "2026-06-25T10:00:00Z",
    "adapter": "http_json",
    "address": "https://mopa.example",
    "rules": {"answered": "passed", "once": "passed"},
    "signature": "9f2c…",
}

VendorId = Annotated[UUID, Field(description="Id of the vendor")]
BodyId = Annotated[str, Field(description="Id of the body", examples=["mopa"])]
StaffId = Annotated[UUID, Field(description="Id of the account")]
ActId = Annotated[UUID, Field(description="Id of the wish to go live")]

routes = Routes()


@routes.get(_ALL, roles=_PROGRAMME)
async def list_vendors(
    query: ListQuery,
    staff: Staff,  # noqa: ARG001 -- checked before the handler is called
    tx: Transaction,
) -> VendorList:
    """List the vendors with the bodies whose systems they connect (programme)."""
    return await use_cases.read_all(tx, query)


@routes.post(
    _ALL,
    status=201,
    roles=_PROGRAMME,
    recent_login=True,
    example={
        "name": "Deshi Systems Ltd",
        "contract": "contract 12 of 1 June 2026 with the Ministry of Land",
        "contract_until": "2027-05-31",
        "contact": {
            "name": "Head of support",
            "mail": "support@example.com",
            "phone": "+8801712345678",
        },
    },
)
async def register_vendor(wanted: PutVendor, staff: Staff, tx: Transaction) -> VendorView:
    """Register a vendor, or change what is known of the one with this name (programme)."""
    return await use_cases.register(tx, wanted, by=staff.actor)


@routes.get(_ONE, roles=_PROGRAMME)
async def read_vendor(
    vendor_id: VendorId,
    staff: Staff,  # noqa: ARG001 -- checked before the handler is called
    tx: Transaction,
) -> VendorView:
    """Show a vendor (programme)."""
    return await use_cases.read(tx, vendor_id)


@routes.put(
    f"{_ONE}/bodies/{{body}}", roles=_PROGRAMME, recent_login=True, problems=("body_not_found",)
)
async def give_integration(
    vendor_id: VendorId, body: BodyId, staff: Staff, tx: Transaction
) -> VendorView:
    """Record that a vendor connects the system of a body (programme)."""
    return await use_cases.put_body(tx, vendor_id, body, connects=True, by=staff.actor)


@routes.delete(
    f"{_ONE}/bodies/{{body}}", roles=_PROGRAMME, recent_login=True, problems=("body_not_found",)
)
async def take_integration(
    vendor_id: VendorId, body: BodyId, staff: Staff, tx: Transaction
) -> VendorView:
    """Record that a vendor connects the system of a body no more (programme)."""
    return await use_cases.put_body(tx, vendor_id, body, connects=False, by=staff.actor)


@routes.put(f"{_ONE}/people/{{staff_id}}", roles=_PROGRAMME, recent_login=True)
async def bind_account(
    vendor_id: VendorId, staff_id: StaffId, staff: Staff, tx: Transaction
) -> VendorView:
    """Bind an account with the role of a vendor to this one (programme)."""
    return await use_cases.put_person(tx, vendor_id, staff_id, works=True, by=staff.actor)


@routes.delete(f"{_ONE}/people/{{staff_id}}", roles=_PROGRAMME, recent_login=True)
async def unbind_account(
    vendor_id: VendorId, staff_id: StaffId, staff: Staff, tx: Transaction
) -> VendorView:
    """Let an account be of this vendor no more (programme)."""
    return await use_cases.put_person(tx, vendor_id, staff_id, works=False, by=staff.actor)


@routes.get(_OWN, roles=_VENDOR, problems=("vendor_missing",))
async def read_own_vendor(
    staff: Staff, tx: Transaction, overview: Overview, clock: Clock
) -> OwnVendor:
    """Show the systems that the own vendor connects, with their reports (vendor)."""
    return await use_cases.read_own(tx, overview, staff.staff_id, clock.now())


@routes.post(
    f"{_OWN}/reports",
    status=201,
    roles=_VENDOR,
    problems=("vendor_missing", "vendor_contract_ended", *_HANDED_IN),
    example=_REPORT,
)
async def hand_in_report(
    report: CheckedReport, staff: Staff, tx: Transaction, clock: Clock
) -> ReportView:
    """Hand in the report of `adapters check`; a passed one asks for going live (vendor)."""
    return await use_cases.hand_in_as_vendor(tx, report, staff.staff_id, clock.now())


@routes.get(f"{_OWN}/questions", roles=_VENDOR, problems=("vendor_missing",))
async def list_questions_of_vendor(
    query: ListQuery, staff: Staff, tx: Transaction, clock: Clock
) -> QuestionList:
    """List the questions of the own vendor with their answers, the newest first (vendor)."""
    vendor = await use_cases.vendor_of(tx, staff.staff_id)
    return await questions.read_of_origin(tx, vendor.vendor_id, query, clock.now())


@routes.post(
    f"{_OWN}/questions",
    status=201,
    roles=_VENDOR,
    problems=("vendor_missing", "integration_of_others", "question_names_person"),
    example={"body": "mopa", "question": "May the adapter send decisions once a day?"},
)
async def ask_as_vendor(
    wanted: AskAboutBody, staff: Staff, tx: Transaction, clock: Clock
) -> QuestionView:
    """Ask about a system that I connect; the answer comes within 3 working days (vendor)."""
    vendor = await use_cases.vendor_of(tx, staff.staff_id)
    await use_cases.check_connects(tx, vendor, wanted.body)
    return await questions.ask(
        tx,
        wanted.body,
        "vendor",
        wanted.question,
        by=staff.actor,
        at=clock.now(),
        origin_id=vendor.vendor_id,
    )


@routes.get("/v1/programme/own/reports", roles=_FOCAL_POINT, problems=("role_missing",))
async def list_own_reports(staff: Staff, tx: Transaction) -> ReportList:
    """List the newest reports on the system of the own body, with their findings (focal_point)."""
    return ReportList(items=await use_cases.read_reports(tx, body_of(staff)))


@routes.post(
    "/v1/programme/own/reports",
    status=201,
    roles=_FOCAL_POINT,
    problems=("role_missing", *_HANDED_IN),
    example=_REPORT,
)
async def hand_in_own_report(
    report: CheckedReport, staff: Staff, tx: Transaction, clock: Clock
) -> ReportView:
    """Hand in the report of `adapters check`; a passed one asks for going live (focal_point)."""
    return await use_cases.hand_in_as_body(tx, report, body_of(staff), staff.staff_id, clock.now())


@routes.get(_REPORTS, roles=_OPERATOR)
async def list_going_live(
    staff: Staff,  # noqa: ARG001 -- checked before the handler is called
    tx: Transaction,
) -> ReportList:
    """List the reports with which somebody asks for going live, the oldest first (operator)."""
    return ReportList(items=await use_cases.read_waiting(tx))


@routes.get(f"{_REPORTS}/reports/{{report_id}}", roles=_OPERATOR)
async def read_going_live(
    report_id: Annotated[UUID, Field(description="Id of the report")],
    staff: Staff,  # noqa: ARG001 -- checked before the handler is called
    tx: Transaction,
) -> ReportView:
    """Show a report that was handed in (operator)."""
    return await use_cases.read_report(tx, report_id)


@routes.post(
    f"{_WISH}/approval",
    roles=_OPERATOR,
    recent_login=True,
    problems=(*_ANSWERED, "second_person_needed"),
)
async def approve_going_live(
    act_id: ActId, staff: Staff, tx: Transaction, clock: Clock
) -> ReportView:
    """Say that a system is connected, as another person has asked (operator)."""
    return await use_cases.approve(tx, act_id, staff.staff_id, clock.now())


@routes.post(
    f"{_WISH}/rejection",
    roles=_OPERATOR,
    recent_login=True,
    problems=(*_ANSWERED, "rejection_without_reason"),
    example={"reason": "the address is that of the test system"},
)
async def reject_going_live(
    act_id: ActId, body: RejectProposal, staff: Staff, tx: Transaction, clock: Clock
) -> ReportView:
    """Say why a system is not connected (operator)."""
    return await use_cases.reject(tx, act_id, staff.staff_id, clock.now(), body.reason)
