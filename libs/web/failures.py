"""ASGI middleware that answers every failure with a problem document (RFC 9457)."""

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from libs.errors import Refused, Unavailable, Unreadable
from libs.web.language import language_of
from libs.web.problems import problem, problem_for, problem_of
from libs.web.refusals import RefusalLog

_CODES = {404: "not_found", 405: "method_not_allowed", 413: "body_too_large"}

log = structlog.get_logger()


class FailureResponses:
    """Answers exceptions of a handler; a defect is logged and answered with 500.

    Args:
        app: the application.
        service: the service's name, for the log.
        refusals: the log of refused requests.
    """

    def __init__(self, app: ASGIApp, *, service: str, refusals: RefusalLog) -> None:
        self._app = app
        self._service = service
        self._refusals = refusals

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
        language = language_of(request)
        response = problem_for(failure, language)
        if response is None:
            log.error("request failed", web=self._service, exc_info=failure)
            return problem("internal", language)
        if isinstance(failure, Refused | Unreadable) and response.status_code < 500:
            self._refusals.add(request, problem_of(failure))
        if isinstance(failure, Unavailable):
            log.warning("request not served", web=self._service, dependency=failure.dependency)
        return response


async def http_problem(request: Request, failure: Exception) -> Response:
    """Answer Starlette's own exceptions: no route, wrong method, missing file."""
    if not isinstance(failure, HTTPException) or failure.status_code >= 500:
        raise failure
    headers = dict(failure.headers or {})
    if failure.status_code == 405:
        headers["allow"] = ", ".join(sorted(_allowed(request)))
    code = _CODES.get(failure.status_code, "bad_request")
    return problem(code, language_of(request), headers=headers)


def _allowed(request: Request) -> set[str]:
    """The methods that the address accepts, over all routes."""
    return {
        method
        for route in request.app.routes
        if isinstance(route, Route) and route.matches(request.scope)[0] is Match.PARTIAL
        for method in route.methods or ()
    }
