import aiohttp

from tests.sandbox.running import Platform, Sandbox, until_ledger


async def test_a_page_shows_what_was_received_and_sent(running: Sandbox, side: Platform) -> None:
    """Hand-overs, decisions, callbacks and SMS, the newest first; text of others is no HTML."""
    side.status = lambda: 404
    await running.behave("cabinet", mode="callback")
    await running.hand_over(side)
    await running.send(side, text="<script>alert(1)</script>")
    await until_ledger(running, "callbacks", lambda callbacks: callbacks["refused"])
    async with aiohttp.ClientSession() as http, http.get(running.url) as answer:
        page = await answer.text()
    assert answer.content_type == "text/html"
    assert "cabinet" in page
    assert "<td>404</td>" in page
    assert "&lt;script&gt;" in page
    assert "<script>" not in page
