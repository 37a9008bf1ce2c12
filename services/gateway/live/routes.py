"""A live view of one application: what it is now, then each event as it happens."""

import time
from collections.abc import AsyncIterator
from contextlib import ExitStack
from dataclasses import dataclass
from uuid import UUID

from pydantic import BaseModel
from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send
from typing_extensions import override

from libs.contracts.applications import ApplicationView
from libs.contracts.gateway import LiveEvent
from libs.errors import Unavailable, Unreadable
from libs.web.tokens import LEEWAY_S, Caller
from services.gateway.admission.guard import RequestGuard
from services.gateway.forwarding.operations import Operation
from services.gateway.forwarding.routes import Endpoint, no_response, respond
from services.gateway.live.rules import frame, missed
from services.gateway.live.watchers import Watcher, Watchers
from services.gateway.upstream import Upstream, UpstreamResponse, read_view

_HINTS = b"retry: 2000\n\n"
_HEADERS = {
    "cache-control": "no-store",
    "x-accel-buffering": "no",  # a proxy that waits for more would hold every event back
}


@dataclass(frozen=True, slots=True)
class _View:
    """What a live view is made of."""

    watcher: Watcher
    now: ApplicationView
    again: list[LiveEvent]
    heartbeat_s: float
    expires_at_s: float


def watching(
    operation: Operation,
    upstream: Upstream,
    guard: RequestGuard,
    watchers: Watchers,
    heartbeat_s: float,
) -> Endpoint:
    """The endpoint that follows an application live.

    Args:
        operation: its row of the table.
        upstream: shows the application to those who may see it.
        guard: says who asks.
        watchers: keeps who watches.
        heartbeat_s: seconds between signs of life.
    """

    async def endpoint(request: Request) -> Response:
        address = guard.address(request)
        caller = await guard.caller(request)
        tracking_number = request.path_params["tracking_number"]
        try:
            first = await upstream.application(tracking_number, request, address)
            if first.status != 200:
                return respond(first, request)
            # Ownership is known now. The view is read once more after watching has begun, so that
            # nothing can happen unseen between the two.
            with ExitStack() as open_view:
                application_id = read_view(first).application_id
                watcher = open_view.enter_context(
                    watchers.watching(application_id, caller.citizen_id)
                )
                again = await upstream.application(tracking_number, request, address)
                if again.status != 200:
                    return respond(again, request)
                view = _view_of(again, watcher, request, caller, heartbeat_s)
                return _LiveResponse(view, open_view.pop_all())
        except (Unavailable, Unreadable) as failure:
            return no_response(operation, failure, request)

    return endpoint


def _view_of(
    answer: UpstreamResponse, watcher: Watcher, request: Request, caller: Caller, heartbeat_s: float
) -> _View:
    now = read_view(answer)
    return _View(
        watcher=watcher,
        now=now,
        again=missed(now, request.headers.get("last-event-id")),
        heartbeat_s=heartbeat_s,
        expires_at_s=caller.expires_at_s + LEEWAY_S,
    )


class _LiveResponse(StreamingResponse):
    """Streams a view, and ends its watching however the streaming ends."""

    def __init__(self, view: _View, open_view: ExitStack) -> None:
        super().__init__(_frames(view), media_type="text/event-stream", headers=_HEADERS)
        self._open_view = open_view

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._open_view:
            await super().__call__(scope, receive, send)


async def _frames(view: _View) -> AsyncIterator[bytes]:
    yield _HINTS + _frame("snapshot", view.now, _newest(view.now))
    for event in view.again:
        yield _frame(event.type, event, event.event_id)
    seen = {entry.event_id for entry in view.now.timeline}
    while (left_s := view.expires_at_s - time.time()) > 0:
        try:
            news = await view.watcher.next(min(view.heartbeat_s, left_s))
        except TimeoutError:
            if time.time() < view.expires_at_s:
                yield b": still here\n\n"
            continue
        if news is None:
            yield frame("reconnect", b"{}")
            return
        if news.event_id not in seen:
            seen.add(news.event_id)
            yield _frame(news.type, news, news.event_id)
    yield frame("token_expired", b"{}")


def _newest(view: ApplicationView) -> UUID | None:
    return view.timeline[-1].event_id if view.timeline else None


def _frame(kind: str, content: BaseModel, event_id: UUID | None) -> bytes:
    return frame(kind, to_json(content), str(event_id) if event_id else None)
