"""ASGI middleware that answers every failure: with a problem document (RFC 9457), or as told."""

from collections.abc import Callable
from typing import TypeAlias

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from libs.encryption import Unopened
from libs.errors import Refused, Unavailable, Unreadable
from libs.web.handling.language import language_of
from libs.web.handling.problems import problem_for, problem_of
from libs.web.serving.refusals import RefusalLog

Respond: TypeAlias = Callable[[Exception, Request], Response | None]
"""Makes the answer to an expected failure; None for a defect, which is then asked for as the
refusal `internal`."""

_CODES = {404: "not_found", 405: "method_not_allowed", 413: "body_too_large"}

log = structlog.get_logger()


def respond_with_problem(failure: Exception, request: Request) -> Response | None:
    """Make a problem document in the caller's language."""
    return problem_for(failure, language_of(request))


class FailureResponses:
    """Answers exceptions of a handler; a defect is logged and answered with 500.

    Args:
        app: the application.
        service: the service's name, for the log.
        refusals: the log of refused requests.
        respond: makes the answers.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        service: str,
        refusals: RefusalLog,
        respond: Respond = respond_with_problem,
    ) -> None:
        self._app = app
        self._service = service
        self._refusals = refusals
        self._respond = respond

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def send_noted(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, send_noted)
        except (ClientDisconnect, OSError) as failure:
            if begun or isinstance(failure, ClientDisconnect):
                log.info("client left", web=self._service)
                return
            await self._response_to(failure, Request(scope))(scope, receive, send)
        except Exception as failure:  # house: broad-except (the last resort)
            if begun:
                log.exception("answer broken off", web=self._service)
                return
            await self._response_to(failure, Request(scope))(scope, receive, send)

    def _response_to(self, failure: Exception, request: Request) -> Response:
        response = self._respond(failure, request)
        if response is None:
            log.error("request failed", web=self._service, exc_info=failure)
            return required_response(self._respond, "internal", request)
        if isinstance(failure, Refused | Unreadable) and response.status_code < 500:
            self._refusals.add(request, problem_of(failure))
        if isinstance(failure, Unopened):
            log.error("stored value cannot be decrypted", web=self._service, failure=str(failure))
        if isinstance(failure, Unavailable):
            log.warning("request not served", web=self._service, dependency=failure.dependency)
        return response


class HttpFailures:
    """Answers Starlette's own exceptions: no route, wrong method, missing file.

    Args:
        respond: makes the answers.
    """

    def __init__(self, respond: Respond) -> None:
        self._respond = respond

    async def __call__(self, request: Request, failure: Exception) -> Response:
        """Answer an exception."""
        if not isinstance(failure, HTTPException) or failure.status_code >= 500:
            raise failure
        code = _CODES.get(failure.status_code, "bad_request")
        response = required_response(self._respond, code, request)
        response.headers.update(failure.headers or {})
        if failure.status_code == 405:
            response.headers["allow"] = ", ".join(sorted(_allowed(request)))
        return response


def required_response(respond: Respond, code: str, request: Request) -> Response:
    """Return the answer to a refusal with a code of `PROBLEMS`.

    Raises:
        LookupError: there is no answer to this code.
    """
    response = respond(Refused(code), request)
    if response is None:
        raise LookupError(f"no answer to {code!r}")
    return response


def _allowed(request: Request) -> set[str]:
    """The methods that the address accepts, over all routes."""
    return {
        method
        for route in request.app.routes
        if isinstance(route, Route) and route.matches(request.scope)[0] is Match.PARTIAL
        for method in route.methods or ()
    }
