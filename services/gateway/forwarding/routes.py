"""Routes that forward requests to the services behind the gateway."""

from collections.abc import Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send
from typing_extensions import override

from libs.errors import Refused
from libs.telemetry.metrics import Metrics
from libs.web.calling.client import StreamedReply
from libs.web.handling.language import language_of
from libs.web.handling.limits import LimitedRoute
from libs.web.handling.openapi import Operation
from services.gateway.admission.guard import RequestGuard
from services.gateway.admission.open_streams import OpenStreams
from services.gateway.forwarding.response_cache import ResponseCache
from services.gateway.upstream import UpstreamResponse, Upstreams, with_length

_IN_304: Final = frozenset({"cache-control", "content-location", "expires", "vary"})
"""Headers that an answer without the body repeats (RFC 9110, 15.4.5)."""


@dataclass(frozen=True, slots=True)
class Forwarding:
    """The resources of the forwarding routes.

    Args:
        upstreams: the services behind the gateway.
        guard: checks requests before they are forwarded.
        streams: how many uploads and downloads of each citizen are open.
        cache: responses that are the same for all callers.
        metrics: counts hits and misses of the cache.
    """

    upstreams: Upstreams
    guard: RequestGuard
    streams: OpenStreams
    cache: ResponseCache
    metrics: Metrics


def forwarding_routes(operations: Iterable[Operation], through: Forwarding) -> list[Route]:
    """Make a route for every operation of another service."""
    return [_route(operation, through) for operation in operations]


def _route(operation: Operation, through: Forwarding) -> Route:
    forward: Callable[..., Awaitable[Response]] = forward_request
    if operation.cached:
        forward = forward_cached
    elif operation.limits.streamed:
        forward = forward_streamed
    route = LimitedRoute(
        operation.path,
        partial(forward, operation=operation, through=through),
        methods=[operation.method],
        name=operation.operation_id,
    )
    route.limits = operation.limits
    return route


async def forward_request(
    request: Request, *, operation: Operation, through: Forwarding
) -> Response:
    """Forward a request, and return the service's response byte for byte."""
    upstream = through.upstreams[_upstream_of(operation, request)]
    if operation.needs_token:
        await through.guard.check(request)
    else:
        through.guard.admit(request, is_lookup=operation.limits.is_lookup)
    key_required = operation.idempotency_key == "required"
    response = await upstream.forward(
        request,
        through.guard.address(request),
        repeat_safe=operation.repeat_safe,
        timeout_problem="answer_late_repeat_safe" if key_required else "answer_late",
    )
    if operation.conditional and request.method == "GET":
        return make_conditional_response(response, request)
    return make_response(response, request)


async def forward_streamed(
    request: Request, *, operation: Operation, through: Forwarding
) -> Response:
    """Forward a request while its body arrives; the response follows in the same way."""
    upstream = through.upstreams[_upstream_of(operation, request)]
    subject_id: UUID | None = None
    if operation.needs_token:
        subject_id = (await through.guard.check(request)).subject_id
    else:
        through.guard.admit(request)
    deadline_s = operation.limits.deadline_s or upstream.deadline_s
    call = upstream.stream(request, through.guard.address(request), deadline_s=deadline_s)
    return PassedOn(call, through.streams.place(subject_id))


class PassedOn(Response):
    """A response of an upstream that is passed on as it arrives.

    Args:
        call: the call to the upstream, which is made when the response is sent.
        place: is held until the last byte.
    """

    def __init__(
        self,
        call: AbstractAsyncContextManager[StreamedReply],
        place: AbstractContextManager[None],
    ) -> None:
        super().__init__()
        self._call = call
        self._place = place

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._place:
            await self._pass_on(send)

    async def _pass_on(self, send: Send) -> None:
        async with self._call as reply:
            headers = with_length(reply.headers)
            raw = [
                (name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()
            ]
            await send({"type": "http.response.start", "status": reply.status, "headers": raw})
            async for piece in reply.body:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})


async def forward_cached(
    request: Request, *, operation: Operation, through: Forwarding
) -> Response:
    """Return a response that is the same for all callers, from the cache or from the service."""
    through.guard.admit(request)
    cache = through.cache
    key = f"{request.method} {language_of(request)} {request.url.path}?{request.url.query}"
    response = cache.get(key)
    through.metrics.count("cache_answers", outcome="hit" if response else "miss")
    if response is None:
        version = cache.version
        upstream = through.upstreams[_upstream_of(operation, request)]
        response = await upstream.forward(request, through.guard.address(request))
        cache.put(key, response, version)
    return make_conditional_response(response, request)


def _upstream_of(operation: Operation, request: Request) -> str:
    """Return the service that has an operation; of several, the one that the path names.

    Raises:
        Refused: the path names none of them.
    """
    name: str = request.path_params.get("service", operation.upstreams[0])
    if name not in operation.upstreams:
        raise Refused("not_found")
    return name


def make_response(upstream_response: UpstreamResponse, request: Request) -> Response:
    """Make the response to the caller from an upstream's, unchanged."""
    status, body = upstream_response.status, upstream_response.body
    response = Response(status_code=status)
    response.body = body
    response.raw_headers = [
        (name.encode("latin-1"), value.encode("latin-1"))
        for name, value in upstream_response.headers
    ]
    if status not in {204, 304} and request.method != "HEAD":
        response.raw_headers.append((b"content-length", str(len(body)).encode()))
    return response


def make_conditional_response(upstream_response: UpstreamResponse, request: Request) -> Response:
    """Make a response with an entity tag, or 304 if the caller has it (RFC 9110, 13.1.2).

    Also of what is personal and never cached: a front end that asks again sends the tag, and a
    phone on a bad line receives nothing that it has.
    """
    if upstream_response.status != 200:
        return make_response(upstream_response, request)
    etag = upstream_response.etag
    tags = {tag.strip() for tag in request.headers.get("if-none-match", "").split(",")}
    if tags & {"*", etag, f"W/{etag}"}:
        kept = {name: value for name, value in upstream_response.headers if name in _IN_304}
        return Response(status_code=304, headers={**kept, "etag": etag})
    response = make_response(upstream_response, request)
    response.headers["etag"] = etag
    return response
