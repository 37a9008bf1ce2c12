"""Criteria of the pilot proposed, set and computed."""

from datetime import date, datetime
from typing import Final
from uuid import UUID

from libs.audit.queries import record_action
from libs.bangladesh.calendar import dhaka_date
from libs.contracts.pilot import (
    CriterionView,
    PilotPlan,
    PilotPlanSet,
    PilotView,
    ProposePilot,
)
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.ids import new_id
from libs.two_people import use_cases as two_people
from libs.two_people.rules import Act
from services.programme.assistance import use_cases as assistance
from services.programme.figures import use_cases as figures
from services.programme.pilot import queries, rules
from services.programme.pilot.rules import Changes

_MOST_SHOWN: Final = 20


async def read(tx: Transaction, today: date, changes: Changes) -> PilotView:
    """Return the pilot: its criteria with what is known of them, and who set them."""
    plans = await queries.read_plans(tx, limit=_MOST_SHOWN)
    acts = await two_people.read_acts(tx, rules.SUBJECT, after=None, limit=_MOST_SHOWN)
    plan = plans[0].plan if plans else None
    criteria = await _criteria(tx, plan, today, changes) if plan else []
    return PilotView(
        has_ended=plan is not None and today > plan.last_day,
        has_passed=plan is not None and rules.has_passed(plan, criteria, today),
        criteria=criteria,
        plans=plans,
        proposals=[rules.proposal_view(act) for act in acts],
    )


async def has_passed(tx: Transaction, today: date, changes: Changes) -> bool:
    """Whether the pilot has ended, and each criterion is passed by what is counted now."""
    plans = await queries.read_plans(tx, limit=1)
    if not plans or today <= plans[0].plan.last_day:
        return False
    criteria = await _criteria(tx, plans[0].plan, today, changes)
    return rules.has_passed(plans[0].plan, criteria, today)


async def propose(tx: Transaction, wanted: ProposePilot, by: UUID, at: datetime) -> Act:
    """Propose criteria of the pilot; a repeat returns the proposal that waits.

    Raises:
        Refused: the pilot has ended, or the days are not right.
    """
    await _lock_and_check(tx, wanted, at)
    act = await two_people.propose(tx, rules.proposal(new_id(), wanted, by, at))
    await record_action(tx, actor=f"staff:{by}", action="propose pilot", subject=act.subject)
    return act


async def approve(tx: Transaction, act_id: UUID, by: UUID, at: datetime) -> Act:
    """Set criteria of the pilot, as another person has proposed.

    Raises:
        Refused: there is no such proposal, the same person made it, it was answered before, the
            pilot has ended, or its days are not right any more.
    """
    await _check_subject(tx, act_id)
    await queries.lock_plans(tx)
    act = await two_people.approve(tx, rules.SUBJECT, act_id, by, at)
    plan = rules.plan_of(act)
    await _lock_and_check(tx, plan, at)
    people = [f"staff:{act.proposed_by}", f"staff:{by}"]
    made = PilotPlanSet(plan=plan, reason=act.reason, by=people, set_at=at)
    await queries.insert_plan(tx, act_id, made)
    await record_action(
        tx,
        actor=people[1],
        action="set pilot",
        subject=act.subject,
        detail=f"{plan.first_day} to {plan.last_day}",
    )
    return act


async def reject(tx: Transaction, act_id: UUID, by: UUID, at: datetime, because: str | None) -> Act:
    """Reject a proposal and say why, or take the own one back.

    Raises:
        Refused: there is no such proposal, it was answered before, or there is no reason.
    """
    await _check_subject(tx, act_id)
    return await two_people.reject(tx, act_id, by, at, because)


async def _check_subject(tx: Transaction, act_id: UUID) -> None:
    if await two_people.read_subject(tx, act_id) != rules.SUBJECT:
        raise Refused("not_found")


async def _lock_and_check(tx: Transaction, plan: PilotPlan, at: datetime) -> None:
    await queries.lock_plans(tx)
    plans = await queries.read_plans(tx, limit=1)
    today = dhaka_date(at)
    rules.check_not_ended(plans[0].plan if plans else None, today)
    rules.check_days(plan, today)


async def _criteria(
    tx: Transaction, plan: PilotPlan, today: date, changes: Changes
) -> list[CriterionView]:
    """Compute the criteria from what was counted on the days of the pilot that are over."""
    last = rules.last_counted(plan, today)
    counted = await figures.read_between(tx, plan.first_day, last)
    missing, recounted = await figures.read_lost_between(tx, plan.first_day, last)
    is_cut = await figures.is_cut(tx, plan.first_day)
    helped = {} if is_cut else await assistance.read_between(tx, plan.first_day, last)
    assisted = counted.get("assisted", 0)
    days = (last - plan.first_day).days + 1
    return rules.criteria_of(
        plan,
        {
            "in_time": rules.in_time(counted),
            "satisfaction": rules.satisfaction(counted),
            "lost": rules.lost(missing, recounted, days),
            "overcharging": rules.overcharging(helped, assisted),
            "cost": rules.cost(helped, assisted),
            "open_days": rules.open_days(changes, plan.first_day, last),
        },
    )
