"""Withdrawing an application."""

from collections.abc import Callable
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from libs.database.pool import Database
from libs.web.responses import json_response
from libs.web.tokens import TokenChecker
from services.applications.lifecycle import use_cases
from services.applications.public_services.cache import PublicServiceCache


def routes(
    database: Database,
    tokens: TokenChecker,
    cache: PublicServiceCache,
    clock: Callable[[], datetime],
) -> list[Route]:
    """Make the routes."""

    async def withdraw(request: Request) -> Response:
        """Withdraw the application; a repeat gets the same answer."""
        caller = await tokens.check(request)
        number = request.path_params["tracking_number"]
        async with database.transaction() as tx:
            application = await use_cases.withdraw(tx, caller.citizen_id, number, at=clock())
        return json_response(application.summary(cache.name_of(application.public_service_id)))

    path = "/v1/applications/{tracking_number}/withdrawal"
    return [Route(path, withdraw, methods=["POST"])]
