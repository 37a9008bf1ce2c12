"""My applications, and one application with its timeline."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from libs.bangladesh.text import Malformed, bangla_digits, parse_int
from libs.database.pool import Database
from libs.errors import FieldError, Unreadable
from libs.web.responses import json_response
from libs.web.tokens import TokenChecker
from services.applications.public_services.cache import PublicServiceCache
from services.applications.tracking import use_cases

PAGE_LIMIT = 100
_DEFAULT_PAGE = 20
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


def routes(database: Database, tokens: TokenChecker, cache: PublicServiceCache) -> list[Route]:
    """Make the routes."""

    async def list_applications(request: Request) -> Response:
        """List one's own applications, newest first."""
        caller = await tokens.check(request)
        after, limit = _page(request)
        async with database.transaction() as tx:
            page = await use_cases.list_applications(
                tx, cache, caller.citizen_id, after=after, limit=limit
            )
        return json_response(page)

    async def show_application(request: Request) -> Response:
        """Show one's own application with its timeline."""
        caller = await tokens.check(request)
        number = request.path_params["tracking_number"]
        async with database.transaction() as tx:
            seen = await use_cases.show_application(tx, cache, caller.citizen_id, number)
        return json_response(seen)

    return [
        Route("/v1/applications", list_applications, methods=["GET"]),
        Route("/v1/applications/{tracking_number}", show_application, methods=["GET"]),
    ]


def _page(request: Request) -> tuple[UUID | None, int]:
    """Read `after` and `limit` of the query.

    Raises:
        Unreadable: `limit` is not 1 to 100, or `after` is not an id.
    """
    after, limit = request.query_params.get("after"), request.query_params.get("limit")
    try:
        count = parse_int(limit) if limit is not None else _DEFAULT_PAGE
    except Malformed:
        count = 0
    if not 1 <= count <= PAGE_LIMIT:
        raise Unreadable("bad_query", "limit", field_errors=(_WRONG_LIMIT,))
    try:
        return (UUID(after) if after is not None else None), count
    except ValueError:
        raise Unreadable("bad_query", "after", field_errors=(_WRONG_AFTER,)) from None
