"""The operators' routes of a service that reads topics: `/v1/operations/<service>/…`."""

from contextlib import suppress
from dataclasses import asdict
from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from libs.bangladesh.text import Malformed, parse_int
from libs.contracts.identity import Role
from libs.contracts.operations import (
    DeadLetterList,
    DeadLettersQuery,
    Failure,
    Journal,
    JournalEntry,
    JournalQuery,
    LookAtDeadLetter,
    ReplayDeadLetters,
    ReplayReport,
    SettleDeadLetters,
)
from libs.errors import Refused, Unreadable
from libs.messaging.journal import By
from libs.messaging.replay import Replayed
from libs.messaging.unsettled import Wanted
from libs.operations.desk import Desk
from libs.web.body import read_body
from libs.web.field_errors import field_errors_of
from libs.web.responses import json_response
from libs.web.tokens import TokenChecker

REPLAYED_AT_ONCE: Final = 100

_READERS: Final[tuple[Role, ...]] = ("operator", "dead_letter_viewer")
_NOT_KEPT: Final = {"cache-control": "no-store"}
_LONGEST_ID = 18

Query = TypeVar("Query", bound=BaseModel)


class Operations:
    """Dead letters over HTTP.

    Args:
        desk: does what is asked.
        tokens: says who asks, and in which role.
    """

    def __init__(self, desk: Desk, tokens: TokenChecker) -> None:
        self._desk = desk
        self._tokens = tokens

    def routes(self) -> list[Route]:
        """Every route, for `make_app`."""
        base = f"/v1/operations/{self._desk.service}"
        return [
            Route(f"{base}/dead-letters", self.list, methods=["GET"]),
            Route(f"{base}/dead-letters/{{dead_letter_id}}", self.show, methods=["GET"]),
            Route(f"{base}/looks", self.look, methods=["POST"]),
            Route(f"{base}/replays", self.replay, methods=["POST"]),
            Route(f"{base}/settlements", self.settle, methods=["POST"]),
            Route(f"{base}/journal", self.journal, methods=["GET"]),
        ]

    async def list(self, request: Request) -> Response:
        """List what waits: ids and reasons, never content."""
        await self._actor(request, *_READERS)
        query = _query(request, DeadLettersQuery)
        wanted = Wanted(None, query.reason, query.party, query.since, query.until)
        found = await self._desk.listed(wanted, after=query.after, limit=query.limit)
        more = found[-1].dead_letter_id if len(found) == query.limit else None
        return json_response(DeadLetterList(dead_letters=found, next=more), headers=_NOT_KEPT)

    async def show(self, request: Request) -> Response:
        """Show one without its content."""
        await self._actor(request, *_READERS)
        return json_response(await self._desk.one(_id_of(request)), headers=_NOT_KEPT)

    async def look(self, request: Request) -> Response:
        """Show one in full, to the one role that may, and write that down first."""
        actor = await self._actor(request, "dead_letter_viewer")
        asked = await read_body(request, LookAtDeadLetter)
        content = await self._desk.look(asked.dead_letter_id, By(actor, asked.why))
        return json_response(content, headers=_NOT_KEPT)

    async def replay(self, request: Request) -> Response:
        """Give dead letters their effect after all."""
        actor = await self._actor(request, "operator")
        asked = await read_body(request, ReplayDeadLetters)
        wanted = Wanted(asked.ids, asked.reason, asked.party, asked.since, asked.until)
        by = By(actor, asked.why)
        return _report(await self._desk.replay(wanted, by, limit=REPLAYED_AT_ONCE))

    async def settle(self, request: Request) -> Response:
        """Close dead letters without their effect."""
        actor = await self._actor(request, "operator")
        asked = await read_body(request, SettleDeadLetters)
        return _report(await self._desk.settle(asked.ids, By(actor, asked.why)))

    async def journal(self, request: Request) -> Response:
        """Show what was done with dead letters, by whom and why."""
        await self._actor(request, *_READERS)
        query = _query(request, JournalQuery)
        found = await self._desk.journal(before=query.before, limit=query.limit)
        entries = [JournalEntry(**asdict(each)) for each in found]
        more = found[-1].entry_no if len(found) == query.limit else None
        return json_response(Journal(entries=entries, next=more), headers=_NOT_KEPT)

    async def _actor(self, request: Request, *roles: Role) -> str:
        """Who asks, where one of their roles allows it.

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
        Unreadable: a value is not what is asked for.
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


def _report(replayed: Replayed) -> Response:
    failed = [Failure(dead_letter_id=key, reason=why) for key, why in replayed.failed.items()]
    report = ReplayReport(settled=replayed.settled, failed=failed, waiting=replayed.waiting)
    return json_response(report, headers=_NOT_KEPT)
