import asyncio
from pathlib import Path

import aiohttp
import pytest

from libs.ids import new_id
from tests.sandbox.running import Platform, Sandbox, sandbox


async def test_an_error_comes_before_anything_is_done(running: Sandbox, side: Platform) -> None:
    """5xx leaves no row; with the fault gone the same key goes through."""
    await running.order("cabinet", error_rate=1.0)
    fields = {"key": "one", "application_id": str(new_id())}
    assert (await running.hand_over(side, **fields))[0] == 500
    await running.call("DELETE", "/faults")
    assert (await running.hand_over(side, **fields))[0] == 200
    assert len(await running.ledger("submissions")) == 1


async def test_nonsense_is_a_page_of_html_with_200(running: Sandbox, side: Platform) -> None:
    """A proxy's page in the place of an answer: status 200, no JSON, nothing done."""
    await running.order("sms", nonsense_rate=1.0)
    status, text = await running.send(side)
    assert (status, text[:9]) == (200, "<!doctype")
    assert await running.ledger("messages") == []


async def test_a_lost_answer_was_acted_on(running: Sandbox, side: Platform) -> None:
    """The connection breaks without an answer and the row is there; a repeat gets the answer."""
    await running.order("cabinet", lose_answer_rate=1.0)
    fields = {"key": "one", "application_id": str(new_id())}
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await running.hand_over(side, **fields)
    assert len(await running.ledger("submissions")) == 1
    await running.call("DELETE", "/faults")
    status, reply = await running.hand_over(side, **fields)
    assert status == 200
    assert reply["case_file_number"]
    assert (await running.ledger("summary"))["submissions"] == {"total": 1, "distinct": 1}


async def test_a_hanging_party_never_answers_and_never_acts(
    running: Sandbox, side: Platform
) -> None:
    """Only the caller's own deadline ends the wait."""
    await running.order("sms", hang_rate=1.0)
    http, running.http = running.http, aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(0.3))
    with pytest.raises(TimeoutError):
        await running.send(side)
    await running.http.close()
    running.http = http
    assert await running.ledger("messages") == []


async def test_an_outage_turns_everybody_away_until_it_is_over(
    running: Sandbox, side: Platform
) -> None:
    """While it lasts there is 503 or no answer at all, and afterwards everything as before."""
    await running.order("ministries", down_for_s=3600)
    met: set[int | None] = set()
    for _ in range(20):
        try:
            met.add((await running.hand_over(side))[0])
        except aiohttp.ServerDisconnectedError:
            met.add(None)
    assert met == {503, None}
    assert await running.ledger("submissions") == []
    await running.order("ministries", down_for_s=0)
    assert (await running.hand_over(side))[0] == 200


async def test_a_delay_delays_one_party_only(running: Sandbox, side: Platform) -> None:
    """A slow ministry answers after another that was asked later."""
    await running.order("cabinet", delay_ms=500)
    answered: list[str] = []

    async def ask(ministry: str) -> None:
        assert (await running.hand_over(side, ministry))[0] == 200
        answered.append(ministry)

    async with asyncio.TaskGroup() as tasks:
        for ministry in ("cabinet", "ecs"):
            tasks.create_task(ask(ministry))
    assert answered == ["ecs", "cabinet"]


async def test_a_hanging_request_is_cut_off_in_the_end(tmp_path: Path, side: Platform) -> None:
    """A caller without a deadline loses the connection, without a word."""
    async with sandbox(tmp_path, hang_s=0.05) as running:
        await running.order("sms", hang_rate=1.0)
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await running.send(side)
        assert await running.ledger("messages") == []
