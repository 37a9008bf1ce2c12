"""Virtual users against a fake platform: what they do, and what they repeat at the end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.tools.fake_platform import FakePlatform, fake_platform
from tools.chaos.virtual_users import VirtualUsers
from tools.ledger import LedgerReader
from tools.virtual_users.citizen import Api, NotServed
from tools.virtual_users.scenarios import Scenario

SCENARIOS = [Scenario(f"S{n:03d}", "জন্ম নিবন্ধন", {"name_bn": "লেখা"}) for n in range(1, 9)]


@asynccontextmanager
async def logged_in(
    *, seed: int = 1, rate_per_s: float = 2.0, **faults: Any
) -> AsyncIterator[tuple[VirtualUsers, FakePlatform]]:
    """Virtual users who are logged in; at the end all their steps are over."""
    async with fake_platform(decides=False, **faults) as (fake, http), asyncio.timeout(60):
        reader, stop = LedgerReader(http, fake.url), asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            users = VirtualUsers(
                Api(http, fake.url), reader, SCENARIOS, tasks, seed=seed, rate_per_s=rate_per_s
            )
            tasks.create_task(reader.follow(stop, users.on_decision))
            await users.log_in()
            yield users, fake
            stop.set()


@pytest.mark.parametrize(("rate_per_s", "count"), [(4.0, 12), (0.1, 8)])
async def test_there_are_three_citizens_for_every_click_a_second(
    rate_per_s: float, count: int
) -> None:
    """No citizen comes near the rate limit."""
    async with logged_in(rate_per_s=rate_per_s) as (_, fake):
        assert len(fake.codes) == count


async def test_every_click_is_recorded_with_its_answer() -> None:
    """Every click has a key of its own."""
    async with logged_in(rate_per_s=10.0) as (users, fake):
        await users.work(1.0)
    assert len(users.clicks) > 3
    assert len({click.key for click in users.clicks}) == len(users.clicks)
    for click in users.clicks:
        assert fake.by_key[click.key]["tracking_number"] == click.tracking_number
        assert click.answered_at is not None
        assert click.answered_at >= click.clicked_at
    assert users.problems == []


async def test_the_same_seed_makes_the_same_clicks() -> None:
    """A run can be repeated."""
    commands = []
    for seed in (5, 5, 6):
        async with logged_in(seed=seed) as (users, _):
            commands.append([users.plan_click().command for _ in range(20)])
    assert commands[0] == commands[1]
    assert commands[0] != commands[2]


async def test_a_click_with_a_lost_answer_is_repeated_at_the_end() -> None:
    """Under the same key: there is one application."""
    async with logged_in() as (users, fake):
        click = users.plan_click()
        fake.fails = 1
        await users.submit(click, give_up_after_s=0.0)
        assert (click.tracking_number, len(fake.by_key)) == ("", 1)
        await users.repeat_unanswered()
        assert click.tracking_number == fake.by_key[click.key]["tracking_number"]
        requests = len(fake.requests_to("/v1/applications"))
        await users.repeat_unanswered()
        assert len(fake.requests_to("/v1/applications")) == requests == 2
    assert len(fake.by_key) == 1
    assert users.problems == []


async def test_a_refusal_is_a_problem_and_no_application() -> None:
    """The reason is kept for people, and nothing of the form."""
    async with logged_in(refuses=True) as (users, _):
        await users.submit(users.plan_click())
    assert users.clicks[0].tracking_number == ""
    assert users.problems == ["POST application: 422 /problems/form_invalid"]


async def test_a_citizen_with_an_expired_token_logs_in_again() -> None:
    """A long run loses nobody."""
    async with logged_in() as (users, fake):
        click = users.plan_click()
        await users.submit(click)
        logins, fake.expired = len(fake.requests_to("/tokens")), 1
        view = await click.citizen.view(click.tracking_number)
    assert view["status"] == "submitted"
    assert len(fake.requests_to("/tokens")) == logins + 1


async def test_an_application_that_is_not_shown_is_an_error() -> None:
    """The checks find that it is missing."""
    async with logged_in(hides=True) as (users, _):
        click = users.plan_click()
        await users.submit(click)
        with pytest.raises(NotServed, match="404"):
            await click.citizen.view(click.tracking_number)


@pytest.mark.parametrize(("status", "withdrawn"), [("submitted", True), ("approved", False)])
async def test_a_withdrawal_counts_if_the_platform_accepted_it(
    status: str, withdrawn: bool
) -> None:
    """After the decision it is refused, which is no problem."""
    async with logged_in() as (users, fake):
        click = users.plan_click()
        await users.submit(click)
        fake.change(click.tracking_number, status, "any")
        await users.withdraw(click)
    assert click.withdrawn is withdrawn
    assert users.problems == []


async def test_a_correction_is_made_once() -> None:
    """The ministry's request is seen in the ledger."""
    async with logged_in(asks=True) as (users, fake):
        click = users.plan_click()
        await users.submit(click)
        while not click.corrected:
            await asyncio.sleep(0.02)
    assert not users.is_correcting
    (request,) = fake.requests_to("/corrections")
    assert click.tracking_number in request.path


async def test_a_correction_waits_for_the_answer_to_the_click() -> None:
    """A ministry may ask before the citizen has the tracking number."""
    async with logged_in() as (users, fake):
        click = users.plan_click()
        fake.fails = 1
        await users.submit(click, give_up_after_s=0.0)
        made = fake.by_key[click.key]
        fake.ask_for_correction(made["tracking_number"])
        users.on_decision(fake.ledger["decisions"][-1])
        await users.repeat_unanswered()
    assert click.corrected == 1
    assert fake.views[click.tracking_number]["status"] == "with_ministry"


async def test_a_closed_application_is_not_corrected() -> None:
    """A decision may cross the correction."""
    async with logged_in() as (users, fake):
        click = users.plan_click()
        await users.submit(click)
        fake.change(click.tracking_number, "approved", "application_decided")
        row = {"application_id": click.application_id, "action": "correction_asked"}
        users.on_decision(row)
    assert (click.corrected, users.is_correcting) == (0, False)
    assert fake.requests_to("/corrections") == []


async def test_a_correction_that_the_platform_never_requests_ends_with_the_run() -> None:
    """The platform lost the ministry's request: the run must still end."""
    async with logged_in() as (users, fake):
        click = users.plan_click()
        await users.submit(click)
        users.on_decision({"application_id": click.application_id, "action": "correction_asked"})
        while not fake.requests_to(click.tracking_number):
            await asyncio.sleep(0.02)
        assert users.is_correcting
        users.stop()
    assert (click.corrected, users.is_correcting) == (0, False)
