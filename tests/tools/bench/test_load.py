"""Clicks: as many as asked for, when they are due, and again until they are answered."""

import asyncio
from collections.abc import Iterator

import pytest

from tests.tools.bench.clicking import clicking
from tools.bench.load import Load


async def test_so_many_clicks_are_made_and_each_is_kept_with_its_times() -> None:
    """A count ends the stage; every tracking number is known, answered after it was clicked."""
    async with clicking() as (load, played, _):
        clicked = await load.all_lines(clicks=25)
    assert len(played.by_key) == 25
    assert clicked.due_s.keys() == {each["tracking_number"] for each in played.by_key.values()}
    assert all(clicked.answered_s[number] >= at_s for number, at_s in clicked.due_s.items())


async def test_a_long_stage_is_clicked_through(monkeypatch: pytest.MonkeyPatch) -> None:
    """The patience for the last answers begins with the last click, not with the first.

    It is long enough for a machine that stands still in between, and the stage is longer.
    """
    patience_s, stage_s = 3.0, 4.0
    monkeypatch.setattr("tools.bench.load._ANSWERS_WITHIN_S", patience_s)
    async with clicking(answers_after_s=0.02) as (load, _, _):
        clicked = await load.all_lines(seconds=stage_s)
    assert clicked.unanswered == 0
    assert max(clicked.due_s.values()) - min(clicked.due_s.values()) > patience_s


async def test_at_a_rate_every_click_has_its_time_whoever_is_free() -> None:
    """One connection before a slow platform: clicks wait, and their times stay on the schedule."""
    async with clicking(lines=1, answers_after_s=0.02) as (load, _, _):
        clicked = await load.at_rate(500, 0.1)
    due_s = sorted(clicked.due_s.values())
    assert len(due_s) == 50
    steps = [round((later - due_s[0]) * 500) for later in due_s]
    assert steps == list(range(50))
    waited_s = [clicked.answered_s[number] - clicked.due_s[number] for number in clicked.due_s]
    assert max(waited_s) > 0.5  # the last one waited for 49 others, and that counts


async def test_what_is_not_taken_now_is_clicked_again_under_its_key() -> None:
    """Two clicks are answered with 503 after they had their effect: no second application."""
    async with clicking(lines=2, fails=2) as (load, played, _):
        clicked = await load.all_lines(clicks=6)
    assert clicked.again == 2
    assert len(clicked.due_s) == len(played.by_key) == 6


async def test_what_is_refused_is_counted_and_not_clicked_again() -> None:
    """A refusal is an answer."""
    async with clicking(refuses=True) as (load, _, _):
        clicked = await load.all_lines(clicks=5)
    assert clicked.refused == {422: 5}
    assert (clicked.again, clicked.due_s) == (0, {})


async def test_a_connection_that_is_lost_is_replaced_and_its_click_made_again() -> None:
    """A server that hangs up on the first request of each of two connections, once."""
    answer = b'HTTP/1.1 201 OK\r\ncontent-length: 24\r\n\r\n{"tracking_number":"%d"}'
    met = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal met
        while await reader.readline():
            met += 1
            if met <= 2:
                break
            writer.write(answer % (met + 10))
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        async with Load("127.0.0.1", port, iter(_lines()), lines=2) as load:
            clicked = await load.all_lines(clicks=4)
    assert clicked.again == 2
    assert len(clicked.due_s) == 4


def _lines() -> Iterator[bytes]:
    while True:
        yield b"click\n"
