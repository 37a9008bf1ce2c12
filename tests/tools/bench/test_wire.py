"""The least of HTTP that the load needs, against a real server."""

import asyncio
from urllib.parse import urlsplit

from tools.bench.wire import Line

from tests.tools.playing import playing


async def test_answers_come_one_by_one_on_one_connection_and_its_end_is_told() -> None:
    """Status and body of each, in the order of the requests; then that the line is gone."""
    heard: asyncio.Queue[tuple[int, bytes] | None] = asyncio.Queue()
    async with playing() as (played, _):
        address = urlsplit(played.url)
        _, line = await asyncio.get_running_loop().create_connection(
            lambda: Line(
                lambda _, status, body: heard.put_nowait((status, body)),
                lambda _: heard.put_nowait(None),
            ),
            address.hostname or "",
            address.port or 0,
        )
        for path, status in (("/v1/services", 200), ("/health/live", 200), ("/nowhere", 404)):
            line.send(f"GET {path} HTTP/1.1\r\nhost: a\r\n\r\n".encode())
            answer = await heard.get()
            assert answer is not None
            assert answer[0] == status
            assert (b"S002" in answer[1]) == (path == "/v1/services")
        line.close()
        assert await heard.get() is None
