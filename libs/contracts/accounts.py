"""Accounts of staff and their roles: HTTP bodies that all kinds of staff have in common."""

from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field

from libs.contracts.bounds import Day, MinistryId
from libs.contracts.contract import Contract
from libs.contracts.lists import SearchQuery

Username = Annotated[
    str,
    Field(
        min_length=1,
        max_length=40,
        description="3 to 40 small letters, digits, dots, hyphens or underscores, beginning with "
        "a letter",
    ),
]

DistrictCode = Annotated[str, Field(pattern=r"^[0-9]{4}$", examples=["3026"])]


class NewAccount(Contract):
    """The password of a member of staff for the first login; shown only now."""

    initial_password: str = Field(
        description="Opens nothing but `POST /v1/staff/password`, for 24 hours"
    )
    authenticator_address: str = Field(description="Sets the authenticator app up (otpauth://)")


class OpenAccount(Contract):
    """Open an account for somebody who has neither an office nor a licence."""

    model_config = ConfigDict(extra="forbid")

    username: Username
    role: Literal["focal_point", "editor", "leadership", "district_staff", "vendor"]
    ministry: str | None = Field(
        default=None, max_length=40, description="Whose focal point or editor; null of the others"
    )
    district: DistrictCode | None = Field(
        default=None, description="Of staff of a district; null of the others"
    )


ACCOUNTS_AT_ONCE: Final = 50
"""Most accounts of which one request asks by their ids."""


_ID: Final = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


class AccountsQuery(SearchQuery):
    """Which accounts."""

    ids: Annotated[
        str | None,
        Field(
            pattern=rf"^{_ID}(,{_ID}){{0,{ACCOUNTS_AT_ONCE - 1}}}$",
            description=f"Only those with these ids, {ACCOUNTS_AT_ONCE} at most, with commas "
            "between them",
        ),
    ] = None

    role: Annotated[
        str | None, Field(max_length=40, description="Only those that have or had this role")
    ] = None

    @property
    def staff_ids(self) -> list[UUID] | None:
        """The ids; None for all accounts."""
        return [UUID(staff_id) for staff_id in self.ids.split(",")] if self.ids else None


class AccountView(Contract):
    """An account of a member of staff."""

    staff_id: UUID
    username: str
    roles: list[str] = Field(description="That it has today, by name")
    active: bool
    initial_until: AwareDatetime | None = Field(
        default=None, description="Until when its initial password can be changed; null for its own"
    )


class AccountOpened(AccountView, NewAccount):
    """A new account."""


class AccountList(Contract):
    """Accounts of staff, by username."""

    items: list[AccountView]
    next: str | None = Field(None, description="Continues the list (`?after=`)")


AccountActKind = Literal["new_password", "new_app", "new_password_and_app", "programme_account"]
"""What two people of the programme do with an account: the person begins again with an initial
password, an authenticator app, or both; or somebody new works for the programme."""


class ProposeAccount(Contract):
    """Propose a new beginning for an account, or an account of the programme."""

    model_config = ConfigDict(extra="forbid")

    kind: AccountActKind
    username: Username
    reason: Annotated[str, Field(min_length=3, max_length=500)]


class RejectProposal(Contract):
    """Reject a colleague's proposal with a reason; or take my own proposal back."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[str, Field(min_length=3, max_length=500)] | None = Field(
        default=None, description="The proposer reads it; needed unless the proposal is mine"
    )


NotByMe = Literal["mine", "about_me", "proposer_left"]
"""Why I cannot approve a proposal: it is mine, about my own account, or its proposer is not of the
programme any more."""


class ProposalView(Contract):
    """A proposal of one person of the programme, which a second one approves or rejects."""

    proposal_id: UUID
    kind: str = Field(description="As in `ProposeAccount` and `ProposeSanction`")
    username: str = Field(description="Whom it is about")
    uddokta_id: UUID | None = Field(default=None, description="Of a sanction")
    office_id: str | None = Field(default=None, description="At which an officer gets a duty")
    reason: str
    proposed_by: str = Field(description="Username")
    proposed_at: AwareDatetime
    is_mine: bool = Field(description="Whether I proposed it: then I can take it back only")
    not_by_me: NotByMe | None = Field(
        default=None, description="Why I cannot approve it; null if I can"
    )
    rejected_by: str | None = Field(default=None, description="Username")
    rejected_at: AwareDatetime | None = None
    rejected_because: str | None = None


class ProposalList(Contract):
    """Proposals that wait for a second person, the oldest first."""

    items: list[ProposalView]
    rejected: list[ProposalView] = Field(
        default=[], description="Mine that colleagues have rejected, until I say that I know it"
    )
    people: int | None = Field(
        default=None,
        description="People of the programme today. With fewer than three, nobody can let one of "
        "them begin again",
    )
    next: str | None = Field(None, description="Continues the list (`?after=`)")


class ProposalApproved(ProposalView):
    """The approved proposal; with the password for a new beginning, shown only now."""

    initial_password: str | None = None
    authenticator_address: str | None = None


class GiveRole(Contract):
    """Give an account a role, or change until when it has it."""

    model_config = ConfigDict(extra="forbid")

    until: Day | None = Field(
        default=None, description="The last day in Dhaka on which it holds; null for no end"
    )
    ministry: MinistryId | None = Field(
        default=None, description="Of a role of a ministry; null for that of the account"
    )
    district: DistrictCode | None = Field(default=None, description="Of a role of a district")


class RoleView(Contract):
    """A role of an account."""

    role: str
    given_by: str = Field(description="Name in journals of whoever gave it")
    given_at: AwareDatetime
    until: Day | None = Field(description="The last day in Dhaka on which it holds")
    district: str | None = Field(default=None, description="Code, of a role of a district")


class RoleList(Contract):
    """The roles that an account has today, by name."""

    items: list[RoleView]


NewBeginning = Literal["possible", "own", "of_operators", "closed", "too_few_people"]
"""Whether I can propose that an account begins again; `too_few_people`: it is of the programme,
and nobody would be left to approve."""


class AccountDetail(AccountView):
    """An account, its roles today, and whether I can propose that it begins again."""

    given_roles: list[RoleView]
    new_beginning: NewBeginning
    roles_here: list[str] = Field(
        default=[], description="Roles that I can give this account, or take from it"
    )
