"""A live view of one application: a snapshot, then every event as it happens.

A program opens it with its token. A page asks for an address that its EventSource can open.
"""

from typing import Annotated, Any, Final

from starlette.requests import Request
from starlette.responses import Response

from libs.contracts.applications import ApplicationView, TrackingNumber
from libs.contracts.gateway import LiveEvent, LiveView, LiveViewQuery, Ticket
from libs.errors import Refused
from libs.web.callers.tokens import Citizen, bearer_token
from libs.web.handling.responses import json_response
from libs.web.handling.routes import Routes
from libs.web.header import Header
from services.gateway.forwarding.routes import make_response
from services.gateway.live.tickets import VALID_S
from services.gateway.live.views import LiveViews, parse

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


@routes.get(
    "/v1/applications/{tracking_number}/events",
    problems=("application_unknown", "too_many_watchers"),
    openapi={"responses": {"200": _STREAM}},
    models=(ApplicationView, LiveEvent),
)
async def watch_application(
    tracking_number: TrackingNumber,
    request: Request,
    citizen: Citizen,
    last_event_id: LastEventId,
    views: LiveViews,
) -> Response:
    """Follow the application live (server-sent events)."""
    return await views.open(tracking_number, request, citizen, last_event_id)


@routes.post(
    "/v1/applications/{tracking_number}/live-views",
    status=201,
    answer=LiveView,
    problems=("application_unknown",),
)
async def begin_live_view(
    tracking_number: TrackingNumber,
    request: Request,
    citizen: Citizen,  # noqa: ARG001  # applications checks whose it is, by the same token
    views: LiveViews,
) -> Response:
    """Get an address at which a browser's EventSource follows the application.

    It is valid for a minute and once. Ask for another one when the view has ended, and give it the
    id of the last event.
    """
    found = await views.read(tracking_number, request)
    if found.status != 200:
        return make_response(found, request)
    number = parse(found).tracking_number
    ticket = views.tickets.issue(bearer_token(request), number)
    return json_response(LiveView(url=f"/v1/live-views/{ticket}", expires_in_s=VALID_S), 201)


@routes.get(
    "/v1/live-views/{ticket}",
    problems=(
        "live_view_unknown", "application_unknown", "too_many_watchers", "role_missing",
        "token_invalid", "token_expired", "session_ended",
    ),
    openapi={"responses": {"200": _STREAM}},
    models=(ApplicationView, LiveEvent),
)  # fmt: skip
async def open_live_view(
    ticket: Ticket,
    request: Request,
    query: LiveViewQuery,
    last_event_id: LastEventId,
    views: LiveViews,
) -> Response:
    """Follow an application live in a browser (server-sent events).

    Raises:
        Refused: the address was used before, or is more than a minute old; or the caller is no
            citizen.
    """
    views.guard.admit(request)
    opened = views.tickets.open(ticket)
    request = _with_token(request, opened.token)
    citizen = await views.guard.check(request)
    if not isinstance(citizen, Citizen):
        raise Refused("role_missing")
    last = last_event_id or query.last_event_id
    return await views.open(opened.tracking_number, request, citizen, last)


def _with_token(request: Request, token: str) -> Request:
    """The same request as its caller would send it with a header."""
    others = [header for header in request.scope["headers"] if header[0] != b"authorization"]
    headers = [*others, (b"authorization", f"Bearer {token}".encode())]
    return Request({**request.scope, "headers": headers})
