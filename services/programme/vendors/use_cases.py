"""Vendors registered, reports handed in, and wishes to go live answered."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from libs.audit.queries import record_action
from libs.bangladesh.bodies import bodies_by_id
from libs.bangladesh.calendar import dhaka_date
from libs.contracts.language import Text
from libs.contracts.lists import ListQuery
from libs.contracts.vendors import (
    CheckedReport,
    Integration,
    OwnVendor,
    PutVendor,
    ReportView,
    VendorList,
    VendorView,
)
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.ids import new_id
from libs.two_people import use_cases as two_people
from libs.two_people.rules import Act
from services.programme.bodies import use_cases as bodies
from services.programme.bodies.overview import Overview
from services.programme.bodies.views import connection_view
from services.programme.vendors import queries, rules
from services.programme.vendors.rules import Report, Vendor

_MOST_SHOWN: Final = 5
_MOST_ACTS: Final = 20
_MOST_WAITING: Final = 500


async def register(tx: Transaction, wanted: PutVendor, *, by: str) -> VendorView:
    """Register a vendor, or change what is known of the one with this name."""
    vendor = Vendor.of(wanted)
    await queries.save_vendor(tx, vendor, wanted.contact)
    await record_action(
        tx,
        actor=by,
        action="register vendor",
        subject=str(vendor.vendor_id),
        detail=wanted.contract,
    )
    return await read(tx, vendor.vendor_id)


async def read_all(tx: Transaction, query: ListQuery) -> VendorList:
    """Return the vendors, with the bodies whose systems they connect and their people."""
    rows, following = query.page(
        await queries.read_vendors(tx, query), lambda vendor: vendor.vendor_id
    )
    return VendorList(items=await _views(tx, rows), next=following)


async def read(tx: Transaction, vendor_id: UUID) -> VendorView:
    """Return a vendor.

    Raises:
        Refused: there is none.
    """
    return (await _views(tx, [await _found(tx, vendor_id)]))[0]


async def put_body(
    tx: Transaction, vendor_id: UUID, body: str, *, connects: bool, by: str
) -> VendorView:
    """Store whether a vendor connects the system of a body; a repeat changes nothing.

    Raises:
        Refused: there is no such vendor or body.
    """
    if body not in bodies_by_id():
        raise Refused("body_not_found")
    await _found(tx, vendor_id)
    act = queries.insert_body if connects else queries.delete_body
    await act(tx, vendor_id, body)
    action = "give integration" if connects else "take integration"
    await record_action(tx, actor=by, action=action, subject=str(vendor_id), detail=body)
    return await read(tx, vendor_id)


async def put_person(
    tx: Transaction, vendor_id: UUID, staff_id: UUID, *, works: bool, by: str
) -> VendorView:
    """Store whether an account is of a vendor's person; it is of one vendor at most.

    Raises:
        Refused: there is no such vendor.
    """
    await _found(tx, vendor_id)
    act = queries.save_person if works else queries.delete_person
    await act(tx, vendor_id, staff_id)
    action = "bind account" if works else "unbind account"
    await record_action(tx, actor=by, action=action, subject=str(vendor_id), detail=str(staff_id))
    return await read(tx, vendor_id)


async def vendor_of(tx: Transaction, staff_id: UUID) -> Vendor:
    """Return whose person an account is.

    Raises:
        Refused: it is of no vendor.
    """
    vendor_id = await queries.find_vendor_of(tx, staff_id)
    if vendor_id is None:
        raise Refused("vendor_missing")
    return await _found(tx, vendor_id)


async def check_connects(tx: Transaction, vendor: Vendor, body: str) -> None:
    """Check that a vendor connects the system of a body.

    Raises:
        Refused: it does not.
    """
    connected = (await queries.read_bodies(tx, [vendor.vendor_id])).get(vendor.vendor_id, [])
    if body not in connected:
        raise Refused("integration_of_others")


async def read_own(tx: Transaction, overview: Overview, staff_id: UUID, at: datetime) -> OwnVendor:
    """Return the own vendor, with the systems that it connects.

    Raises:
        Refused: the account is of no vendor.
    """
    vendor = await vendor_of(tx, staff_id)
    states = await bodies.read_states(tx, overview, dhaka_date(at))
    connected = (await queries.read_bodies(tx, [vendor.vendor_id])).get(vendor.vendor_id, [])
    known = bodies_by_id()
    return OwnVendor(
        name=vendor.name,
        contract_until=vendor.contract_until,
        integrations=[
            Integration(
                body=body,
                body_name=Text(bn=known[body].name_bn, en=known[body].name_en),
                connection=connection_view(states[body]),
                reports=await read_reports(tx, body),
            )
            for body in connected
        ],
    )


async def hand_in_as_vendor(
    tx: Transaction, report: CheckedReport, by: UUID, at: datetime
) -> ReportView:
    """Hand in a report on a system that the own vendor connects; a passed one asks for going live.

    Raises:
        Refused: the account is of no vendor, the vendor connects another system or its contract
            has ended, or the report is from the future, too old or not signed.
    """
    vendor = await vendor_of(tx, by)
    await check_connects(tx, vendor, report.ministry)
    rules.check_contract(vendor, dhaka_date(at))
    return await _hand_in(tx, report, by, at, vendor.vendor_id)


async def hand_in_as_body(
    tx: Transaction, report: CheckedReport, body: str, by: UUID, at: datetime
) -> ReportView:
    """Hand in a report on the system of the own body; a passed one asks for going live.

    Raises:
        Refused: it is on another system, from the future, too old or not signed.
    """
    if report.ministry != body:
        raise Refused("integration_of_others")
    return await _hand_in(tx, report, by, at, None)


async def read_reports(tx: Transaction, body: str) -> list[ReportView]:
    """Return the newest reports on the system of a body, and what became of them."""
    reports = await queries.read_reports_of(tx, body, _MOST_SHOWN)
    acts = await two_people.read_acts(tx, rules.subject_of(body), after=None, limit=_MOST_ACTS)
    return await _report_views(tx, reports, acts)


async def read_waiting(tx: Transaction) -> list[ReportView]:
    """Return the reports with which somebody asks for going live, the oldest first."""
    waiting = await two_people.read_waiting(tx, limit=_MOST_WAITING)
    acts = [act for act in waiting if rules.is_about_going_live(act.subject)]
    reports = await queries.read_reports_by_act(tx, [act.act_id for act in acts])
    return await _report_views(tx, reports, acts)


async def read_report(tx: Transaction, report_id: UUID) -> ReportView:
    """Return a report.

    Raises:
        Refused: there is none.
    """
    report = await queries.read_report(tx, report_id)
    if report is None:
        raise Refused("not_found")
    acts = [await two_people.lock_act(tx, report.act_id)] if report.act_id else []
    return (await _report_views(tx, [report], acts))[0]


async def approve(tx: Transaction, act_id: UUID, by: UUID, at: datetime) -> ReportView:
    """Say that a system is connected, as another person has asked.

    Raises:
        Refused: there is no such wish, the same person asked, or it was answered before.
    """
    subject, report = await _wish(tx, act_id)
    await two_people.approve(tx, subject, act_id, by, at)
    await record_action(tx, actor=f"staff:{by}", action="approve going live", subject=report.body)
    return await read_report(tx, report.report_id)


async def reject(
    tx: Transaction, act_id: UUID, by: UUID, at: datetime, because: str | None
) -> ReportView:
    """Say why a system is not connected.

    Raises:
        Refused: there is no such wish, it was answered before, or there is no reason.
    """
    _, report = await _wish(tx, act_id)
    await two_people.reject(tx, act_id, by, at, because)
    return await read_report(tx, report.report_id)


async def _hand_in(
    tx: Transaction, report: CheckedReport, by: UUID, at: datetime, vendor_id: UUID | None
) -> ReportView:
    rules.check(report, at)
    act_id = new_id() if report.passed else None
    given = Report(rules.report_id_of(report), vendor_id, report, at, act_id)
    if await queries.insert_report(tx, given):
        if given.act_id is not None:
            await two_people.propose(tx, given.act(by))
        await record_action(
            tx, actor=f"staff:{by}", action="hand in report", subject=report.ministry
        )
    return await read_report(tx, given.report_id)


async def _wish(tx: Transaction, act_id: UUID) -> tuple[str, Report]:
    subject = await two_people.read_subject(tx, act_id)
    reports = await queries.read_reports_by_act(tx, [act_id])
    if not rules.is_about_going_live(subject) or not reports:
        raise Refused("not_found")
    return subject, reports[0]


async def _found(tx: Transaction, vendor_id: UUID) -> Vendor:
    vendor = await queries.read_vendor(tx, vendor_id)
    if vendor is None:
        raise Refused("not_found")
    return vendor


async def _views(tx: Transaction, vendors: Sequence[Vendor]) -> list[VendorView]:
    vendor_ids = [vendor.vendor_id for vendor in vendors]
    connected = await queries.read_bodies(tx, vendor_ids)
    people = await queries.read_people(tx, vendor_ids)
    return [
        vendor.view(connected.get(vendor.vendor_id, []), people.get(vendor.vendor_id, []))
        for vendor in vendors
    ]


async def _report_views(
    tx: Transaction, reports: Sequence[Report], acts: Sequence[Act]
) -> list[ReportView]:
    by_id = {act.act_id: act for act in acts}
    handed_in_by = {report.vendor_id for report in reports if report.vendor_id is not None}
    names = await queries.read_names(tx, handed_in_by)
    return [
        report.view(
            names.get(report.vendor_id) if report.vendor_id else None,
            by_id.get(report.act_id) if report.act_id else None,
        )
        for report in reports
    ]
