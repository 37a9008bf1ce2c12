"""Citizens against a played platform: what each wish becomes, and who comes back in the evening."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from tools.chaos.crowd import Crowd
from tools.chaos.witness import Witness
from tools.virtual_users.wishes import Wish

from tests.tools.chaos.playing import PlayedInChaos, in_chaos
from tools.virtual_users.citizen import Api, NotServed

WISHES = [Wish(f"S{n:03d}", "জন্ম নিবন্ধন", {"name_bn": "লেখা"}) for n in range(1, 9)]


@asynccontextmanager
async def arrived(
    *, seed: int = 1, rate_per_s: float = 2.0, **faults: Any
) -> AsyncIterator[tuple[Crowd, PlayedInChaos]]:
    """A crowd that has logged in; at the end all that follows from its clicks is over."""
    async with in_chaos(decides=False, **faults) as (played, http):
        witness, stop = Witness(http, played.url), asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            crowd = Crowd(
                Api(http, played.url), witness, WISHES, tasks, seed=seed, rate_per_s=rate_per_s
            )
            tasks.create_task(witness.follow(stop, crowd.asked))
            await crowd.arrive()
            yield crowd, played
            stop.set()


async def test_the_first_citizens_are_there_before_the_first_click() -> None:
    """Three for each click of a second, so that nobody asks for more than one may."""
    async with arrived(rate_per_s=4.0) as (crowd, played):
        assert len(crowd._citizens) == len(played.codes) == 12
    async with arrived(rate_per_s=0.1) as (crowd, _):
        assert len(crowd._citizens) == 8


async def test_every_click_is_answered_and_kept() -> None:
    """Each wish has a key of its own, and the answer it was given."""
    async with arrived(rate_per_s=10.0) as (crowd, played):
        await crowd.work(1.0)
    assert len(crowd.clicks) > 3
    assert len({click.key for click in crowd.clicks}) == len(crowd.clicks)
    for click in crowd.clicks:
        assert played.by_key[click.key]["tracking_number"] == click.tracking_number
        assert click.answered_at is not None
        assert click.answered_at >= click.clicked_at
    assert crowd.troubles == []


async def test_the_same_seed_wants_the_same_things() -> None:
    """A run can be repeated: the wishes, the places and the order of both."""
    wanted = []
    for seed in (5, 5, 6):
        async with arrived(seed=seed) as (crowd, _):
            wanted.append([crowd._next_click().command for _ in range(20)])
    assert wanted[0] == wanted[1]
    assert wanted[0] != wanted[2]


async def test_who_walked_away_clicks_again_in_the_evening_under_the_same_key() -> None:
    """The first click had arrived, its answer had not: there is one application."""
    async with arrived() as (crowd, played):
        click = crowd._next_click()
        played.fails = 1
        await crowd._click(click, patience_s=0.0)
        assert click.tracking_number == ""
        assert len(played.by_key) == 1
        await crowd.click_again()
    assert click.tracking_number == played.by_key[click.key]["tracking_number"]
    assert len(played.by_key) == 1
    assert crowd.troubles == []


async def test_who_has_an_answer_does_not_click_again() -> None:
    """The evening is for those who are still waiting."""
    async with arrived() as (crowd, played):
        await crowd._click(crowd._next_click())
        asked = Counter(request.path for request in played.asked)
        await crowd.click_again()
        assert Counter(request.path for request in played.asked) >= asked
        assert [each.path for each in played.asked].count("/v1/applications") == 1


async def test_what_was_refused_is_a_trouble_and_no_application() -> None:
    """The reason is kept for people, nothing of what was written."""
    async with arrived(refuses=True) as (crowd, _):
        await crowd._click(crowd._next_click())
    assert crowd.clicks[0].tracking_number == ""
    assert crowd.troubles == ["POST application: 422 /problems/form_invalid"]


async def test_a_citizen_whose_token_ran_out_logs_in_again() -> None:
    """Nobody is lost because the day was long."""
    async with arrived() as (crowd, played):
        click = crowd._next_click()
        await crowd._click(click)
        before, played.outlived = len(played.codes), 1
        view = await click.citizen.view(click.tracking_number)
    assert view["status"] == "submitted"
    assert len([each for each in played.asked if each.path.endswith("/tokens")]) > before


async def test_an_application_that_is_not_shown_is_said_to_be_missing() -> None:
    """The status is told; that it is a loss is for the checks to say."""
    async with arrived(loses=True) as (crowd, _):
        click = crowd._next_click()
        await crowd._click(click)
        with pytest.raises(NotServed, match="404"):
            await click.citizen.view(click.tracking_number)


@pytest.mark.parametrize(("status", "withdrawn"), [("submitted", True), ("approved", False)])
async def test_a_withdrawal_counts_when_the_platform_said_yes(status: str, withdrawn: bool) -> None:
    """Once decided it says no, and that is no trouble."""
    async with arrived() as (crowd, played):
        click = crowd._next_click()
        await crowd._click(click)
        played.become(click.tracking_number, status, "any")
        await crowd._withdraw(click)
    assert click.withdrawn is withdrawn
    assert crowd.troubles == []


async def test_who_waits_for_what_never_comes_goes_home() -> None:
    """A ministry asks, and the platform never passes it on: the run must end, with a verdict."""
    async with arrived() as (crowd, _):
        click = crowd._next_click()
        await crowd._click(click)
        crowd.asked(click.application_id)
        await asyncio.sleep(0.2)
        await crowd.click_again()
        assert not crowd.nobody_corrects
        crowd.go_home()
    assert crowd.nobody_corrects
    assert click.corrected == 0


async def test_what_is_sent_back_is_corrected_once() -> None:
    """The witness sees it at the ministry; citizens correct without being told twice."""
    async with arrived(asks=True) as (crowd, played):
        await crowd._click(crowd._next_click())
        async with asyncio.timeout(20):
            while not crowd.clicks[0].corrected:
                await asyncio.sleep(0.02)
    assert crowd.nobody_corrects
    assert [each.path for each in played.asked if each.path.endswith("/corrections")] == [
        f"/v1/applications/{crowd.clicks[0].tracking_number}/corrections"
    ]


async def test_a_question_that_comes_before_the_answer_to_the_click_waits_for_it() -> None:
    """A ministry may be faster than our answer to the citizen."""
    async with arrived() as (crowd, played):
        click = crowd._next_click()
        played.fails = 1
        await crowd._click(click, patience_s=0.0)
        made = played.by_key[click.key]
        played.ask(made["tracking_number"])
        async with asyncio.timeout(20):
            while made["application_id"] not in crowd._asked:
                await asyncio.sleep(0.02)
        await crowd.click_again()
        async with asyncio.timeout(20):
            while not click.corrected:
                await asyncio.sleep(0.02)
    assert played.views[click.tracking_number]["status"] == "with_ministry"


async def test_a_question_that_was_settled_otherwise_is_not_answered() -> None:
    """What is closed, or corrected already, is left as it is."""
    async with arrived() as (crowd, played):
        click = crowd._next_click()
        await crowd._click(click)
        played.become(click.tracking_number, "approved", "application_decided")
        assert await crowd._is_settled(click)
    assert (click.corrected, crowd.nobody_corrects) == (0, True)
