"""A live view of one application: a snapshot, then every event as it happens."""

import time
from collections.abc import AsyncIterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import BaseModel
from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send
from typing_extensions import override

from libs.contracts.applications import ApplicationView, TrackingNumber
from libs.contracts.gateway import LiveEvent
from libs.errors import Refused
from libs.web.parameters import Header
from libs.web.routes import Routes
from libs.web.tokens import LEEWAY_S, AccessTokens, Citizen
from services.gateway.admission.guard import RequestGuard
from services.gateway.forwarding.routes import make_response
from services.gateway.live.rules import frame, missed
from services.gateway.live.watchers import Watcher, Watchers
from services.gateway.settings import Settings
from services.gateway.upstream import UpstreamResponse, Upstreams

_RETRY = b"retry: 2000\n\n"
_HEADERS = {
    "cache-control": "no-store",
    "x-accel-buffering": "no",  # a proxy that buffers would delay events
}
# OpenAPI 3.1 cannot describe a stream: the schema describes one event of it.
_EVENT: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["event", "data"],
    "properties": {
        "id": {"type": "string"},
        "event": {"type": "string"},
        "data": {
            "type": "string",
            "contentMediaType": "application/json",
            "contentSchema": {
                "anyOf": [
                    {"$ref": "#/components/schemas/ApplicationView"},
                    {"$ref": "#/components/schemas/LiveEvent"},
                    {"type": "object", "maxProperties": 0},
                ]
            },
        },
    },
}
_STREAM: Final[dict[str, Any]] = {
    "description": "First `snapshot` (an ApplicationView), then each event under its type (a "
    "LiveEvent); `reconnect` or `token_expired` before the stream ends.",
    "content": {"text/event-stream": {"schema": _EVENT}},
}

LastEventId = Annotated[str | None, Header("Last-Event-ID", "`id` of the last event seen")]

routes = Routes()


@dataclass(frozen=True, slots=True)
class _View:
    watcher: Watcher
    snapshot: ApplicationView
    missed: list[LiveEvent]
    heartbeat_s: float
    citizen: Citizen
    tokens: AccessTokens

    def is_over(self) -> bool:
        """Whether the token has expired or its session has ended."""
        try:
            self.tokens.check_session(self.citizen)
            self.citizen.check_time(time.time())
        except Refused:
            return True
        return False


@routes.get(
    "/v1/applications/{tracking_number}/events",
    problems=("application_unknown", "too_many_watchers"),
    openapi={"responses": {"200": _STREAM}},
    models=(ApplicationView, LiveEvent),
)
async def watch_application(  # noqa: PLR0913
    tracking_number: TrackingNumber,
    request: Request,
    citizen: Citizen,
    last_event_id: LastEventId,
    guard: RequestGuard,
    upstreams: Upstreams,
    watchers: Watchers,
    settings: Settings,
) -> Response:
    """Follow the application live (server-sent events)."""
    read = partial(
        upstreams["applications"].application, tracking_number, request, guard.address(request)
    )
    first = await read()
    if first.status != 200:
        return make_response(first, request)
    # The caller may see this application. The snapshot is read after watching has begun, so that no
    # event is missed between the two.
    with ExitStack() as open_view:
        application_id = _parse(first).application_id
        watcher = open_view.enter_context(watchers.watching(application_id, citizen.citizen_id))
        second = await read()
        if second.status != 200:
            return make_response(second, request)
        snapshot = _parse(second)
        view = _View(
            watcher=watcher,
            snapshot=snapshot,
            missed=missed(snapshot, last_event_id),
            heartbeat_s=settings.heartbeat_s,
            citizen=citizen,
            tokens=guard,
        )
        return _LiveResponse(view, open_view.pop_all())


def _parse(response: UpstreamResponse) -> ApplicationView:
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
