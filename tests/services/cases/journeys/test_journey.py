"""The steps of a case in a journey: each change, and whose turn it was from then on."""

from libs.contracts.journeys import JourneyStep
from libs.database.pool import Database
from services.cases.journeys.use_cases import read_own_part
from tests.consuming import WRITTEN_AT
from tests.services.cases.scenes import (
    CHAIRMAN,
    MEMBER,
    NOW,
    RAHIMA,
    SECRETARY,
    TRACE,
    Desk,
    acted,
    erase,
    submitted,
    withdrawn,
)

NUMBER = "NS-7K4M9-PXRT3-HC2D3"


async def steps(database: Database) -> list[JourneyStep]:
    """The steps of the application's cases."""
    async with database.transaction() as tx:
        return list((await read_own_part(tx, NUMBER)).steps)


async def test_each_change_says_whose_turn_it_was_from_then_on(database: Database) -> None:
    """The first has the times of the submission and of its record."""
    desk, first = await Desk(database).prepare(), submitted()
    await desk.take_in(first.read_from(WRITTEN_AT))
    await acted(desk, MEMBER, first.event_id, "confirm")
    await acted(desk, SECRETARY, first.event_id, "forward")
    found = await steps(database)
    assert [(step.what, step.reason, step.state, step.waits_for) for step in found] == [
        ("opened", None, "open", "office"),
        ("acted", "confirm", "open", "office"),
        ("acted", "forward", "open", "office"),
    ]
    opened = found[0]
    assert (opened.happened_at, opened.published_at, opened.stored_at) == (NOW, WRITTEN_AT, NOW)
    assert opened.trace_id == TRACE.trace_id
    assert len({step.party for step in found}) == 3
    await acted(desk, CHAIRMAN, first.event_id, "sign")
    last = (await steps(database))[-1]
    assert (last.state, last.waits_for) == ("approved", None)


async def test_an_application_that_came_back_has_two_cases(database: Database) -> None:
    """One after the other."""
    desk, first = await Desk(database).prepare(), submitted()
    await desk.take_in(first)
    await desk.take_in(withdrawn(first))
    await desk.take_in(submitted(application_id=first.application_id))
    found = await steps(database)
    assert [(step.what, step.state) for step in found] == [
        ("opened", "open"),
        ("withdrawn", "withdrawn"),
        ("opened", "open"),
    ]
    async with database.transaction() as tx:
        part = await read_own_part(tx, NUMBER)
    assert part.application_id == first.application_id


async def test_a_damaged_entry_leaves_times_and_how_the_case_stands(database: Database) -> None:
    """Whoever looks for an application looks most of all when something is wrong with it."""
    desk, first = await Desk(database).prepare(), submitted()
    await desk.take_in(first)
    await acted(desk, MEMBER, first.event_id, "confirm")
    await acted(desk, SECRETARY, first.event_id, "forward")
    async with database.transaction() as tx:
        await tx.execute("UPDATE history SET detail = left(detail, -5) WHERE type = 'acted'")
        await tx.execute("UPDATE cases SET state = left(state, -5)")
    found = await steps(database)
    assert [(step.what, step.reason, step.waits_for) for step in found] == [
        ("opened", None, "office"),
        ("acted", None, None),
        ("acted", None, "office"),
    ]


async def test_of_an_erased_citizen_it_is_left_how_the_case_ended(database: Database) -> None:
    """What happened in it is deleted."""
    desk, first = await Desk(database).prepare(), submitted()
    await desk.take_in(first)
    await acted(desk, MEMBER, first.event_id, "confirm")
    await erase(database)
    (found,) = await steps(database)
    assert (found.what, found.state, found.waits_for) == ("opened", "withdrawn", None)
    assert found.trace_id is None


async def test_neither_form_nor_person_nor_officer_is_part_of_it(database: Database) -> None:
    """Ids of the application, codes and times are."""
    desk, first = await Desk(database).prepare(), submitted()
    await desk.take_in(first)
    await acted(desk, MEMBER, first.event_id, "confirm")
    text = "".join(step.model_dump_json() for step in await steps(database))
    for hidden in ("রহিমা", str(RAHIMA), str(MEMBER.officer_id), "union-U2393"):
        assert hidden not in text


async def test_an_unknown_number_has_no_part(database: Database) -> None:
    """It is not at the desk, or has not arrived."""
    async with database.transaction() as tx:
        assert await read_own_part(tx, "NS-00000-00000-00000") == (None, [], None)
