"""Vendors, and which report on a system may be handed in."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Self
from uuid import UUID

from libs.bangladesh.bodies import bodies_by_id
from libs.contracts.language import Text
from libs.contracts.programme import NamedPerson
from libs.contracts.vendors import CheckedReport, PutVendor, ReportView, RequestState, VendorView
from libs.errors import Refused
from libs.ids import NAMESPACE, derived_id
from libs.two_people.rules import Act

VALID_FOR: Final = timedelta(days=30)
"""The age until which a report lets a system go live."""

_SUBJECT: Final = "going live of "


@dataclass(frozen=True, slots=True)
class Vendor:
    """Who connects systems of bodies.

    Args:
        contact: None if it is damaged.
    """

    vendor_id: UUID
    name: str
    contract: str
    contract_until: date | None
    contact: NamedPerson | None

    @classmethod
    def of(cls, wanted: PutVendor) -> Self:
        """Return the vendor that is to be registered; its name makes its id."""
        vendor_id = derived_id(NAMESPACE, f"vendor/{wanted.name}")
        return cls(vendor_id, wanted.name, wanted.contract, wanted.contract_until, wanted.contact)

    def view(self, bodies: list[str], people: list[UUID]) -> VendorView:
        """Return the vendor as the programme's staff see it."""
        return VendorView(
            vendor_id=self.vendor_id,
            name=self.name,
            contract=self.contract,
            contract_until=self.contract_until,
            contact=self.contact,
            bodies=bodies,
            people=people,
        )


@dataclass(frozen=True, slots=True)
class Report:
    """A report that was handed in.

    Args:
        vendor_id: whose person did; None for the focal point.
        act_id: of the wish to go live; None where the system broke a rule.
    """

    report_id: UUID
    vendor_id: UUID | None
    report: CheckedReport
    handed_in_at: datetime
    act_id: UUID | None

    @property
    def body(self) -> str:
        """Whose system it is on."""
        return self.report.ministry

    def act(self, by: UUID) -> Act:
        """Return the wish to go live, which a second person answers.

        Raises:
            Refused: the system broke a rule, so there is none.
        """
        if self.act_id is None:
            raise Refused("not_found")
        kind, reason = f"go live {self.report_id}", f"report of {self.report.checked_at:%F}"
        return Act(self.act_id, subject_of(self.body), kind, reason, by, self.handed_in_at)

    def view(self, vendor: str | None, act: Act | None) -> ReportView:
        """Return the report with what became of the wish to go live."""
        body = bodies_by_id()[self.body]
        return ReportView(
            report_id=self.report_id,
            body_name=Text(bn=body.name_bn, en=body.name_en),
            vendor=vendor,
            report=self.report,
            passed=self.report.passed,
            handed_in_at=self.handed_in_at,
            state=_state_of(act),
            act_id=self.act_id,
            rejected_because=act.rejected_because if act else None,
        )


def subject_of(body: str) -> str:
    """Return the subject of acts about going live."""
    return f"{_SUBJECT}{body}"


def is_about_going_live(subject: str) -> bool:
    """Return whether an act is about going live."""
    return subject.startswith(_SUBJECT)


def report_id_of(report: CheckedReport) -> UUID:
    """Return the id of a report: handed in again, it is the same."""
    return derived_id(NAMESPACE, f"check report/{report.model_dump_json()}")


def check(report: CheckedReport, at: datetime) -> None:
    """Check that a report may be handed in.

    Raises:
        Refused: it is from the future, too old, or has no signature.
    """
    if report.ministry not in bodies_by_id() or report.checked_at > at:
        raise Refused("report_unreadable")
    if at - report.checked_at > VALID_FOR:
        raise Refused("report_too_old")
    if not report.signature:
        raise Refused("report_not_signed")


def check_contract(vendor: Vendor, today: date) -> None:
    """Check that the contract of a vendor holds.

    Raises:
        Refused: it has ended.
    """
    if vendor.contract_until is not None and vendor.contract_until < today:
        raise Refused("vendor_contract_ended")


def _state_of(act: Act | None) -> RequestState:
    if act is None:
        return "none"
    if act.approved_at is not None:
        return "approved"
    return "rejected" if act.rejected_at is not None else "waiting"
