import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import orjson
import pytest
from aiohttp import web
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from starlette.types import Message
from structlog.testing import capture_logs

from libs.contracts.applications import ApplicationDecided, ApplicationView
from libs.contracts.identity import SessionEnded, SigningKeyRevoked
from libs.ids import new_id
from libs.messaging.revocations import revoke
from libs.telemetry.tracing import Tracing
from libs.web.callers.tokens import LEEWAY_S
from services.gateway.live.rules import live_event
from tests.libs.web.running import SESSION, ask
from tests.services.gateway.scenes import APPLICATION, NUMBER, Scene, scene, shown, submitted, view
from tests.waiting import PATIENCE_S

PATH = f"/v1/applications/{NUMBER}/events"
LIVE_VIEWS = f"/v1/applications/{NUMBER}/live-views"
FIRST, SECOND, THIRD = new_id(), new_id(), new_id()


class Upstream:
    """An upstream that shows one application."""

    def __init__(self, *event_ids: Any) -> None:
        self.now: ApplicationView = view(*event_ids)
        self.asked = 0

    async def play(self, _: web.BaseRequest) -> web.Response:
        self.asked += 1
        return shown(self.now)


class Stream:
    """One open live view, read frame by frame."""

    def __init__(self) -> None:
        self.parts: asyncio.Queue[Message] = asyncio.Queue()
        self.leave = asyncio.Event()

    async def receive(self) -> Message:
        await self.leave.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        await self.parts.put(message)

    async def start(self) -> Message:
        async with asyncio.timeout(PATIENCE_S):
            return await self.parts.get()

    async def frame(self) -> dict[str, str]:
        """The next event's fields; a comment is under its empty name."""
        async with asyncio.timeout(PATIENCE_S):
            message = await self.parts.get()
        text = message["body"].decode().split("\n\n")[-2]
        return dict(line.split(": ", 1) for line in text.replace(": still", "x: still").split("\n"))


@asynccontextmanager
async def opened(
    here: Scene, headers: Mapping[str, str] | None = None, **claims: Any
) -> AsyncIterator[Stream]:
    """A live view that a citizen has opened; closes it at the end."""
    async with streaming(here, PATH, here.login(**claims) | dict(headers or {})) as stream:
        yield stream


@asynccontextmanager
async def streaming(
    here: Scene, target: str, sent: Mapping[str, str] | None = None
) -> AsyncIterator[Stream]:
    """A live view at an address."""
    stream = Stream()
    path, _, query = target.partition("?")
    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "query_string": query.encode(),
        "client": ("192.0.2.1", 1),
        "headers": [(name.encode(), value.encode()) for name, value in (sent or {}).items()],
    }

    async def serve() -> None:
        await here.app(scope, stream.receive, stream.send)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(serve())
        yield stream
        stream.leave.set()


async def test_view_begins_with_a_snapshot_and_goes_on_with_events() -> None:
    """The snapshot comes first, then every event under its type, with its id."""
    async with scene(Upstream(FIRST).play) as here, opened(here) as stream:
        start = await stream.start()
        headers = {name.decode(): value.decode() for name, value in start["headers"]}
        assert headers["content-type"].startswith("text/event-stream")
        assert headers["cache-control"] == "no-store"
        snapshot = await stream.frame()
        assert (snapshot["event"], snapshot["id"]) == ("snapshot", str(FIRST))
        assert orjson.loads(snapshot["data"])["tracking_number"] == NUMBER
        decided = ApplicationDecided.because_of(submitted(), outcome="approved")
        here.watchers.send(live_event(decided))
        news = await stream.frame()
    assert (news["event"], news["id"]) == ("application_decided", str(decided.event_id))
    assert orjson.loads(news["data"])["outcome"] == "approved"


async def test_event_between_snapshot_and_watching_is_not_lost() -> None:
    """The snapshot that is shown was read after watching had begun."""
    upstream = Upstream(FIRST)

    async def play(request: web.BaseRequest) -> web.Response:
        answer = await upstream.play(request)
        upstream.now = view(FIRST, SECOND)  # happens right after the first read
        return answer

    async with scene(play) as here, opened(here) as stream:
        await stream.start()
        assert (await stream.frame())["id"] == str(SECOND)


async def test_event_in_the_snapshot_is_not_sent_again() -> None:
    """An event that arrives after a snapshot that includes it is dropped."""
    async with scene(Upstream(FIRST, SECOND).play) as here, opened(here) as stream:
        await stream.start()
        await stream.frame()
        for event_id in (SECOND, THIRD, THIRD):
            here.watchers.send(live_event(submitted(event_id)))
        assert (await stream.frame())["id"] == str(THIRD)
        here.watchers.send(live_event(submitted(last := new_id())))
        assert (await stream.frame())["id"] == str(last)


async def test_reconnecting_view_is_sent_what_it_missed() -> None:
    """With Last-Event-ID the later entries of the timeline come again after the snapshot."""
    async with (
        scene(Upstream(FIRST, SECOND, THIRD).play) as here,
        opened(here, headers={"last-event-id": str(FIRST)}) as stream,
    ):
        await stream.start()
        assert (await stream.frame())["event"] == "snapshot"
        again = [await stream.frame(), await stream.frame()]
    assert [event["id"] for event in again] == [str(SECOND), str(THIRD)]


async def test_application_of_another_citizen_is_not_found() -> None:
    """The upstream's 404 is returned."""

    async def play(_: web.BaseRequest) -> web.Response:
        return web.Response(status=404, body=b'{"type":"/problems/application_unknown"}')

    async with scene(play) as here:
        got = await ask(here.app, "GET", PATH, headers=here.login())
        assert (got.status, got.code) == (404, "application_unknown")
        assert here.watchers.count() == 0


async def test_application_that_disappears_between_the_reads_is_not_shown() -> None:
    """The second read decides, and no watcher is left."""
    upstream = Upstream(FIRST)

    async def play(request: web.BaseRequest) -> web.Response:
        if upstream.asked:
            return web.Response(status=404, body=b'{"type":"/problems/application_unknown"}')
        return await upstream.play(request)

    async with scene(play) as here:
        got = await ask(here.app, "GET", PATH, headers=here.login())
        assert got.status == 404
        assert here.watchers.count() == 0


async def test_view_without_a_token_is_refused() -> None:
    """A live view needs a token like every read of an application."""
    async with scene(Upstream(FIRST).play) as here:
        assert (await ask(here.app, "GET", PATH)).status == 401
        assert here.asked == []


async def test_unreachable_upstream_is_a_problem() -> None:
    """Without a snapshot there is no view; the response has a Retry-After."""
    upstream = Upstream(FIRST)
    async with scene(upstream.play, url="http://127.0.0.1:1") as here:
        got = await ask(here.app, "GET", PATH, headers=here.login())
    assert (got.status, got.code) == (503, "service_not_reached")


async def test_malformed_response_of_the_upstream_is_a_problem() -> None:
    """A response that is not an application does not cause a 500."""

    async def play(_: web.BaseRequest) -> web.Response:
        return web.Response(body=b"[]")

    async with scene(play) as here:
        got = await ask(here.app, "GET", PATH, headers=here.login())
    assert (got.status, got.code) == (504, "answer_late")


async def test_heartbeats_are_sent_while_there_are_no_events() -> None:
    """A comment is sent when there is no event, so that proxies keep the connection open."""
    async with scene(Upstream(FIRST).play, heartbeat_s=0.05) as here, opened(here) as stream:
        await stream.start()
        await stream.frame()
        assert await stream.frame() == {"x": "still here"}


async def test_view_ends_when_its_token_expires() -> None:
    """The last event of the view is `token_expired`."""
    soon = time.time() + 1 - LEEWAY_S
    async with scene(Upstream(FIRST).play) as here, opened(here, exp=soon) as stream:
        await stream.start()
        await stream.frame()
        assert (await stream.frame())["event"] == "token_expired"


@pytest.mark.parametrize(
    "ended", [SessionEnded(revoked_id=SESSION), SigningKeyRevoked(revoked_id="k1")]
)
async def test_view_ends_with_its_session_and_with_its_key(
    ended: SessionEnded | SigningKeyRevoked,
) -> None:
    """After either no event is shown, and the last one says that the login is over."""
    async with scene(Upstream(FIRST).play) as here, opened(here) as stream:
        await stream.start()
        await stream.frame()
        revoke(ended, here.tokens)
        decided = ApplicationDecided.because_of(submitted(), outcome="approved")
        here.watchers.send(live_event(decided))
        assert (await stream.frame())["event"] == "token_expired"


async def test_slow_view_ends_with_reconnect() -> None:
    """A view with a full queue ends, so that it does not use more memory."""
    async with scene(Upstream(FIRST).play) as here, opened(here) as stream:
        await stream.start()
        await stream.frame()
        for _ in range(10):
            here.watchers.send(live_event(submitted()))
        frames = [await stream.frame() for _ in range(4)]
    assert [frame["event"] for frame in frames] == ["application_submitted"] * 3 + ["reconnect"]


async def test_drain_ends_every_view_with_reconnect() -> None:
    """A process that stops ends all views."""
    stop = asyncio.Event()
    async with scene(Upstream(FIRST).play) as here, opened(here) as stream:
        await stream.start()
        await stream.frame()
        stop.set()
        await here.watchers.run(stop)
        assert (await stream.frame())["event"] == "reconnect"


async def test_closed_view_is_removed() -> None:
    """When the caller disconnects, the view no longer counts."""
    async with scene(Upstream(FIRST).play) as here:
        async with opened(here) as stream:
            await stream.start()
            assert here.watchers.count() == 1
        assert here.watchers.count() == 0
        assert not here.watchers.has(str(APPLICATION).encode())


async def address(here: Scene, **claims: Any) -> str:
    """The address that a page gets for its EventSource."""
    got = await ask(here.app, "POST", LIVE_VIEWS, headers=here.login(**claims))
    assert (got.status, got.json()["expires_in_s"]) == (201, 60)
    assert got.headers["cache-control"] == "no-store"
    return str(got.json()["url"])


async def test_a_browser_opens_a_view_without_a_header() -> None:
    """The address has all that is needed, and shows the same as a request with a token."""
    async with (
        scene(Upstream(FIRST).play) as here,
        streaming(here, await address(here)) as stream,
    ):
        start = await stream.start()
        assert dict(start["headers"])[b"cache-control"] == b"no-store"
        assert (await stream.frame())["event"] == "snapshot"
        here.watchers.send(live_event(submitted(last := new_id())))
        assert (await stream.frame())["id"] == str(last)
    assert {request.headers["authorization"][:7] for request in here.asked} == {"Bearer "}


@pytest.mark.parametrize("where", ["header", "query"])
async def test_a_browser_that_comes_again_is_sent_what_it_missed(where: str) -> None:
    """A browser sends the header when it reconnects by itself; a page uses the query."""
    async with scene(Upstream(FIRST, SECOND).play) as here:
        target, sent = await address(here), {}
        if where == "header":
            sent = {"last-event-id": str(FIRST)}
        else:
            target += f"?last_event_id={FIRST}"
        async with streaming(here, target, sent) as stream:
            await stream.start()
            await stream.frame()
            assert (await stream.frame())["id"] == str(SECOND)


async def test_the_address_of_a_view_opens_once() -> None:
    """Who finds it later, or changes it, gets a problem."""
    async with scene(Upstream(FIRST).play) as here:
        used = await address(here)
        async with streaming(here, used) as stream:
            await stream.start()
        for target in (used, used[:-2], "/v1/live-views/x"):
            async with asyncio.timeout(PATIENCE_S):  # an open view would not end
                got = await ask(here.app, "GET", target)
            assert (got.status, got.code) == (404, "live_view_unknown")


async def test_the_address_of_a_view_ends_with_the_session() -> None:
    """The token in it is checked like any other, when the view is opened."""
    async with scene(Upstream(FIRST).play) as here:
        target = await address(here)
        here.tokens.end_session(SESSION, time.time())
        got = await ask(here.app, "GET", target)
    assert (got.status, got.code) == (401, "session_ended")


async def test_nobody_gets_an_address_for_what_another_one_may_see() -> None:
    """Applications says whose it is; a page can read why not."""

    async def play(_: web.BaseRequest) -> web.Response:
        return web.Response(status=404, body=b'{"type":"/problems/application_unknown"}')

    async with scene(play) as here:
        got = await ask(here.app, "POST", LIVE_VIEWS, headers=here.login())
        assert (got.status, got.code) == (404, "application_unknown")
        assert (await ask(here.app, "POST", LIVE_VIEWS)).status == 401


async def test_a_ticket_is_in_no_log_and_no_span() -> None:
    """Refused or not, neither it nor the token appears."""
    exporter = InMemorySpanExporter()
    tracing = Tracing("gateway", exporter=exporter, traces_per_s=1_000)
    with capture_logs() as lines:
        async with scene(Upstream(FIRST).play, tracing=tracing) as here:
            token = here.login()["authorization"].removeprefix("Bearer ")
            target = await address(here)
            async with streaming(here, target) as stream:
                await stream.start()
            assert (await ask(here.app, "GET", target)).status == 404
    tracing.close()
    spans = exporter.get_finished_spans()
    assert "GET /v1/live-views/{ticket}" in {span.name for span in spans}
    assert "live_view_unknown" in str(lines)
    written = str(lines) + "".join(span.to_json() for span in spans)
    assert target.rpartition("/")[2] not in written
    assert token not in written
