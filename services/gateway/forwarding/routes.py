"""Hands a request on to the service that owns it, and its answer back, byte for byte."""

from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response

from libs.errors import Refused, Unavailable, Unreadable
from libs.telemetry.metrics import Metrics
from libs.web.client import Unanswered
from libs.web.language import language_of
from libs.web.problems import problem
from services.gateway.admission.guard import RequestGuard
from services.gateway.forwarding.operations import Operation, UpstreamName
from services.gateway.forwarding.response_cache import ResponseCache
from services.gateway.upstream import Upstream, UpstreamResponse

Endpoint = Callable[[Request], Awaitable[Response]]


def forwarding(operation: Operation, upstream: Upstream, guard: RequestGuard) -> Endpoint:
    """The endpoint of an operation that another service answers."""

    async def endpoint(request: Request) -> Response:
        address = guard.address(request)
        if operation.needs_token:
            await guard.caller(request)
        body = await request.body() if operation.method != "GET" else None
        try:
            answer = await upstream.forward(
                request, body, address, repeat_safe=operation.repeat_safe
            )
        except (Unavailable, Unreadable) as failure:
            return no_response(operation, failure, request)
        return respond(answer, request)

    return endpoint


def forwarding_by_name(
    operation: Operation, upstreams: Mapping[UpstreamName, Upstream], guard: RequestGuard
) -> Endpoint:
    """The endpoint of an operation that several services have, each for itself."""
    endpoints = {
        str(name): forwarding(operation, upstream, guard) for name, upstream in upstreams.items()
    }

    async def endpoint(request: Request) -> Response:
        named = endpoints.get(request.path_params["service"])
        if named is None:
            raise Refused("not_found")
        return await named(request)

    return endpoint


def forwarding_cached(
    operation: Operation,
    upstream: Upstream,
    guard: RequestGuard,
    answers: ResponseCache,
    metrics: Metrics,
) -> Endpoint:
    """The endpoint of an operation whose answer is the same for everybody, for a few seconds."""

    async def endpoint(request: Request) -> Response:
        address = guard.address(request)
        key = f"{request.method} {language_of(request)} {request.url.path}?{request.url.query}"
        answer = answers.get(key)
        metrics.count("cache_answers", outcome="kept" if answer else "asked")
        if answer is None:
            edition = answers.edition
            try:
                answer = await upstream.forward(request, None, address, repeat_safe=True)
            except (Unavailable, Unreadable) as failure:
                return no_response(operation, failure, request)
            answers.keep(key, answer, edition)
        return respond_if_changed(answer, request)

    return endpoint


def no_response(operation: Operation, failure: Exception, request: Request) -> Response:
    """What the caller is told when the upstream did not answer, or not in HTTP."""
    language = language_of(request)
    if isinstance(failure, Unanswered | Unreadable):
        repeat = operation.idempotency_key == "required"
        return problem("answer_late_repeat_safe" if repeat else "answer_late", language)
    return problem("service_not_reached", language)


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
