"""Proposals made, approved, rejected and listed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from libs.audit.queries import record_action
from libs.bangladesh.bodies import bodies_by_id
from libs.contracts.accounts import (
    AccountDetail,
    ProposalApproved,
    ProposalList,
    ProposalView,
    ProposeAccount,
)
from libs.contracts.lists import ListQuery
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.ids import new_id
from libs.two_people import use_cases as two_people
from libs.two_people.rules import Act
from services.identity.absences import use_cases as absences
from services.identity.absences.rules import absence_act_in
from services.identity.duties import use_cases as duties
from services.identity.duties.rules import duty_act_in, office_in
from services.identity.mandates import use_cases as mandates
from services.identity.proposals import rules
from services.identity.second_factors.use_cases import SecondFactors, set_up_app
from services.identity.staff import rules as staff_rules
from services.identity.staff import use_cases as staff
from services.identity.staff.passwords import InitialPassword
from services.identity.staff.rules import check_account
from services.identity.uddoktas.rules import uddokta_in

_NEW: Final = rules.NEW_OF_PROGRAMME
_REJECTED_SHOWN: Final = 20


class Approver(NamedTuple):
    """The approving person, the time, and the secrets for a new beginning."""

    staff_id: UUID
    at: datetime
    initial: InitialPassword
    factors: SecondFactors


async def propose(tx: Transaction, wanted: ProposeAccount, by: UUID, at: datetime) -> ProposalView:
    """Store a new beginning of an account that a second person has to approve.

    A repeat returns the one that waits.

    Raises:
        Refused: there is no such account, it is the own one, closed or an operator's, or of a
            programme of two; or the username of a new one is malformed or taken.
    """
    if wanted.kind == _NEW:
        check_account(wanted.username, "programme", None, bodies_by_id())
        await _check_free(tx, wanted.username)
    else:
        await _lock_to_begin_again(tx, wanted.username, by, at)
    act = Act(new_id(), rules.subject_of(wanted.username), wanted.kind, wanted.reason, by, at)
    waiting = await two_people.propose(tx, act)
    if waiting is act:
        await record_action(
            tx, actor=f"staff:{by}", action=f"propose {act.kind}", subject=act.subject
        )
    (view,) = await _views(tx, [waiting], by, at)
    return view


async def approve(tx: Transaction, proposal_id: UUID, approver: Approver) -> ProposalApproved:
    """Carry out another person's proposal.

    Raises:
        Refused: there is no such proposal, it was approved or rejected before, the same person
            proposed it, whoever did is not of the programme any more, or it is about the account
            of who approves.
    """
    by, at = approver.staff_id, approver.at
    uddokta_id = uddokta_in(await two_people.read_subject(tx, proposal_id))
    if uddokta_id is not None:
        approved = await mandates.approve_sanction(tx, uddokta_id, proposal_id, by, at)
        (view,) = await _views(tx, [approved], by, at)
        return ProposalApproved(**view.model_dump())
    act = await two_people.lock_act(tx, proposal_id)
    duty, username, absence = duty_act_in(act), rules.username_in(act), absence_act_in(act)
    if duty is None and username is None and absence is None:
        raise Refused("not_found")
    await two_people.approve(tx, act.subject, proposal_id, by, at)
    await staff.check_proposer(tx, act.proposed_by, at)
    await record_action(tx, actor=f"staff:{by}", action=f"approve {act.kind}", subject=act.subject)
    if duty is not None:
        await duties.carry_out(tx, duty, office_in(act), by, at)
        (view,) = await _views(tx, [act], by, at)
        return ProposalApproved(**view.model_dump())
    if absence is not None:
        await absences.carry_out(tx, absence, by, at)
        (view,) = await _views(tx, [act], by, at)
        return ProposalApproved(**view.model_dump())
    address = await _begin_again(tx, act.kind, username or "", approver)
    (view,) = await _views(tx, [act], by, at)
    return ProposalApproved(
        **view.model_dump(),
        initial_password=approver.initial.text if rules.wants_password(act.kind) else None,
        authenticator_address=address,
    )


async def _begin_again(tx: Transaction, kind: str, username: str, approver: Approver) -> str | None:
    """Make an account, or let it begin again; return the address of a new app, if there is one.

    Raises:
        Refused: it is the own account, a closed one, or of a programme of two.
    """
    by, at = approver.staff_id, approver.at
    actor = f"staff:{by}"
    if kind == _NEW:
        made, _ = await staff.create_staff(
            tx, username, "programme", None, by=actor, at=at, initial=approver.initial
        )
        return await set_up_app(tx, approver.factors, made.staff_id, username)
    await _lock_to_begin_again(tx, username, by, at)
    if rules.wants_password(kind):
        await staff.set_initial_password(tx, username, by=actor, at=at, initial=approver.initial)
    if rules.wants_app(kind):
        return await staff.reset_second_factors(tx, approver.factors, username, by=actor)
    return None


async def reject(
    tx: Transaction, proposal_id: UUID, by: UUID, at: datetime, because: str | None
) -> ProposalView:
    """Reject another person's proposal with a reason, or take the own one back.

    Raises:
        Refused: there is no such proposal, it was approved or rejected before, or there is no
            reason.
    """
    act = await two_people.reject(tx, proposal_id, by, at, because)
    await record_action(tx, actor=f"staff:{by}", action=f"reject {act.kind}", subject=act.subject)
    (view,) = await _views(tx, [act], by, at)
    return view


async def know_rejection(
    tx: Transaction, proposal_id: UUID, by: UUID, at: datetime
) -> ProposalView:
    """Record that a proposer knows of a rejection, which is shown no more.

    Raises:
        Refused: there is no such proposal of this person, or it was not rejected.
    """
    act = await two_people.know_rejection(tx, proposal_id, by, at)
    (view,) = await _views(tx, [act], by, at)
    return view


async def list_waiting(tx: Transaction, by: UUID, query: ListQuery, at: datetime) -> ProposalList:
    """Return proposals that wait for a second person, the oldest first, and rejected own ones."""
    found = await two_people.read_waiting(tx, after=query.after, limit=query.one_more)
    page, following = query.page(found, lambda act: act.act_id)
    rejected = await two_people.read_rejected(tx, by, limit=_REJECTED_SHOWN)
    views = await _views(tx, [*page, *rejected], by, at)
    return ProposalList(
        items=views[: len(page)],
        rejected=views[len(page) :],
        people=await staff.count_programme(tx, at),
        next=following,
    )


async def read_account(tx: Transaction, staff_id: UUID, by: UUID, at: datetime) -> AccountDetail:
    """Return an account, and whether a person of the programme lets it begin again.

    Raises:
        Refused: there is no such account.
    """
    account = (await staff.find_people(tx, [staff_id])).get(staff_id)
    if account is None:
        raise Refused("not_found")
    people = await staff.count_programme(tx, at)
    return AccountDetail(
        **account.view(at).model_dump(),
        given_roles=[role.view() for role in account.roles if role.holds_at(at)],
        new_beginning=rules.new_beginning(account, by, people, at),
        roles_here=staff_rules.roles_changed_by(account, by),
    )


async def _lock_to_begin_again(tx: Transaction, username: str, by: UUID, at: datetime) -> None:
    """Lock an account that is to begin again.

    Raises:
        Refused: there is no such account, or it is none of those.
    """
    account = await staff.find_account(tx, username)
    rules.check_may_begin_again(account, by, await staff.count_programme(tx, at), at)


async def _check_free(tx: Transaction, username: str) -> None:
    try:
        await staff.find_account(tx, username)
    except Refused:
        return
    raise Refused("staff_username_taken", pointer="/username")


async def _views(
    tx: Transaction, acts: Sequence[Act], by: UUID, at: datetime
) -> list[ProposalView]:
    uddoktas = {act.act_id: uddokta_in(act.subject) for act in acts}
    answered = {act.rejected_by for act in acts}
    proposers = {act.proposed_by for act in acts}
    wanted = {by, *proposers, *filter(None, answered), *filter(None, uddoktas.values())}
    people = await staff.find_people(tx, wanted)
    names = {staff_id: person.username for staff_id, person in people.items()}
    views = []
    for act in acts:
        uddokta_id = uddoktas[act.act_id]
        absence = absence_act_in(act)
        of_account = next(iter(rules.accounts_of(act)), "")
        about = names.get(uddokta_id, "") if uddokta_id else of_account
        views.append(
            ProposalView(
                proposal_id=act.act_id,
                kind=act.kind,
                username=about,
                uddokta_id=uddokta_id,
                office_id=absence.office_id if absence else office_in(act),
                reason=act.reason,
                proposed_by=names.get(act.proposed_by, ""),
                proposed_at=act.proposed_at,
                is_mine=act.proposed_by == by,
                not_by_me=rules.not_by_me(act, by, people, at),
                rejected_by=names.get(act.rejected_by) if act.rejected_by else None,
                rejected_at=act.rejected_at,
                rejected_because=act.rejected_because,
            )
        )
    return views
