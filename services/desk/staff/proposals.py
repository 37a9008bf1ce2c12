"""Answers to what another person has proposed."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from pydantic import BaseModel

from libs.contracts.accounts import AccountList, RejectProposal
from libs.pages.gateway import ApiProblem, Gateway
from libs.pages.posts import Posted
from libs.pages.visits import Visit


class Proposal(Protocol):
    """A proposal that two people decide."""

    @property
    def act_id(self) -> UUID:
        """Its id."""

    @property
    def proposed_by(self) -> UUID:
        """The account of whoever proposed it."""

    @property
    def state(self) -> str:
        """Whether it waits, or how it was answered."""


async def find_own(gateway: Gateway, staff: Visit, proposals: Sequence[Proposal]) -> set[UUID]:
    """Return the waiting proposals that this person made, and can only take back.

    Empty for who may not read accounts; the API refuses an approval of one's own all the same.
    """
    waiting = [proposal for proposal in proposals if proposal.state == "waiting"]
    if not waiting or staff.login is None:
        return set()
    query = {"ids": ",".join(sorted({str(proposal.proposed_by) for proposal in waiting}))}
    try:
        listed = await gateway.read(staff, AccountList, "/v1/staff", query, personal=True)
    except ApiProblem:
        return set()
    person = staff.login.person
    own = {account.staff_id for account in listed.items if account.username == person}
    return {proposal.act_id for proposal in waiting if proposal.proposed_by in own}


async def answer_proposal(
    gateway: Gateway, staff: Visit, path: str, posted: Posted, model: type[BaseModel]
) -> None:
    """Approve a proposal, or reject it with the reason that was typed, as the button says.

    Args:
        gateway: to the API.
        staff: who answers.
        path: of the proposal in the API.
        posted: `action` is `approve` or another word; `rejection` is the reason.
        model: of the API's answer.

    Raises:
        ApiProblem: the API refuses.
    """
    if posted.text("action") == "approve":
        await gateway.post(staff, f"{path}/approval", model=model)
    else:
        rejected = RejectProposal.model_construct(reason=posted.text("rejection") or None)
        await gateway.post(staff, f"{path}/rejection", rejected, model=model)
