"""Two officers rank the cases of a union against a quota."""

from datetime import timedelta
from uuid import UUID

import pytest

from libs.database.pool import Database
from libs.errors import Refused
from libs.ids import new_id
from services.cases.officers.rules import Officer
from services.cases.pools import use_cases
from tests.services.cases.pools.scenes import (
    COMMITTEE,
    CONFIRMER,
    DRAWER,
    OFFICE,
    UNION,
    asked,
    came,
    confirmed,
    drawn,
    gone_on,
    read,
    results,
    steps_of,
    waiting,
)
from tests.services.cases.scenes import NOW, erase, withdrawn


async def chosen(
    database: Database, list_id: UUID, *case_ids: UUID, officer: Officer = DRAWER
) -> None:
    """Decide a tie."""
    async with database.transaction() as tx:
        await use_cases.decide_tie(tx, officer, list_id, case_ids, "lots drawn in public, 3 March")


async def cancelled(
    database: Database, list_id: UUID, officer: Officer = DRAWER, reason: str | None = None
) -> None:
    """Cancel a list."""
    async with database.transaction() as tx:
        await use_cases.cancel(tx, officer, list_id, reason, NOW)


async def killed(database: Database) -> None:
    """Take a step that is not committed."""
    async with database.transaction() as tx:
        await use_cases.go_on(tx, at=NOW, limit=2)
        raise RuntimeError


async def test_the_first_in_rank_are_selected_and_a_second_run_does_nothing(
    database: Database,
) -> None:
    """By the facts of the workflow: the oldest first, of two of an age the landless one."""
    young, old = asked("1960-01-31"), asked("1940-01-31")
    landless = asked("1960-01-31", answers={"landless": True})
    desk = await waiting(database, young, old, landless)
    list_id = await drawn(desk, 2)
    assert await results(desk, list_id) == [
        (old.event_id, 1, "selected"),
        (landless.event_id, 2, "selected"),
        (young.event_id, 3, "waiting"),
    ]
    assert await steps_of(desk, old, landless, young) == ["rank", "rank", "rank"]
    await confirmed(desk, list_id, 3)
    assert await gone_on(desk) == 2
    assert await steps_of(desk, old, landless, young) == ["approve", "approve", "waiting_list"]
    seen = await read(desk, list_id)
    assert (seen.drawn.state, seen.number(done="placed"), seen.number(done="left")) == (
        "placed",
        3,
        0,
    )
    before = await desk.rows("SELECT case_id, revision FROM cases ORDER BY 1")
    assert await gone_on(desk) == 0
    assert await desk.rows("SELECT case_id, revision FROM cases ORDER BY 1") == before


async def test_the_history_says_who_confirmed_and_by_which_facts(database: Database) -> None:
    """With the place and the quota."""
    first = asked("1950-01-31")
    desk = await waiting(database, first)
    list_id = await drawn(desk, 5)
    await confirmed(desk, list_id, 1)
    await gone_on(desk)
    entries = await desk.rows("SELECT actor_id, office_id FROM history WHERE type = 'ranked'")
    assert entries == [(CONFIRMER.officer_id, OFFICE)]
    row = (await read(desk, list_id)).page[0]
    assert row.seen == {
        "age_years": 76, "form.landless": False, "submitted_at": "2026-03-01T05:00:00+00:00",
        "pool.place": 1, "pool.quota": 5,
    }  # fmt: skip


async def test_it_is_confirmed_by_another_officer_with_exactly_that_number(
    database: Database,
) -> None:
    """And only while the group is as it was when the list was drawn."""
    first, other = asked(), asked("1941-01-31")
    desk = await waiting(database, first, other)
    list_id = await drawn(desk, 1)
    with pytest.raises(Refused, match="second_person_needed"):
        await confirmed(desk, list_id, 2, DRAWER)
    with pytest.raises(Refused, match="count_differs"):
        await confirmed(desk, list_id, 1)
    await came(desk, asked("1935-01-31"))
    with pytest.raises(Refused, match="pool_changed"):
        await confirmed(desk, list_id, 2)
    with pytest.raises(Refused, match="pool_list_under_way"):
        await drawn(desk, 1)
    assert await gone_on(desk) == 0
    await cancelled(database, list_id)
    with pytest.raises(Refused, match="rejected_before"):
        await confirmed(desk, list_id, 2)
    await confirmed(desk, await drawn(desk, 1), 3)
    assert await gone_on(desk) == 2


async def test_a_quota_of_nothing_lets_all_wait_and_one_too_large_selects_all(
    database: Database,
) -> None:
    """Neither is an error; nobody is refused."""
    one, other = asked(), asked()
    desk = await waiting(database, one, other)
    none = await drawn(desk, 0)
    assert {result for _, _, result in await results(desk, none)} == {"waiting"}
    await cancelled(database, none)
    everybody = await drawn(desk, 9)
    assert {result for _, _, result in await results(desk, everybody)} == {"selected"}


async def test_a_tie_at_the_edge_waits_for_a_person_who_says_why(database: Database) -> None:
    """Not by chance nor by the order of ids; both have one place until then."""
    first, one, other = asked("1940-01-31"), asked(), asked()
    desk = await waiting(database, first, one, other)
    list_id = await drawn(desk, 2)
    ranked = await results(desk, list_id)
    assert ranked[0] == (first.event_id, 1, "selected")
    assert sorted(ranked[1:]) == sorted([(one.event_id, 2, "tied"), (other.event_id, 2, "tied")])
    with pytest.raises(Refused, match="tie_undecided"):
        await confirmed(desk, list_id, 3)
    with pytest.raises(Refused, match="tie_choice_differs"):
        await chosen(database, list_id, one.event_id, other.event_id)
    with pytest.raises(Refused, match="tie_choice_differs"):
        await chosen(database, list_id, first.event_id)
    with pytest.raises(Refused, match="drawer_needed"):
        await chosen(database, list_id, one.event_id, officer=CONFIRMER)
    last = max(one, other, key=lambda event: event.event_id)
    await chosen(database, list_id, last.event_id)
    await confirmed(desk, list_id, 3)
    with pytest.raises(Refused, match="approved_before"):
        await chosen(database, list_id, last.event_id)
    await gone_on(desk)
    assert (await desk.file(last)).state.step == "approve"
    rows = {row.case_id: row for row in (await read(desk, list_id)).page}
    assert rows[last.event_id].by_choice
    assert (rows[last.event_id].seen or {})["tie"] == "lots drawn in public, 3 March"


async def test_a_tie_is_decided_where_facts_of_one_are_damaged(database: Database) -> None:
    """It is left as it is, and no case goes on without its facts."""
    fine, damaged = asked(), asked()
    desk = await waiting(database, fine, damaged)
    list_id = await drawn(desk, 1)
    async with database.transaction() as tx:
        await tx.execute(
            "UPDATE pool_list_cases SET detail = left(detail, -5) WHERE case_id = $1",
            damaged.event_id,
        )
    await chosen(database, list_id, fine.event_id)
    await confirmed(desk, list_id, 2)
    await gone_on(desk)
    assert await steps_of(desk, fine, damaged) == ["approve", "rank"]


async def test_a_group_is_ranked_for_itself(database: Database) -> None:
    """Another union has its own list and quota; each is counted."""
    here = asked()
    there = asked(answers={"permanent_address": {**UNION, "union": "U2394"}})
    desk = await waiting(database, here, there)
    async with database.transaction() as tx:
        counted, unreadable, _ = await use_cases.count_groups(tx, DRAWER)
    assert {key.group: waiting for key, waiting in counted.items()} == {"U2393": 1, "U2394": 1}
    assert unreadable == []
    one, other = await drawn(desk, 1), await drawn(desk, 1, group="U2394")
    assert [case_id for case_id, _, _ in await results(desk, one)] == [here.event_id]
    assert [case_id for case_id, _, _ in await results(desk, other)] == [there.event_id]


async def test_what_is_left_after_a_crash_is_placed(database: Database) -> None:
    """A batch that was not committed has placed nothing."""
    events = [asked(f"19{40 + n}-01-31") for n in range(3)]
    desk = await waiting(database, *events)
    await confirmed(desk, await drawn(desk, 1), 3)
    with pytest.raises(RuntimeError):
        await killed(database)
    assert await steps_of(desk, *events) == ["rank"] * 3
    assert await gone_on(desk, limit=2) == 3
    assert await steps_of(desk, *events) == ["approve", "waiting_list", "waiting_list"]


async def test_a_case_that_goes_meanwhile_is_left_and_counted(database: Database) -> None:
    """It was withdrawn after the list was confirmed; nobody moves up by itself."""
    gone, stays = asked("1940-01-31"), asked()
    desk = await waiting(database, gone, stays)
    list_id = await drawn(desk, 1)
    await confirmed(desk, list_id, 2)
    await desk.take_in(withdrawn(gone))
    await gone_on(desk)
    assert await steps_of(desk, gone, stays) == ["withdrawn", "waiting_list"]
    seen = await read(desk, list_id)
    assert (seen.number(done="placed"), seen.number(done="left")) == (1, 1)


async def test_damage_is_named_and_the_others_are_ranked(database: Database) -> None:
    """A case that nobody can read is on no list; one whose facts are damaged is left."""
    fine, damaged, later = asked(), asked(), asked("1955-01-31")
    desk = await waiting(database, fine, damaged, later)
    await desk.damage(damaged)
    async with database.transaction() as tx:
        _, unreadable, _ = await use_cases.count_groups(tx, DRAWER)
    assert unreadable == [damaged.tracking_number]
    list_id = await drawn(desk, 1)
    await confirmed(desk, list_id, 2)
    async with database.transaction() as tx:
        await tx.execute(
            "UPDATE pool_list_cases SET detail = left(detail, -5) WHERE case_id = $1",
            later.event_id,
        )
    await gone_on(desk)
    assert await steps_of(desk, fine, later) == ["approve", "rank"]
    assert [row.seen is None for row in (await read(desk, list_id)).page] == [False, True]


async def test_a_list_is_nothing_to_strangers(database: Database) -> None:
    """Another office, ministry or duty."""
    desk = await waiting(database, asked())
    list_id = await drawn(desk, 1)
    strangers = [
        Officer(new_id(), "lgd", "union-U1", COMMITTEE),
        Officer(new_id(), "minland", OFFICE, COMMITTEE),
        Officer(new_id(), "lgd", OFFICE, frozenset({"secretary"})),
    ]
    for stranger in strangers:
        for act in (
            read(desk, list_id, stranger),
            confirmed(desk, list_id, 1, stranger),
            cancelled(database, list_id, stranger, "not ours"),
            chosen(database, list_id, officer=stranger),
        ):
            with pytest.raises(Refused, match="pool_list_unknown"):
                await act
        async with database.transaction() as tx:
            assert await use_cases.read_lists(tx, stranger) == []
    with pytest.raises(Refused, match="duty_missing"):
        await drawn(desk, 1, officer=strangers[2])
    with pytest.raises(Refused, match="not_found"):
        await drawn(desk, 1, officer=strangers[0])


async def test_who_is_erased_is_on_no_list(database: Database) -> None:
    """The list is to be drawn again; nothing of her is left."""
    gone, stays = asked(), asked("1941-01-31")
    desk = await waiting(database, gone, stays)
    list_id = await drawn(desk, 1)
    await desk.take_in(withdrawn(gone))
    done = await erase(database, gone.applicant_id)
    assert done["deleted"]["pool_list_cases"] == 1
    assert [case_id for case_id, _, _ in await results(desk, list_id)] == [stays.event_id]


async def test_each_look_at_facts_is_noted(database: Database) -> None:
    """The citizen reads on which day an officer of which office looked."""
    first = asked()
    desk = await waiting(database, first)
    list_id = await drawn(desk, 1)
    before = len(await desk.rows("SELECT look_id FROM case_looks"))
    await read(desk, list_id)
    looks = await desk.rows("SELECT case_id, officer_id FROM case_looks ORDER BY at, look_id")
    assert looks[before:] == [(first.event_id, CONFIRMER.officer_id)]


async def test_a_case_that_was_escalated_is_ranked_by_who_has_it(database: Database) -> None:
    """It is not on the union's list any more."""
    first = asked()
    desk = await waiting(database, first)
    await desk.run_out(NOW + timedelta(days=90))
    with pytest.raises(Refused, match="not_found"):
        await drawn(desk, 1)
    above = Officer(new_id(), "lgd", OFFICE, frozenset({"upazila_committee"}))
    async with database.transaction() as tx:
        counted, _, _ = await use_cases.count_groups(tx, above)
    assert [key.duty for key in counted] == ["upazila_committee"]
