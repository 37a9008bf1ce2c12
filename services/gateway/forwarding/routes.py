"""Passes requests on to the services that have the operations, and their answers back."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from libs.errors import Refused
from libs.telemetry.metrics import Metrics
from libs.web.language import language_of
from libs.web.openapi import Operation
from services.gateway.admission.guard import RequestGuard
from services.gateway.forwarding.response_cache import ResponseCache
from services.gateway.upstream import UpstreamResponse, Upstreams


@dataclass(frozen=True, slots=True)
class Forwarding:
    """What requests are passed on with.

    Args:
        upstreams: the services behind the gateway.
        guard: checks requests before.
        cache: answers that may be given again.
        metrics: counts how many were.
    """

    upstreams: Upstreams
    guard: RequestGuard
    cache: ResponseCache
    metrics: Metrics


def forwarding_routes(operations: Iterable[Operation], through: Forwarding) -> list[Route]:
    """Make a route per operation of another service."""
    return [
        Route(
            operation.path,
            partial(
                forward_cached if operation.cached else forward_request,
                operation=operation,
                through=through,
            ),
            methods=[operation.method],
            name=operation.operation_id,
        )
        for operation in operations
    ]


async def forward_request(
    request: Request, *, operation: Operation, through: Forwarding
) -> Response:
    """Pass a request on, and answer with what the service answers, byte for byte."""
    upstream = through.upstreams[_upstream_of(operation, request)]
    if operation.needs_token:
        await through.guard.check(request)
    else:
        through.guard.admit(request)
    key_required = operation.idempotency_key == "required"
    answer = await upstream.forward(
        request,
        through.guard.address(request),
        repeat_safe=operation.repeat_safe,
        late="answer_late_repeat_safe" if key_required else "answer_late",
    )
    return respond(answer, request)


async def forward_cached(
    request: Request, *, operation: Operation, through: Forwarding
) -> Response:
    """Pass on a question whose answer is the same for all callers, or answer it from the cache."""
    through.guard.admit(request)
    cache = through.cache
    key = f"{request.method} {language_of(request)} {request.url.path}?{request.url.query}"
    answer = cache.get(key)
    through.metrics.count("cache_answers", outcome="kept" if answer else "asked")
    if answer is None:
        edition = cache.edition
        upstream = through.upstreams[_upstream_of(operation, request)]
        answer = await upstream.forward(request, through.guard.address(request))
        cache.keep(key, answer, edition)
    return respond_if_changed(answer, request)


def _upstream_of(operation: Operation, request: Request) -> str:
    """The service that has an operation; of several, the one that the path names.

    Raises:
        Refused: it names none of them.
    """
    name: str = request.path_params.get("service", operation.upstreams[0])
    if name not in operation.upstreams:
        raise Refused("not_found")
    return name


def respond(answer: UpstreamResponse, request: Request) -> Response:
    """Give an upstream's answer as it came."""
    response = Response(status_code=answer.status)
    response.body = answer.body
    response.raw_headers = [
        (name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers
    ]
    if answer.status not in {204, 304} and request.method != "HEAD":
        response.raw_headers.append((b"content-length", str(len(answer.body)).encode()))
    return response


def respond_if_changed(answer: UpstreamResponse, request: Request) -> Response:
    """Give an answer with its tag, or 304 where the caller has it already (RFC 9110, 13.1.2)."""
    if answer.status != 200:
        return respond(answer, request)
    known = {tag.strip() for tag in request.headers.get("if-none-match", "").split(",")}
    if known & {"*", answer.etag, f"W/{answer.etag}"}:
        return Response(status_code=304, headers={"etag": answer.etag})
    response = respond(answer, request)
    response.headers["etag"] = answer.etag
    return response
