"""Submitting an application, and correcting it."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from libs.contracts.applications import CorrectApplication, SubmitApplication
from libs.database.group import GroupCommit
from libs.database.pool import Database
from libs.errors import Refused, Unreadable
from libs.web import idempotency
from libs.web.body import read_body
from libs.web.idempotency import Asked
from libs.web.responses import json_response
from libs.web.tokens import TokenChecker
from services.applications.public_services.cache import PublicServiceCache
from services.applications.submissions import use_cases
from services.applications.submissions.use_cases import PreparedSubmission, StoredResponse


def routes(
    database: Database,
    tokens: TokenChecker,
    cache: PublicServiceCache,
    group: GroupCommit[PreparedSubmission, StoredResponse],
    clock: Callable[[], datetime],
) -> list[Route]:
    """Make the routes."""

    async def submit(request: Request) -> Response:
        """Submit an application: 201 once it is on disk; a repeat gets the first response.

        Raises:
            Refused: the token, the key, the public service or the service centre is not accepted.
            Unreadable: the body or an answer is wrong.
        """
        caller = await tokens.check(request)
        key = idempotency.key_of(request)
        body = await read_body(request, SubmitApplication)
        asked = await _asked(request, caller.citizen_id, key)
        try:
            prepared = use_cases.prepare(asked, body, cache, at=clock())
        except (Refused, Unreadable):
            # What was accepted stays accepted, also after the service has closed or a birthday has
            # passed: a repeat gets the first response.
            async with database.transaction() as tx:
                first = await use_cases.stored_response(tx, asked)
                if first is None:
                    raise
            return _json(first)
        return _json(await group.submit(prepared))

    async def correct(request: Request) -> Response:
        """Submit a correction; with an Idempotency-Key a repeat gets the first response."""
        caller = await tokens.check(request)
        number = request.path_params["tracking_number"]
        key = idempotency.key_of(request) if idempotency.HEADER in request.headers else None
        body = await read_body(request, CorrectApplication)
        asked = await _asked(request, caller.citizen_id, key) if key else None
        async with database.transaction() as tx:
            if asked:
                return _json(
                    await use_cases.correct_once(tx, cache, asked, number, body, at=clock())
                )
            corrected = await use_cases.correct(
                tx, cache, caller.citizen_id, number, body, at=clock()
            )
        return json_response(corrected.summary(cache.name_of(corrected.public_service_id)))

    return [
        Route("/v1/applications", submit, methods=["POST"]),
        Route("/v1/applications/{tracking_number}/corrections", correct, methods=["POST"]),
    ]


async def _asked(request: Request, citizen_id: UUID, key: str) -> Asked:
    body = await request.body()
    return Asked(
        citizen_id, key, idempotency.fingerprint_of(request.method, request.scope["path"], body)
    )


def _json(response: StoredResponse) -> Response:
    return Response(response.body, response.status, media_type="application/json")
