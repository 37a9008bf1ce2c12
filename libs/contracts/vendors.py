"""Vendors of bodies, reports on the systems that they connect, and the wish to go live."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field

from libs.contracts.bounds import AppealDays, Day, MinistryId, Moment
from libs.contracts.contract import Contract
from libs.contracts.language import Text
from libs.contracts.programme import ConnectionView, Evidence, Line, NamedPerson
from libs.contracts.questions import Wording
from libs.party_addresses import Address


class PutVendor(Contract):
    """Register a vendor, or change what is known of the one with this name."""

    model_config = ConfigDict(extra="forbid")

    name: Line
    contract: Evidence = Field(description="Number and day of the contract, and with whom")
    contract_until: Day | None = Field(
        default=None, description="Its last day; null if nobody said so"
    )
    contact: NamedPerson


class VendorView(Contract):
    """A vendor, with the bodies whose systems it connects and its people's accounts."""

    vendor_id: UUID
    name: str
    contract: str
    contract_until: Day | None
    contact: NamedPerson | None = Field(description="Null if it cannot be read; register it again")
    bodies: list[str]
    people: list[UUID] = Field(description="Accounts with the role of a vendor")


class VendorList(Contract):
    """Vendors, in the order of their ids."""

    items: list[VendorView]
    next: str | None = Field(None, description="Continues the list (`?after=`)")


class CheckedReport(Contract):
    """What `adapters check --json` printed about a body's system, with the platform's signature."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    ministry: MinistryId
    checked_at: Moment
    adapter: Annotated[str, Field(max_length=40, examples=["http_json"])]
    address: Address
    host_key: Annotated[str | None, Field(max_length=2000)] = None
    file_format: Literal["csv", "xlsx"] = "csv"
    appeal_days: AppealDays | None = None
    rules: Annotated[
        dict[Annotated[str, Field(max_length=60)], Literal["passed", "failed", "skipped"]],
        Field(min_length=1, max_length=100),
    ]
    signature: Annotated[str, Field(max_length=100)] = ""

    @property
    def passed(self) -> bool:
        """Whether the system keeps every rule."""
        return set(self.rules.values()) == {"passed"}


RequestState = Literal["none", "waiting", "approved", "rejected"]
"""What became of the wish to go live; `none`: the system broke a rule, so there is no wish."""


class ReportView(Contract):
    """A report on a body's system that was handed in, and what became of it."""

    report_id: UUID
    body_name: Text
    vendor: str | None = Field(description="Name of who handed it in; null for the focal point")
    report: CheckedReport
    passed: bool
    handed_in_at: AwareDatetime
    state: RequestState
    act_id: UUID | None = Field(description="Of the wish to go live, which a second person answers")
    rejected_because: str | None


class ReportList(Contract):
    """Reports on systems of bodies."""

    items: list[ReportView]


class Integration(Contract):
    """The system of a body that a vendor connects."""

    body: str
    body_name: Text
    connection: ConnectionView | None = Field(description="Null if it was never connected")
    reports: list[ReportView] = Field(description="The newest first, 5 at most")


class OwnVendor(Contract):
    """The own vendor, and the systems that it connects."""

    name: str
    contract_until: Day | None
    integrations: list[Integration]


class AskAboutBody(Contract):
    """Ask the programme about the system of a body that I connect."""

    model_config = ConfigDict(extra="forbid")

    body: MinistryId
    question: Wording
