"""Which criteria can be set, and whether the pilot meets them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from libs.bangladesh.calendar import dhaka_date
from libs.contracts.language import Text
from libs.contracts.pilot import (
    CriterionState,
    CriterionView,
    PilotCriterion,
    PilotPlan,
    PilotProposal,
    ProposePilot,
)
from libs.contracts.programme import AreaStage
from libs.errors import Refused
from libs.two_people.rules import Act
from services.programme.assistance import rules as assistance
from services.programme.assistance.rules import Counted

SUBJECT: Final = "pilot"
_LONGEST_DAYS: Final = 730
_DAY: Final = timedelta(days=1)

_LEAST: Final = frozenset({"in_time", "satisfaction", "open_days"})
"""Criteria whose value has to be as large as the threshold; of the others as small."""

_SOURCES: Final[Mapping[PilotCriterion, Text]] = {
    "in_time": Text(
        bn="সব সেবার সিদ্ধান্ত, ঘটনা থেকে গোনা; শেষ দিন পেরোনো প্রতিটি আবেদন বিপক্ষে গোনা হয়। "
        "এলাকা ধরে গোনা হয় না",
        en="decisions of all public services, counted from events; each application that passed "
        "its last day counts against it. There is no count by area",
    ),
    "satisfaction": Text(
        bn="নাগরিকদের দেওয়া মূল্যায়ন, সব সেবার; ৫-এর মধ্যে ৪ ও ৫",
        en="ratings by citizens, of all public services; 4 and 5 of 5",
    ),
    "lost": Text(
        bn="রাতে সারি থেকে আবার গোনা আবেদন, যার ঘটনা গোনা হয়নি; প্রতিটি দিন আবার গোনা থাকলেই জানা",
        en="applications counted again at night from their rows, whose event was not counted; "
        "known once each day was counted again",
    ),
    "overcharging": Text(
        bn="নাগরিকদের অভিযোগ যে বেশি টাকা চাওয়া হয়েছে, বা যার ধরন বলা হয়নি; উদ্যোক্তারা যত আবেদন "
        "জমা দিয়েছেন তার মধ্যে। জমা পড়া প্রতিটির হিসাব এলে তবেই জানা",
        en="complaints of citizens that more than the price was asked, or of no known kind, of the "
        "applications that uddoktas sent; known once each of these was counted",
    ),
    "open_days": Text(
        bn="পাইলটের এলাকা যেসব দিন চালু ছিল ও কোনোটি থামানো ছিল না",
        en="days on which an area of the pilot was open and none was paused",
    ),
    "cost": Text(
        bn="সম্মতির ফি ও সেবা মূল্য, উদ্যোক্তার জমা দেওয়া আবেদনে; দপ্তরে দেওয়া অপ্রকাশিত ফি জানা নেই, "
        "তাই সেগুলো সবচেয়ে বেশি ধরা হয়",
        en="fee and charge of the consent, of the applications that uddoktas sent; where an "
        "unpublished fee is paid at the office, the cost is not known and counts as the dearest",
    ),
}


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of a criterion; a value of None is not known.

    Args:
        value: rounded against passing.
        denominator: of how many; None where there is none.
    """

    value: int | None = None
    denominator: int | None = None


Changes = Mapping[str, Sequence[tuple[datetime, AreaStage]]]
"""When areas were opened and paused, by area, the oldest first."""


def check_not_ended(plan: PilotPlan | None, today: date) -> None:
    """Check that the criteria can be changed.

    Raises:
        Refused: the last day of those that count is over.
    """
    if plan is not None and today > plan.last_day:
        raise Refused("pilot_ended")


def check_days(plan: PilotPlan, today: date) -> None:
    """Check the days of criteria.

    Raises:
        Refused: the last day does not lie ahead or is before the first one, they are too many, or
            the pilot is to be open on more days than it has.
    """
    days = (plan.last_day - plan.first_day).days + 1
    if plan.last_day <= today or days < 1:
        raise Refused("pilot_days_wrong", pointer="/last_day")
    if days > _LONGEST_DAYS:
        raise Refused("pilot_days_wrong", pointer="/first_day")
    if plan.open_days > days:
        raise Refused("pilot_days_wrong", pointer="/open_days")


def proposal(act_id: UUID, wanted: ProposePilot, by: UUID, at: datetime) -> Act:
    """Return the act that sets criteria."""
    plan = wanted.model_dump_json(exclude={"reason"})
    return Act(act_id, SUBJECT, plan, wanted.reason, by, at)


def plan_of(act: Act) -> PilotPlan:
    """Return the criteria that an act sets."""
    return PilotPlan.model_validate_json(act.kind)


def proposal_view(act: Act) -> PilotProposal:
    """Return a proposal as the programme's staff see it."""
    is_waiting = act.approved_at is None and act.rejected_at is None
    return PilotProposal(
        act_id=act.act_id,
        plan=plan_of(act),
        reason=act.reason,
        proposed_by=act.proposed_by,
        proposed_at=act.proposed_at,
        state="waiting" if is_waiting else "approved" if act.approved_at else "rejected",
        rejected_because=act.rejected_because,
    )


def last_counted(plan: PilotPlan, today: date) -> date:
    """Return the last day of the pilot that is over; the day before the first one if none is."""
    return max(min(plan.last_day, today - _DAY), plan.first_day - _DAY)


def in_time(counted: Mapping[str, int]) -> Seen:
    """Return the percent of decisions by their last day.

    Whatever passed its last day counts against it, decided or not.
    """
    done = counted.get("in_time", 0)
    late = max(counted.get("late", 0), counted.get("overdue", 0))
    return _share(done, done + late)


def satisfaction(counted: Mapping[str, int]) -> Seen:
    """Return the percent of ratings of 4 and 5."""
    rated = sum(number for metric, number in counted.items() if metric.startswith("rated_"))
    return _share(counted.get("rated_4", 0) + counted.get("rated_5", 0), rated)


def lost(missing: int, recounted: int, days: int) -> Seen:
    """Return how many applications were lost; not known before each day was counted again."""
    return Seen(missing if 0 < days <= recounted else None, recounted)


def overcharging(helped: Counted, assisted: int) -> Seen:
    """Return the complaints of overcharging, of 10,000 applications that uddoktas sent.

    Not known while applications has announced more of these than were counted here.
    """
    used = assistance.sent(helped)
    share = assistance.overcharged_share(helped)
    return Seen(share if used >= assisted else None, used)


def cost(helped: Counted, assisted: int) -> Seen:
    """Return what an application that an uddokta sent costs its citizen, in whole taka (median).

    One that applications has announced and that was not counted here may be the dearest.
    """
    used = assistance.sent(helped)
    missing = max(assisted - used, 0)
    return Seen(assistance.median_cost(helped, missing), used + missing)


def open_days(changes: Changes, first: date, last: date) -> Seen:
    """Return on how many days an area was open in the evening, and none paused at any time."""
    days = (last - first).days + 1
    found = 0
    for day in (first + _DAY * number for number in range(days)):
        stages = [_stages_on(of_area, day) for of_area in changes.values()]
        found += any(seen[-1] == "open" for seen in stages) and not any(
            "paused" in seen for seen in stages
        )
    return Seen(found, days)


def criteria_of(plan: PilotPlan, seen: Mapping[PilotCriterion, Seen]) -> list[CriterionView]:
    """Return each criterion with what is known of it."""
    return [_criterion(plan, criterion, seen.get(criterion, Seen())) for criterion in _SOURCES]


def has_passed(plan: PilotPlan, criteria: Sequence[CriterionView], today: date) -> bool:
    """Whether the pilot has ended, and each criterion is passed."""
    return today > plan.last_day and all(view.state == "passed" for view in criteria)


def _criterion(plan: PilotPlan, criterion: PilotCriterion, seen: Seen) -> CriterionView:
    threshold = _thresholds(plan)[criterion]
    at_least = criterion in _LEAST
    state: CriterionState = "not_known"
    if seen.value is not None:
        is_enough = seen.value >= threshold if at_least else seen.value <= threshold
        state = "passed" if is_enough else "failed"
    return CriterionView(
        criterion=criterion,
        threshold=threshold,
        at_least=at_least,
        value=seen.value,
        denominator=seen.denominator,
        state=state,
        source=_SOURCES[criterion],
    )


def _thresholds(plan: PilotPlan) -> Mapping[PilotCriterion, int]:
    return {
        "in_time": plan.in_time,
        "satisfaction": plan.satisfaction,
        "lost": plan.lost,
        "overcharging": plan.overcharging,
        "open_days": plan.open_days,
        "cost": plan.cost,
    }


def _share(part: int, whole: int) -> Seen:
    return Seen(part * 100 // whole if whole else None, whole)


def _stages_on(changes: Sequence[tuple[datetime, AreaStage]], day: date) -> list[AreaStage]:
    """Return the stages that an area had on a day, the last one in the evening."""
    before = [stage for at, stage in changes if dhaka_date(at) < day]
    return [*(before[-1:] or ["planned"]), *(s for at, s in changes if dhaka_date(at) == day)]
