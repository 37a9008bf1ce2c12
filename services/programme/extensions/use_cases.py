"""Extensions proposed, approved and rejected."""

from datetime import datetime
from uuid import UUID

from libs.audit.queries import record_action
from libs.bangladesh.bodies import bodies_by_id
from libs.bangladesh.calendar import dhaka_date
from libs.contracts.programme import ProposeExtension
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.ids import new_id
from libs.two_people import use_cases as two_people
from libs.two_people.rules import Act
from services.programme.bodies import use_cases as bodies
from services.programme.bodies.facts import Extension
from services.programme.bodies.overview import Overview
from services.programme.extensions import rules

_MOST_ACTS = 20


async def read(tx: Transaction, body: str) -> list[Act]:
    """Return the proposals about a body, the newest first.

    Raises:
        Refused: there is no such body.
    """
    if body not in bodies_by_id():
        raise Refused("body_not_found")
    return await two_people.read_acts(tx, rules.subject_of(body), after=None, limit=_MOST_ACTS)


async def propose(
    tx: Transaction, overview: Overview, body: str, wanted: ProposeExtension, by: UUID, at: datetime
) -> Act:
    """Propose longer for a step of a body; a repeat returns the proposal that waits.

    Raises:
        Refused: there is no such body, or it cannot get longer for the step.
    """
    if body not in bodies_by_id():
        raise Refused("body_not_found")
    act = rules.proposal(new_id(), body, wanted, by, at)
    await _check(tx, overview, rules.extension_of(act), at)
    return await two_people.propose(tx, act)


async def approve(tx: Transaction, overview: Overview, act_id: UUID, by: UUID, at: datetime) -> Act:
    """Give a body longer for a step, as another person has proposed.

    Raises:
        Refused: there is no such proposal, the same person proposed it, it was answered before, or
            the body cannot get longer for the step any more.
    """
    subject = await two_people.read_subject(tx, act_id)
    rules.body_in(subject)
    await bodies.lock_facts(tx)
    act = await two_people.approve(tx, subject, act_id, by, at)
    extension = rules.extension_of(act)
    await _check(tx, overview, extension, at)
    await bodies.extend(tx, act_id, extension)
    await record_action(
        tx,
        actor=f"staff:{by}",
        action=f"extend {extension.step}",
        subject=extension.body,
        detail=f"until {extension.due_on}",
    )
    return act


async def reject(tx: Transaction, act_id: UUID, by: UUID, at: datetime, because: str | None) -> Act:
    """Reject a proposal and say why, or take the own one back.

    Raises:
        Refused: there is no such proposal, it was answered before, or there is no reason.
    """
    rules.body_in(await two_people.read_subject(tx, act_id))
    return await two_people.reject(tx, act_id, by, at, because)


async def _check(tx: Transaction, overview: Overview, wanted: Extension, at: datetime) -> None:
    states = await bodies.read_states(tx, overview, dhaka_date(at))
    rules.check(wanted, states[wanted.body])
