"""Accounts and proposals as the API shows them to the programme."""

from datetime import UTC, datetime
from uuid import UUID

from libs.contracts.accounts import AccountDetail, NewBeginning, ProposalView, RoleView
from libs.contracts.centres import CentreDetails
from libs.contracts.language import Text
from libs.contracts.offices import OfficerView, OfficeView

AT = datetime(2026, 11, 1, 3, tzinfo=UTC)
CENTRE = CentreDetails(
    service_centre_id="uttara",
    name=Text(bn="উত্তরা", en="Uttara"),
    address=Text(bn="রবীন্দ্র সরণি, ঢাকা", en="Rabindra Sarani, Dhaka"),
    area="30262500",
    opens_at="09:00",
    closes_at="17:00",
    open_days=[7, 1, 2],
    state="planned",
    source=None,
)
OFFICE = OfficeView(
    office_id="dncc-zone-6",
    name=Text(bn="অঞ্চল ৬", en="Zone 6"),
    kind="city_corporation_zone",
    ministry="lgd",
    area="30262500",
    state="running",
)
OFFICER = OfficerView(
    officer_id=UUID(int=6),
    username="karim",
    ministry="lgd",
    office_id=OFFICE.office_id,
    area=OFFICE.area,
    active=True,
)


def proposal(proposal_id: UUID, *, is_mine: bool) -> ProposalView:
    """That an account begins again."""
    return ProposalView(
        proposal_id=proposal_id,
        kind="new_password",
        username="rahim",
        reason="seen in person",
        proposed_by="salma",
        proposed_at=AT,
        is_mine=is_mine,
        not_by_me="mine" if is_mine else None,
    )


def account(staff_id: UUID, new_beginning: NewBeginning = "possible") -> AccountDetail:
    """An uddokta's account."""
    return AccountDetail(
        staff_id=staff_id,
        username="rahim",
        roles=["uddokta"],
        active=True,
        given_roles=[RoleView(role="uddokta", given_by="salma", given_at=AT, until=None)],
        new_beginning=new_beginning,
    )
