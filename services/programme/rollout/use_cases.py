"""Areas listed, opened by two people, and paused."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

from libs.audit.queries import record_action
from libs.bangladesh.calendar import dhaka_date
from libs.bangladesh.places import Place, all_named, below, children, find_place, named_below, trail
from libs.contracts.language import Text
from libs.contracts.pilot import PilotView
from libs.contracts.programme import AreaStageChanged
from libs.contracts.rollout import (
    OPEN_BEFORE_THE_GATE,
    PILOT_AREAS,
    WHY_OPEN_BEFORE,
    AreaAssistance,
    AreaDetails,
    AreasQuery,
    CentreChecks,
    PauseArea,
    RolloutPage,
    StageFact,
    Stops,
)
from libs.database.transaction import Transaction
from libs.ids import new_id
from libs.messaging.reading import inbox
from libs.messaging.writing import outbox
from libs.two_people import use_cases as two_people
from libs.two_people.rules import Act
from services.programme.assistance import use_cases as assistance
from services.programme.centres import use_cases as centres
from services.programme.centres.rules import Centre
from services.programme.infrastructure import use_cases as infrastructure
from services.programme.infrastructure.rules import checks_of
from services.programme.people import use_cases as people
from services.programme.pilot import use_cases as pilot
from services.programme.rollout import queries, rules
from services.programme.rollout.qualified import qualified_at
from services.programme.rollout.rules import Stages

_MOST_SHOWN: Final = 20
_COUNTED: Final = ("district", "upazila", "city_corporation")
"""Kinds of areas of which help is counted as a whole; within smaller ones by their centres."""


async def list_areas(
    tx: Transaction, query: AreasQuery, district: str | None = None
) -> RolloutPage:
    """Return areas within one, or those with some words in their name.

    Args:
        tx: the transaction.
        query: which areas.
        district: only it and those within it; None for the whole country.

    Raises:
        Refused: there is no such area around them.
    """
    found = await _wanted(tx, query)
    wanted = [place for place in found if district is None or district in trail(place.code)]
    rest = [place for place in wanted if query.after is None or place.code > query.after]
    page, next_ = query.page(rest[: query.one_more], lambda place: place.code)
    stages = await queries.read_stages(tx, {code for place in page for code in trail(place.code)})
    return RolloutPage(items=[rules.summary(place, stages) for place in page], next=next_)


async def read_area(
    tx: Transaction, area: str, services: Mapping[str, Text], today: date
) -> AreaDetails:
    """Return an area: what it needs, what a pause stops, what help costs there, what happened.

    Args:
        tx: the transaction.
        area: its code.
        services: the names of public services, by id.
        today: the day.

    Raises:
        Refused: there is no such area.
    """
    place = rules.place_of(area)
    stages = await queries.read_stages(tx, [*trail(area), *below(area)])
    found = [centre for centre in await centres.find_in(tx, area) if centre.state != "closed"]
    best = await _best(tx, found, today)
    parent_open = await _is_parent_open(tx, place, stages, today)
    acts = await two_people.read_acts(tx, rules.subject_of(area), after=None, limit=_MOST_SHOWN)
    offices = await people.offices_of(tx, [area, *named_below(area)])
    offices.sort(key=lambda office: (office.area != area, office.office_id))
    return AreaDetails(
        summary=rules.summary(place, stages),
        around=[rules.summary(rules.place_of(code), stages) for code in trail(area)[:-1]],
        is_green=best is not None and rules.is_green(best.checks),
        parent_open=parent_open,
        centre=best,
        centres=len(found),
        offices=await infrastructure.check_offices(tx, offices[:_MOST_SHOWN], today),
        office_count=len(offices),
        stops=_stops(area, stages, found),
        proposals=[rules.proposal_view(act) for act in acts],
        history=await queries.read_history(tx, area, limit=_MOST_SHOWN),
        assistance=await _assistance(tx, place, services, today),
    )


async def read_pilot(tx: Transaction, today: date) -> PilotView:
    """Return the pilot: its criteria with what is known of them, and who set them."""
    return await pilot.read(tx, today, await queries.read_changes(tx, PILOT_AREAS))


async def propose(tx: Transaction, area: str, reason: str, by: UUID, at: datetime) -> Act:
    """Propose to open an area; a repeat returns the proposal that waits.

    Raises:
        Refused: there is no such area, it is open, the one around it is not, or its list is not
            green today.
    """
    await _lock_and_check(tx, area, at)
    act = await two_people.propose(tx, rules.opening(new_id(), area, reason, by, at))
    await record_action(tx, actor=f"staff:{by}", action="propose opening", subject=act.subject)
    return act


async def approve(tx: Transaction, act_id: UUID, by: UUID, at: datetime) -> Act:
    """Open an area, as another person has proposed, and announce it.

    Raises:
        Refused: there is no such proposal, the same person made it, it was answered before, the
            area was paused since, the one around it is not open, or its list is not green today.
    """
    area = rules.area_in(await two_people.read_subject(tx, act_id))
    stage = await _lock_and_check(tx, area, at)
    act = await two_people.approve(tx, rules.subject_of(area), act_id, by, at)
    rules.check_not_older(act, stage)
    people = [f"staff:{act.proposed_by}", f"staff:{by}"]
    opened = StageFact(stage="open", at=rules.following(stage, at), reason=act.reason, by=people)
    await _change(tx, area, opened)
    await record_action(tx, actor=people[1], action="open area", subject=act.subject)
    return act


async def reject(tx: Transaction, act_id: UUID, by: UUID, at: datetime, because: str | None) -> Act:
    """Reject a proposal and say why, or take the own one back.

    Raises:
        Refused: there is no such proposal, it was answered before, or there is no reason.
    """
    rules.area_in(await two_people.read_subject(tx, act_id))
    return await two_people.reject(tx, act_id, by, at, because)


async def pause(tx: Transaction, area: str, wanted: PauseArea, by: UUID, at: datetime) -> None:
    """Pause an area, of which the person knows what that stops, and announce it.

    Raises:
        Refused: there is no such area, it is not open, or it stops something else by now.
    """
    rules.place_of(area)
    stage = (await queries.lock_stages(tx, [area])).get(area, rules.Stage())
    rules.check_can_pause(stage)
    stages = await queries.read_stages(tx, [*trail(area), *below(area)])
    stops = _stops(area, stages, await centres.find_in(tx, area))
    rules.check_count(stops, wanted.stops)
    at = rules.following(stage, at)
    actor = f"staff:{by}"
    paused = StageFact(stage="paused", at=at, reason=wanted.reason, by=[actor], stopped=stops)
    await _change(tx, area, paused)
    await record_action(
        tx,
        actor=actor,
        action="pause area",
        subject=rules.subject_of(area),
        detail=f"{stops.areas} areas, {stops.centres} centres",
    )


async def add_first(tx: Transaction, at: datetime) -> int:
    """Open and announce the areas in which centres ran before there was a gate; once.

    A database that was made anew and reads again does not know whether one was paused since.
    """
    if await inbox.rewound_at(tx) is not None:
        return 0
    for area in sorted(OPEN_BEFORE_THE_GATE):
        await queries.insert_planned(tx, area)
        stage = (await queries.lock_stages(tx, [area]))[area]
        if stage.since is None:
            by = ["programme"]
            await _change(tx, area, StageFact(stage="open", at=at, reason=WHY_OPEN_BEFORE, by=by))
    return 0


async def _lock_and_check(tx: Transaction, area: str, at: datetime) -> rules.Stage:
    """Lock an area and those around it, and check that it can open; return its stage.

    Raises:
        Refused: there is no such area, or it cannot.
    """
    place = rules.place_of(area)
    await queries.insert_planned(tx, area)
    stages = await queries.lock_stages(tx, trail(area))
    today = dhaka_date(at)
    best = await _best(tx, await centres.find_in(tx, area), today)
    rules.check_opens(
        place,
        stages[area],
        parent_open=await _is_parent_open(tx, place, stages, today),
        is_green=best is not None and rules.is_green(best.checks),
    )
    return stages[area]


async def _change(tx: Transaction, area: str, fact: StageFact) -> None:
    await queries.save_stage(tx, area, fact)
    await outbox.add(tx, [AreaStageChanged(area=area, stage=fact.stage, occurred_at=fact.at)])


async def _best(tx: Transaction, found: Sequence[Centre], today: date) -> CentreChecks | None:
    """Return what the centre has that has most of what is needed; None if there is none."""
    standing = {centre.service_centre_id: centre for centre in found if centre.state != "closed"}
    greens = await infrastructure.count_green(tx, standing, today)
    qualified = await qualified_at(tx, standing, today)
    best = rules.best(standing, greens, qualified)
    if best is None:
        return None
    return CentreChecks(
        service_centre_id=best,
        name=standing[best].name,
        checks=[
            *checks_of(await infrastructure.read_newest(tx, best), today),
            rules.uddoktas_check(qualified.get(best, 0)),
        ],
    )


async def _is_parent_open(tx: Transaction, place: Place, stages: Stages, today: date) -> bool:
    """Whether what is around an area is open; around a district that is the pilot."""
    passed = place.parent is None and await pilot.has_passed(
        tx, today, await queries.read_changes(tx, PILOT_AREAS)
    )
    return rules.is_parent_open(place, stages, pilot_passed=passed)


async def _assistance(
    tx: Transaction, place: Place, services: Mapping[str, Text], today: date
) -> AreaAssistance:
    """Return what help cost in an area; a district has too many centres to show each."""
    found = [] if place.parent is None else await centres.find_in(tx, place.code)
    names = {centre.service_centre_id: centre.name for centre in found}
    area = place.code if place.kind in _COUNTED else None
    return await assistance.read_area(tx, area, names, services, today)


def _stops(area: str, stages: Stages, found: Sequence[Centre]) -> Stops:
    """Count what a pause of an area stops."""
    return Stops(
        areas=sum(rules.is_open(code, stages) for code in (area, *below(area))),
        centres=sum(centre.state == "running" for centre in found),
    )


async def _wanted(tx: Transaction, query: AreasQuery) -> list[Place]:
    """Return the areas of a list, by code: those next within one; with words or a stage all levels.

    Wards are many: they are found by their stage once they were opened, or within their area.

    Raises:
        Refused: there is no such area around them.
    """
    if query.within is not None:
        rules.place_of(query.within)
    words = query.q.strip().casefold()
    if query.stage is None and not words:
        return list(children(query.within))
    if query.stage in {None, "planned"}:
        places = {place.code: place for place in [*all_named(), *children(query.within)]}
    else:
        codes = await queries.list_in_stage(tx, query.stage)
        places = {code: place for code in codes if (place := find_place(code))}
    found = [
        place
        for code, place in sorted(places.items())
        if rules.has_words(place, words)
        and (query.within is None or query.within in trail(code)[:-1])
    ]
    if query.stage != "planned":
        return found
    stages = await queries.read_stages(tx, [place.code for place in found])
    planned = rules.Stage()
    return [place for place in found if stages.get(place.code, planned).stage == "planned"]
