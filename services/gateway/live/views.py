"""Opens live views: `applications` checks the caller, and the watchers deliver the events."""

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
from libs.errors import Refused
from libs.web.callers.tokens import LEEWAY_S, AccessTokens, Citizen
from services.gateway.admission.guard import RequestGuard
from services.gateway.forwarding.routes import make_response
from services.gateway.live.rules import frame, missed
from services.gateway.live.tickets import LiveTickets
from services.gateway.live.watchers import Watcher, Watchers
from services.gateway.settings import Settings
from services.gateway.upstream import UpstreamResponse, Upstreams

_RETRY = b"retry: 2000\n\n"
_HEADERS = {
    "cache-control": "no-store",
    "x-accel-buffering": "no",  # a proxy that buffers would delay events
}


@dataclass(frozen=True, slots=True)
class _View:
    watcher: Watcher
    snapshot: ApplicationView
    missed: list[LiveEvent]
    heartbeat_s: float
    citizen: Citizen
    tokens: AccessTokens

    def is_over(self) -> bool:
        """Whether the token has expired, or its session or its signing key has ended."""
        try:
            self.tokens.check_session(self.citizen)
            self.citizen.check_time(time.time())
        except Refused:
            return True
        return False


@dataclass(frozen=True, slots=True)
class LiveViews:
    """Opens live views of applications.

    Args:
        guard: checks the caller.
        upstreams: the services; `applications` checks whether the caller may read an application.
        watchers: the open views of this process.
        tickets: for browsers.
        settings: of the gateway.
    """

    guard: RequestGuard
    upstreams: Upstreams
    watchers: Watchers
    tickets: LiveTickets
    settings: Settings

    async def read(self, tracking_number: str, request: Request) -> UpstreamResponse:
        """Read an application with the caller's token."""
        address = self.guard.address(request)
        return await self.upstreams["applications"].application(tracking_number, request, address)

    async def open(
        self, tracking_number: str, request: Request, citizen: Citizen, last_event_id: str | None
    ) -> Response:
        """Open a view, or answer as applications does if the caller may not see it."""
        first = await self.read(tracking_number, request)
        if first.status != 200:
            return make_response(first, request)
        # The caller may see this application. The snapshot is read after watching has begun, so
        # that no event is missed between the two.
        with ExitStack() as open_view:
            application_id = parse(first).application_id
            watching = self.watchers.watching(application_id, citizen.citizen_id)
            watcher = open_view.enter_context(watching)
            second = await self.read(tracking_number, request)
            if second.status != 200:
                return make_response(second, request)
            snapshot = parse(second)
            view = _View(
                watcher=watcher,
                snapshot=snapshot,
                missed=missed(snapshot, last_event_id),
                heartbeat_s=self.settings.heartbeat_s,
                citizen=citizen,
                tokens=self.guard,
            )
            return _LiveResponse(view, open_view.pop_all())


def parse(response: UpstreamResponse) -> ApplicationView:
    """Parse the response of applications.

    Raises:
        Refused: the body is not an application.
    """
    try:
        return ApplicationView.model_validate_json(response.body)
    except ValueError:
        raise Refused("answer_late") from None


class _LiveResponse(StreamingResponse):
    """Streams a view, and stops watching when the stream ends for any reason."""

    def __init__(self, view: _View, open_view: ExitStack) -> None:
        super().__init__(_frames(view), media_type="text/event-stream", headers=_HEADERS)
        self._open_view = open_view

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._open_view:
            await super().__call__(scope, receive, send)


async def _frames(view: _View) -> AsyncIterator[bytes]:
    yield _RETRY + _frame("snapshot", view.snapshot, _newest(view.snapshot))
    for event in view.missed:
        yield _frame(event.type, event, event.event_id)
    sent = {entry.event_id for entry in view.snapshot.timeline}
    expires_at_s = view.citizen.expires_at_s + LEEWAY_S
    while not view.is_over():
        left_s = max(0.0, expires_at_s - time.time())
        try:
            next_event = await view.watcher.next(min(view.heartbeat_s, left_s))
        except TimeoutError:
            if not view.is_over():
                yield b": still here\n\n"
            continue
        if view.is_over():
            break
        if next_event is None:
            yield frame("reconnect", b"{}")
            return
        if next_event.event_id not in sent:
            sent.add(next_event.event_id)
            yield _frame(next_event.type, next_event, next_event.event_id)
    yield frame("token_expired", b"{}")


def _newest(view: ApplicationView) -> UUID | None:
    return view.timeline[-1].event_id if view.timeline else None


def _frame(kind: str, content: BaseModel, event_id: UUID | None) -> bytes:
    return frame(kind, to_json(content), str(event_id) if event_id else None)
