"""Answers to what another person has proposed."""

from pydantic import BaseModel

from libs.contracts.accounts import RejectProposal
from libs.pages.gateway import Gateway
from libs.pages.posts import Posted
from libs.pages.visits import Visit


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
