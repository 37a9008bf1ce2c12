"""HTTP routes of extensions, for the programme's staff."""

from typing import Annotated, Final
from uuid import UUID

from pydantic import Field

from libs.clock import Clock
from libs.contracts.accounts import RejectProposal
from libs.contracts.programme import ExtensionProposal, ExtensionProposalList, ProposeExtension
from libs.database.transaction import Transaction
from libs.two_people.rules import Act
from libs.web.callers.tokens import Staff
from libs.web.handling.routes import Routes
from services.programme.bodies.overview import Overview
from services.programme.extensions import rules, use_cases

_ROLES: Final = ("programme",)
_BASE: Final = "/v1/programme/bodies/{body}/extensions"
_PROPOSAL: Final = "/v1/programme/extensions/{act_id}"
_WRONG: Final = ("extension_of_nothing", "extended_twice", "extension_not_later")
_ANSWERED: Final = ("approved_before", "rejected_before")

BodyId = Annotated[str, Field(description="Id of the body", examples=["mopa"])]
ActId = Annotated[UUID, Field(description="Id of the proposal")]

routes = Routes()


@routes.get(_BASE, roles=_ROLES, problems=("role_missing", "body_not_found"))
async def list_extensions(
    body: BodyId,
    staff: Staff,  # noqa: ARG001 -- checked before the handler is called
    tx: Transaction,
) -> ExtensionProposalList:
    """List proposals to give a body longer, the newest first (programme)."""
    acts = await use_cases.read(tx, body)
    return ExtensionProposalList(items=[_view(act) for act in acts])


@routes.post(
    _BASE,
    status=201,
    roles=_ROLES,
    problems=("role_missing", "body_not_found", *_WRONG),
    example={"step": "list", "due_on": "2026-07-10", "reason": "letter 05.00 of 25 June 2026"},
)
async def propose_extension(
    body: BodyId,
    wanted: ProposeExtension,
    staff: Staff,
    tx: Transaction,
    overview: Overview,
    clock: Clock,
) -> ExtensionProposal:
    """Propose to give a body longer for a step, twice at most (programme)."""
    act = await use_cases.propose(tx, overview, body, wanted, staff.staff_id, clock.now())
    return _view(act)


@routes.post(
    f"{_PROPOSAL}/approval",
    roles=_ROLES,
    recent_login=True,
    problems=("role_missing", *_ANSWERED, "second_person_needed", *_WRONG),
)
async def approve_extension(
    act_id: ActId, staff: Staff, tx: Transaction, overview: Overview, clock: Clock
) -> ExtensionProposal:
    """Give longer, as another person has proposed (programme)."""
    return _view(await use_cases.approve(tx, overview, act_id, staff.staff_id, clock.now()))


@routes.post(
    f"{_PROPOSAL}/rejection",
    roles=_ROLES,
    recent_login=True,
    problems=("role_missing", *_ANSWERED, "rejection_without_reason"),
    example={"reason": "the list has been late twice"},
)
async def reject_extension(
    act_id: ActId, body: RejectProposal, staff: Staff, tx: Transaction, clock: Clock
) -> ExtensionProposal:
    """Reject a proposal of another person and say why, or take the own one back (programme)."""
    return _view(await use_cases.reject(tx, act_id, staff.staff_id, clock.now(), body.reason))


def _view(act: Act) -> ExtensionProposal:
    extension = rules.extension_of(act)
    is_open = act.approved_at is None and act.rejected_at is None
    return ExtensionProposal(
        act_id=act.act_id,
        body=extension.body,
        step=extension.step,
        due_on=extension.due_on,
        reason=act.reason,
        proposed_by=act.proposed_by,
        proposed_at=act.proposed_at,
        state="waiting" if is_open else "approved" if act.approved_at else "rejected",
        rejected_because=act.rejected_because,
    )
