import asyncio
from pathlib import Path

import aiohttp
import pytest

from libs.ids import new_id
from tests.sandbox.running import Platform, Sandbox, sandbox


async def test_an_error_comes_before_the_work(running: Sandbox, side: Platform) -> None:
    """5xx leaves no row; without the fault the same key is accepted."""
    await running.set_faults("cabinet", error_rate=1.0)
    fields = {"key": "one", "application_id": str(new_id())}
    assert (await running.hand_over(side, **fields))[0] == 500
    await running.call("DELETE", "/faults")
    assert (await running.hand_over(side, **fields))[0] == 200
    assert len(await running.ledger("submissions")) == 1


async def test_nonsense_is_html_with_status_200(running: Sandbox, side: Platform) -> None:
    """The response is a proxy's page, and nothing is done."""
    await running.set_faults("sms", nonsense_rate=1.0)
    status, text = await running.send(side)
    assert (status, text[:9]) == (200, "<!doctype")
    assert await running.ledger("messages") == []


@pytest.mark.parametrize("status", [400, 405, 410])
async def test_a_proxy_answers_with_its_page(running: Sandbox, side: Platform, status: int) -> None:
    """Ministries and the SMS operator alike are behind a proxy that answers in their place."""
    await running.set_faults("cabinet", proxy_rate=1.0, proxy_status=status)
    await running.set_faults("sms", proxy_rate=1.0)
    answers = await running.hand_over(side), await running.send(side)
    assert [(each, text[:6]) for each, text in answers] == [(status, "<html>"), (405, "<html>")]
    assert await running.ledger("submissions") == await running.ledger("messages") == []


async def test_a_request_with_a_lost_response_was_acted_on(
    running: Sandbox, side: Platform
) -> None:
    """The connection is closed, and the row exists; a repeat gets the response."""
    await running.set_faults("cabinet", lose_answer_rate=1.0)
    fields = {"key": "one", "application_id": str(new_id())}
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await running.hand_over(side, **fields)
    assert len(await running.ledger("submissions")) == 1
    await running.call("DELETE", "/faults")
    status, reply = await running.hand_over(side, **fields)
    assert status == 200
    assert reply["case_file_number"]
    assert (await running.ledger("summary"))["submissions"] == {"total": 1, "distinct": 1}


async def test_a_hanging_destination_does_not_respond_or_act(
    running: Sandbox, side: Platform
) -> None:
    """Only the caller's own deadline ends the wait."""
    await running.set_faults("sms", hang_rate=1.0)
    http, running.http = running.http, aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(0.3))
    with pytest.raises(TimeoutError):
        await running.send(side)
    await running.http.close()
    running.http = http
    assert await running.ledger("messages") == []


async def test_an_outage_refuses_all_requests_until_its_end(
    running: Sandbox, side: Platform
) -> None:
    """The response is 503 or a closed connection; after the outage all is as before."""
    await running.set_faults("ministries", down_for_s=3600)
    met: set[int | None] = set()
    for _ in range(20):
        try:
            met.add((await running.hand_over(side))[0])
        except aiohttp.ServerDisconnectedError:
            met.add(None)
    assert met == {503, None}
    assert await running.ledger("submissions") == []
    await running.set_faults("ministries", down_for_s=0)
    assert (await running.hand_over(side))[0] == 200


async def test_a_delay_applies_to_one_destination_only(running: Sandbox, side: Platform) -> None:
    """A slow ministry responds after another one with a later request."""
    await running.set_faults("cabinet", delay_ms=500)
    answered: list[str] = []

    async def ask(ministry: str) -> None:
        assert (await running.hand_over(side, ministry))[0] == 200
        answered.append(ministry)

    async with asyncio.TaskGroup() as tasks:
        for ministry in ("cabinet", "ecs"):
            tasks.create_task(ask(ministry))
    assert answered == ["ecs", "cabinet"]


async def test_a_hanging_request_is_closed_in_the_end(tmp_path: Path, side: Platform) -> None:
    """A caller without a deadline loses the connection."""
    async with sandbox(tmp_path, hang_s=0.05) as running:
        await running.set_faults("sms", hang_rate=1.0)
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await running.send(side)
        assert await running.ledger("messages") == []
