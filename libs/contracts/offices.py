"""Offices of ministries and their officers: claims of tokens, and bodies that identity owns."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field

from libs.contracts.accounts import NewAccount, Username
from libs.contracts.bounds import Day, Duty, MinistryId, Name
from libs.contracts.catalogue import AreaCode, OfficeKind
from libs.contracts.contract import Contract
from libs.contracts.language import Text

OfficeState = Literal["running", "closed"]


@dataclass(frozen=True, slots=True)
class Post:
    """The post of an officer: the claims `ministry`, `office` and `area` of the token.

    Args:
        ministry: the ministry or division.
        office_id: the office, as routing rules name it; None for an officer without one.
        area: code of the area for which the office is responsible; None for the whole country.
    """

    ministry: str
    office_id: str | None = None
    area: str | None = None

    @classmethod
    def of(cls, claims: Mapping[str, Any]) -> Self | None:
        """Return the post in the claims of a token; None for a person who is no officer."""
        ministry = claims.get("ministry")
        return cls(ministry, claims.get("office"), claims.get("area")) if ministry else None

    def claims(self) -> dict[str, str]:
        """Return the claims; one that says nothing is left out."""
        said = {"ministry": self.ministry, "office": self.office_id, "area": self.area}
        return {name: value for name, value in said.items() if value is not None}


class PutOffice(Contract):
    """Create an office, or change it."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    kind: OfficeKind
    ministry: MinistryId
    area: AreaCode | None = Field(
        default=None, description="For which it is responsible; null for the whole country"
    )
    state: OfficeState = "running"
    population: int | None = Field(
        default=None, ge=1, le=250_000_000, strict=True, description="People whom it serves"
    )
    population_source: str | None = Field(
        default=None, min_length=3, max_length=200, description="Where the figure is from"
    )


class OfficeView(Contract):
    """An office, under the id that routing rules name."""

    office_id: str
    name: Text
    kind: OfficeKind
    ministry: str
    area: str | None
    state: OfficeState
    population: int | None = None
    population_source: str | None = None


class OfficeNames(Contract):
    """The names of offices by id, without those that nobody has entered."""

    names: dict[str, Text]


class OfficerNames(Contract):
    """The usernames of officers by id."""

    names: dict[UUID, str]


class OfficeList(Contract):
    """Offices, by id."""

    items: list[OfficeView]
    next: str | None = Field(None, description="Continues the list (`?after=`)")


class CreateOfficer(Contract):
    """Create an account for an officer of an office."""

    model_config = ConfigDict(extra="forbid")

    username: Username
    office_id: str = Field(min_length=1, max_length=60)


class PlaceOfficer(Contract):
    """Let an officer work at an office."""

    model_config = ConfigDict(extra="forbid")

    office_id: str = Field(min_length=1, max_length=60)


class OfficerView(Contract):
    """An officer, and where the officer works."""

    officer_id: UUID
    username: str
    ministry: str
    office_id: str | None = Field(description="Null for an account from before offices")
    area: str | None
    active: bool


class OfficerAdded(OfficerView, NewAccount):
    """A new officer."""


class OfficerList(Contract):
    """Officers, by username."""

    items: list[OfficerView]
    next: str | None = Field(None, description="Continues the list (`?after=`)")


class ProposeDuty(Contract):
    """Propose that an officer gets a duty at the present office, or that it ends."""

    model_config = ConfigDict(extra="forbid")

    duty: Duty
    is_given: bool = Field(default=True, strict=True, description="False: it is to end")
    until: Day | None = Field(
        default=None, description="Its last day, for who stands in for a colleague; null for none"
    )
    reason: Annotated[str, Field(min_length=3, max_length=500)]


class GivenDuty(Contract):
    """A duty of an officer, and its last day."""

    duty: str
    until: date | None = Field(description="Null where it has no end")


class DutyProposed(Contract):
    """A proposal about a duty, which waits for a second person."""

    proposal_id: UUID
    kind: str


class DutyList(Contract):
    """The duties of an officer at the present office."""

    items: list[str]
    given: list[GivenDuty] = Field(default_factory=list, description="The same, with last days")
