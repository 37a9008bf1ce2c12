"""Service centres and the uddoktas who work there: events and HTTP bodies that identity owns."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field

from libs.contracts.accounts import NewAccount, NotByMe, Username
from libs.contracts.bounds import Day, KbitS, Name, RoundTripMs
from libs.contracts.catalogue import FeeCase, Sourcing
from libs.contracts.contract import Contract
from libs.contracts.language import Text
from libs.contracts.lists import SearchQuery
from libs.contracts.spellings import Mobile

CentreState = Literal["planned", "running", "paused", "closed"]
UddoktaState = Literal["active", "paused", "suspended"]
Position = Literal["uddokta", "head"]
"""Position in a centre: an uddokta, or its head."""

SanctionKind = Literal["pause", "suspension", "reinstatement"]

_Hour = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", examples=["09:00"])]
_Weekday = Annotated[int, Field(ge=1, le=7, description="ISO 8601: Monday is 1, Sunday is 7")]
_AreaCode = Annotated[str, Field(min_length=1, max_length=20, examples=["302618"])]
_Amount = Annotated[int, Field(ge=0, le=10_000, strict=True, description="Whole taka")]
_Number = Annotated[str, Field(min_length=1, max_length=60)]
_Words = Annotated[str, Field(min_length=3, max_length=500)]


class PutCentre(Contract):
    """Create a service centre, or change it."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    address: Name
    area: _AreaCode = Field(description="Code of the upazila or city corporation")
    opens_at: _Hour
    closes_at: _Hour
    open_days: list[_Weekday] = Field(min_length=1, max_length=7)
    state: CentreState
    source: Annotated[str, Field(min_length=3, max_length=300)] | None = Field(
        default=None,
        description="Who confirmed address and hours, or where they were published; without one "
        "pages say that nobody has",
    )
    directions: Name | None = Field(default=None, description="How to get there")
    union_id: Annotated[str, Field(max_length=20)] | None = Field(
        default=None, description="Its union, in an upazila; needed before it runs"
    )
    ward: Annotated[int, Field(ge=1, le=200)] | None = Field(
        default=None, description="The number of its ward; needed before it runs"
    )


class CentreView(Contract):
    """A service centre."""

    service_centre_id: str
    name: Text
    address: Text
    area: str
    opens_at: str
    closes_at: str
    open_days: list[int]
    state: CentreState
    confirmed: bool = Field(default=False, description="Whether address and hours were confirmed")
    directions: Text | None = Field(default=None, description="How to get there")
    union_id: str | None = Field(default=None, description="Its union; null in a city corporation")
    ward: int | None = Field(default=None, description="Its ward; null where nobody said it")


class CentreDetails(CentreView):
    """A service centre as the programme's staff see it."""

    source: str | None = Field(description="Who confirmed address and hours, or where they stand")
    state_set: CentreState | None = Field(
        default=None,
        description="What a person set; `state` is paused instead of running while its area is",
    )


class CentresQuery(SearchQuery):
    """Which service centres."""

    state: Annotated[CentreState | None, Field(description="Only those in this state")] = None


class CentreList(Contract):
    """Service centres, by id."""

    items: list[CentreView]
    next: str | None = Field(None, description="Continues the list (`?after=`)")


class Charge(Contract):
    """The price of an application for a public service at a centre, in whole taka."""

    public_service_id: str
    name: Text
    fee_bdt: int | None = Field(
        description="The ministry's, where one amount was published; otherwise null"
    )
    fee_status: Sourcing = "unknown"
    fee_cases: list[FeeCase] = Field(
        default=[], description="What a published fee depends on; empty where it is one amount"
    )
    fee_decided_by: Text | None = Field(
        default=None, description="The day that decides on the case; null where the case is asked"
    )
    told_fee_bdt: int | None = Field(
        default=None,
        description="Where none was published: what the office told this centre last, with which a "
        "citizen has agreed. Nobody has confirmed it",
    )
    told_on: date | None = Field(default=None, description="When that was")
    charge_bdt: int = Field(description="The centre's service charge")
    cap_bdt: int = Field(description="The most that a centre may charge")


class RateBoard(Contract):
    """The price list of a centre."""

    centre: CentreView
    items: list[Charge]


class SetCharge(Contract):
    """Set a centre's service charge for a public service."""

    model_config = ConfigDict(extra="forbid")

    charge_bdt: _Amount


class AddDevice(Contract):
    """Prepare the enrolment of a device of a centre."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=60)]


class DeviceView(Contract):
    """A device of a centre."""

    device_id: UUID
    service_centre_id: str
    name: str
    enrolled_at: AwareDatetime | None = None


class DeviceList(Contract):
    """The devices of a centre that are enrolled or wait for it."""

    items: list[DeviceView]


class DeviceAdded(DeviceView):
    """A device that waits for its enrolment."""

    enrolment_code: str = Field(description="Typed on the device once, within 24 hours")


class EnrolDevice(Contract):
    """Enrol the device whose key signs the request's DPoP proof."""

    model_config = ConfigDict(extra="forbid")

    enrolment_code: Annotated[str, Field(min_length=1, max_length=60)]


class MeasureLine(Contract):
    """What was measured of a centre's line, from the enrolled device that sends it."""

    model_config = ConfigDict(extra="forbid")

    down_kbit_s: KbitS = Field(description="Of a download")
    round_trip_ms: RoundTripMs = Field(description="The median of several")


class LineView(Contract):
    """A measure of a centre's line, which the programme is told."""

    service_centre_id: str
    device_id: UUID
    measured_at: AwareDatetime
    down_kbit_s: int
    round_trip_ms: int


class UddoktaView(Contract):
    """An uddokta."""

    uddokta_id: UUID
    username: str
    first_name: Text
    service_centre_id: str
    position: Position
    state: UddoktaState
    licence_number: str
    licence_from: Day
    licence_until: Day
    certificate_number: str = Field(
        description="Of a certificate of before there were qualifications; empty for none"
    )
    certificate_until: Day = Field(
        description="The last day of that certificate; where there is none, a day before the "
        "licence begins"
    )
    qualified_until: Day | None = Field(
        default=None,
        description="The last day that the qualification allows, which counts in place of the "
        "certificate; null while only that is known",
    )


class _Licence(Contract):
    """Until when an uddokta may help citizens."""

    model_config = ConfigDict(extra="forbid")

    licence_until: Day
    certificate_until: Day | None = Field(
        default=None,
        description="Of a certificate of before there were qualifications; null leaves what is "
        "known",
    )


class RenewLicence(_Licence):
    """Set until when a licence holds, and a certificate of before."""


class CreateUddokta(_Licence):
    """Create an account for a licensed uddokta of a centre."""

    username: Username
    first_name: Name
    service_centre_id: str = Field(min_length=1, max_length=40)
    position: Position = "uddokta"
    licence_number: _Number
    licence_from: Day
    certificate_number: _Number | None = Field(default=None, description="As `certificate_until`")
    phone: Mobile = Field(description="Own number, with which no citizen ever consents")


class MoveUddokta(Contract):
    """Let an uddokta work at another centre."""

    model_config = ConfigDict(extra="forbid")

    service_centre_id: str = Field(min_length=1, max_length=40)


class UddoktaAdded(UddoktaView, NewAccount):
    """A new uddokta."""


class UddoktasQuery(SearchQuery):
    """Which uddoktas."""

    centre: Annotated[
        str | None, Field(max_length=40, description="Only those of this service centre")
    ] = None


class UddoktaList(Contract):
    """Uddoktas, by username."""

    items: list[UddoktaView]
    centres: dict[str, Text] = Field(default={}, description="Names of their centres, by id")
    next: str | None = Field(None, description="Continues the list (`?after=`)")


class ProposeSanction(Contract):
    """Propose to pause, suspend or reinstate an uddokta; another person approves it."""

    model_config = ConfigDict(extra="forbid")

    kind: SanctionKind
    reason: _Words


class SanctionView(Contract):
    """A sanction, proposed by one person and approved by another."""

    sanction_id: UUID
    uddokta_id: UUID
    kind: SanctionKind
    reason: str
    proposed_at: AwareDatetime
    proposed_by: str | None = Field(default=None, description="Username")
    approved_at: AwareDatetime | None = None
    approved_by: str | None = Field(default=None, description="Username")
    rejected_at: AwareDatetime | None = None
    rejected_by: str | None = Field(default=None, description="Username")
    rejected_because: str | None = None
    not_by_me: NotByMe | None = Field(
        default=None, description="Why I cannot approve it while it waits; null if I can"
    )


class SanctionList(Contract):
    """Sanctions, the newest first."""

    items: list[SanctionView]
    next: str | None = Field(None, description="Continues the list (`?after=`)")
