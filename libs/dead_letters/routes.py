"""The operators' routes of a service that consumes topics: `/v1/operations/<service>/…`."""

from contextlib import suppress
from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from libs.bangladesh.text import Malformed, parse_int
from libs.contracts.dead_letters import (
    DeadLetterList,
    DeadLettersQuery,
    Failure,
    Journal,
    JournalQuery,
    LookAtDeadLetter,
    ReplayDeadLetters,
    ReplayReport,
    SettleDeadLetters,
)
from libs.contracts.identity import Role
from libs.dead_letters import replay
from libs.dead_letters.admin import DeadLetterAdmin
from libs.dead_letters.rules import JournalNote, Selection
from libs.errors import Refused, Unreadable
from libs.web.body import read_body
from libs.web.field_errors import field_errors_of
from libs.web.responses import json_response
from libs.web.tokens import TokenChecker

REPLAYED_AT_ONCE: Final = 100

_READERS: Final[tuple[Role, ...]] = ("operator", "dead_letter_viewer")
_NO_STORE: Final = {"cache-control": "no-store"}
_LONGEST_ID = 18

Query = TypeVar("Query", bound=BaseModel)


def dead_letter_routes(admin: DeadLetterAdmin, tokens: TokenChecker) -> list[Route]:
    """Return the routes of a service's dead letters.

    Args:
        admin: does what is asked.
        tokens: checks who asks, and in which role.
    """
    handlers = _Handlers(admin, tokens)
    base = f"/v1/operations/{admin.service}"
    return [
        Route(f"{base}/dead-letters", handlers.list_open, methods=["GET"]),
        Route(f"{base}/dead-letters/{{dead_letter_id}}", handlers.show, methods=["GET"]),
        Route(f"{base}/looks", handlers.look, methods=["POST"]),
        Route(f"{base}/replays", handlers.replay, methods=["POST"]),
        Route(f"{base}/settlements", handlers.settle, methods=["POST"]),
        Route(f"{base}/journal", handlers.journal, methods=["GET"]),
    ]


class _Handlers:
    def __init__(self, admin: DeadLetterAdmin, tokens: TokenChecker) -> None:
        self._admin = admin
        self._tokens = tokens

    async def list_open(self, request: Request) -> Response:
        """List open dead letters: ids and reasons, never content."""
        await self._actor(request, *_READERS)
        query = _query(request, DeadLettersQuery)
        selection = Selection(None, query.reason, query.destination, query.since, query.until)
        found = await self._admin.list_open(selection, after=query.after, limit=query.limit)
        more = found[-1].dead_letter_id if len(found) == query.limit else None
        return json_response(DeadLetterList(dead_letters=found, next=more), headers=_NO_STORE)

    async def show(self, request: Request) -> Response:
        """Show one without its content."""
        await self._actor(request, *_READERS)
        return json_response(await self._admin.show(_id_of(request)), headers=_NO_STORE)

    async def look(self, request: Request) -> Response:
        """Show one in full, for one role only; the look is written into the journal first."""
        actor = await self._actor(request, "dead_letter_viewer")
        body = await read_body(request, LookAtDeadLetter)
        content = await self._admin.look(body.dead_letter_id, JournalNote(actor, body.why))
        return json_response(content, headers=_NO_STORE)

    async def replay(self, request: Request) -> Response:
        """Replay open dead letters."""
        actor = await self._actor(request, "operator")
        body = await read_body(request, ReplayDeadLetters)
        selection = Selection(body.ids, body.reason, body.destination, body.since, body.until)
        note = JournalNote(actor, body.why)
        return _report(await self._admin.replay(selection, note, limit=REPLAYED_AT_ONCE))

    async def settle(self, request: Request) -> Response:
        """Settle dead letters without their effect."""
        actor = await self._actor(request, "operator")
        body = await read_body(request, SettleDeadLetters)
        return _report(await self._admin.settle(body.ids, JournalNote(actor, body.why)))

    async def journal(self, request: Request) -> Response:
        """Show what was done with dead letters, by whom and why."""
        await self._actor(request, *_READERS)
        query = _query(request, JournalQuery)
        entries = await self._admin.journal(before=query.before, limit=query.limit)
        more = entries[-1].entry_no if len(entries) == query.limit else None
        return json_response(Journal(entries=entries, next=more), headers=_NO_STORE)

    async def _actor(self, request: Request, *roles: Role) -> str:
        """Return who asks, if one of their roles allows it.

        Raises:
            Refused: the token is missing or not valid, or its role does not allow this.
        """
        caller = await self._tokens.check(request)
        if not caller.roles & set(roles):
            raise Refused("role_missing")
        return f"staff:{caller.citizen_id}"


def _query(request: Request, model: type[Query]) -> Query:
    """Read the query.

    Raises:
        Unreadable: a value does not have its declared shape.
    """
    try:
        return model.model_validate(dict(request.query_params))
    except ValidationError as failure:
        raise Unreadable(
            "bad_query", model.__name__, field_errors=field_errors_of(failure)
        ) from None


def _id_of(request: Request) -> int:
    """Read the id in the path.

    Raises:
        Refused: no dead letter has such an id.
    """
    text = str(request.path_params["dead_letter_id"])
    with suppress(Malformed):
        if len(text) <= _LONGEST_ID:
            return parse_int(text)
    raise Refused("dead_letter_unknown")


def _report(report: replay.ReplayReport) -> Response:
    failed = [Failure(dead_letter_id=key, reason=why) for key, why in report.failed.items()]
    body = ReplayReport(settled=report.settled, failed=failed, blocked=report.blocked)
    return json_response(body, headers=_NO_STORE)
