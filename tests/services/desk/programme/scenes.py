"""Accounts and proposals as the API shows them to the programme."""

from datetime import UTC, datetime
from uuid import UUID

from libs.contracts.accounts import AccountDetail, NewBeginning, ProposalView, RoleView

AT = datetime(2026, 11, 1, 3, tzinfo=UTC)


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
