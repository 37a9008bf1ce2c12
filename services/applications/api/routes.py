"""The routes: who asks, what is asked, and the answer."""

from uuid import UUID

from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from libs.bangladesh.text import Malformed, bangla_digits, parse_int
from libs.contracts.applications import CorrectApplication, SubmitApplication
from libs.database.group import GroupCommit
from libs.database.pool import Database
from libs.errors import FieldError, Refused, Unreadable
from libs.web import idempotency
from libs.web.body import read_body
from libs.web.idempotency import Asked, Kept
from libs.web.responses import json_response
from libs.web.tokens import TokenChecker
from services.applications.api.own import OwnApplications
from services.applications.api.submitting import Answer, Submitting, Wanted

PAGE_LIMIT = 100
_PAGE = 20
_WRONG_LIMIT = FieldError(
    "/limit",
    "limit_malformed",
    f"১ থেকে {bangla_digits(PAGE_LIMIT)} দিন।",
    f"Give 1 to {PAGE_LIMIT}.",
)
_WRONG_AFTER = FieldError(
    "/after",
    "after_malformed",
    "আগের পাতার `next` মানটি দিন।",
    "Give the `next` of the page before.",
)


class Routes:
    """The service's HTTP face.

    Args:
        database: the service's own.
        tokens: says who asks.
        submitting: checks submissions.
        group: writes submissions together.
        own: everything else.
    """

    def __init__(
        self,
        database: Database,
        tokens: TokenChecker,
        submitting: Submitting,
        group: GroupCommit[Wanted, Answer],
        own: OwnApplications,
    ) -> None:
        self._database = database
        self._tokens = tokens
        self._submitting = submitting
        self._group = group
        self._own = own

    def routes(self) -> list[Route]:
        """List the routes."""
        one = "/v1/applications/{tracking_number}"
        return [
            Route("/v1/applications", self.submit, methods=["POST"]),
            Route("/v1/applications", self.list, methods=["GET"]),
            Route(one, self.show, methods=["GET"]),
            Route(f"{one}/corrections", self.correct, methods=["POST"]),
            Route(f"{one}/withdrawal", self.withdraw, methods=["POST"]),
        ]

    async def submit(self, request: Request) -> Response:
        """Apply: 201 once the application is on disk; the first answer again for a repeat.

        Raises:
            Refused: the token, the key, the public service or the centre will not do.
            Unreadable: the body or the form is not right.
        """
        caller = await self._tokens.check(request)
        key = idempotency.key_of(request)
        body = await read_body(request, SubmitApplication)
        asked = await _asked(request, caller.citizen_id, key)
        try:
            wanted = self._submitting.check(asked, body)
        except (Refused, Unreadable):
            # What was accepted stays accepted, though the service has closed since, or a birthday
            # has passed: a repeat gets the first answer.
            async with self._database.transaction() as tx:
                first = await self._submitting.answered_before(tx, asked)
                if first is None:
                    raise
            return _json(first)
        return _json(await self._group.submit(wanted))

    async def list(self, request: Request) -> Response:
        """List one's applications, newest first."""
        caller = await self._tokens.check(request)
        after, limit = _page_of(request)
        return json_response(await self._own.list(caller.citizen_id, after, limit))

    async def show(self, request: Request) -> Response:
        """Show one application with its timeline."""
        caller = await self._tokens.check(request)
        return json_response(await self._own.show(caller.citizen_id, _number_of(request)))

    async def correct(self, request: Request) -> Response:
        """Answer a request for correction; with an Idempotency-Key a repeat is answered alike."""
        caller = await self._tokens.check(request)
        key = idempotency.key_of(request) if idempotency.HEADER in request.headers else None
        body = await read_body(request, CorrectApplication)
        asked = await _asked(request, caller.citizen_id, key) if key is not None else None
        async with self._database.transaction() as tx:
            first = await self._submitting.answered_before(tx, asked) if asked else None
            if first is None:
                summary = await self._own.correct(tx, caller.citizen_id, _number_of(request), body)
                first = Answer(200, to_json(summary))
                if asked:
                    await idempotency.keep(tx, [Kept(asked, first.status, first.body)])
        return _json(first)

    async def withdraw(self, request: Request) -> Response:
        """Withdraw; a repeat is answered alike."""
        caller = await self._tokens.check(request)
        return json_response(await self._own.withdraw(caller.citizen_id, _number_of(request)))


async def _asked(request: Request, citizen_id: UUID, key: str) -> Asked:
    body = await request.body()
    return Asked(
        citizen_id, key, idempotency.fingerprint_of(request.method, request.scope["path"], body)
    )


def _json(first: Answer) -> Response:
    return Response(first.body, status_code=first.status, media_type="application/json")


def _number_of(request: Request) -> str:
    return str(request.path_params["tracking_number"])


def _page_of(request: Request) -> tuple[UUID | None, int]:
    """Read `after` and `limit` of the query.

    Raises:
        Unreadable: one of them is nothing that we gave or can give.
    """
    after, limit = request.query_params.get("after"), request.query_params.get("limit")
    try:
        count = parse_int(limit) if limit is not None else _PAGE
    except Malformed:
        count = 0
    if not 1 <= count <= PAGE_LIMIT:
        raise Unreadable("bad_query", "limit", field_errors=(_WRONG_LIMIT,))
    try:
        return (UUID(after) if after is not None else None), count
    except ValueError:
        raise Unreadable("bad_query", "after", field_errors=(_WRONG_AFTER,)) from None
