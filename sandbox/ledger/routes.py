"""The ledger as outsiders read it: everything the outside destinations acted on, in order."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.ledger import queries
from sandbox.ledger.file import LedgerFile
from sandbox.ledger.schema import Connection
from sandbox.paging import number_of

MOST_ROWS = 10_000
USUAL_ROWS = 1_000

Page = Callable[[Connection, int, int], list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class LedgerRoutes:
    """Shows the ledger."""

    ledger: LedgerFile

    def routes(self) -> list[Route]:
        """The routes of the ledger."""
        return [
            Route("/ledger/submissions", self.list_submissions),
            Route("/ledger/messages", self.list_messages),
            Route("/ledger/decisions", self.list_decisions),
            Route("/ledger/summary", self.sum_up),
            Route("/ledger/callbacks", self.list_callbacks),
        ]

    async def list_submissions(self, request: Request) -> Response:
        """Answer with hand-overs after a number, in order."""
        return await self._page(request, queries.submissions_after)

    async def list_messages(self, request: Request) -> Response:
        """Answer with messages after a number, in order."""
        return await self._page(request, queries.messages_after)

    async def list_decisions(self, request: Request) -> Response:
        """Answer with decisions after a number, in order."""
        return await self._page(request, queries.decisions_after)

    async def sum_up(self, _: Request) -> Response:
        """Answer with totals; a total above its distinct is a doubled hand-over."""
        counted = await self.ledger.read(queries.totals)
        submissions = {"total": counted["submissions"], "distinct": counted["submission_keys"]}
        messages = {"total": counted["messages"], "distinct": counted["references"]}
        return _json(
            {
                "submissions": submissions,
                "messages": messages,
                "decisions": counted["decisions"],
            }
        )

    async def list_callbacks(self, _: Request) -> Response:
        """Answer with how many callbacks are still to be made, and which were refused."""
        return _json(await self.ledger.read(queries.open_callbacks, MOST_ROWS))

    async def _page(self, request: Request, page: Page) -> Response:
        after = number_of(request, "after", otherwise=0, most=2**62)
        limit = number_of(request, "limit", otherwise=USUAL_ROWS, most=MOST_ROWS)
        return _json(await self.ledger.read(page, after, limit))


def _json(value: object) -> Response:
    return Response(to_json(value), media_type="application/json")
