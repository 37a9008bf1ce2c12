"""Routes that show the ledger: everything that the outside destinations acted on, in order."""

from typing import Annotated

from pydantic import BaseModel, Field
from starlette.responses import Response

from libs.web.handling.routes import Routes
from sandbox.answers import json_model_response
from sandbox.ledger import queries
from sandbox.ledger.file import LedgerFile

MOST_ROWS = 10_000

routes = Routes()


RowNumber = Annotated[int, Field(ge=0, lt=2**63)]
Limit = Annotated[int, Field(ge=1, le=MOST_ROWS)]


class Page(BaseModel):
    """A page of rows: those after a number, up to a limit."""

    after: RowNumber = 0
    limit: Limit = 1_000


class RowsAfter(BaseModel):
    """A page of rows of every kind: of each those after a number, up to a limit."""

    submissions: RowNumber = 0
    decisions: RowNumber = 0
    papers: RowNumber = 0
    messages: RowNumber = 0
    limit: Limit = 1_000


@routes.get("/ledger/submissions", public=False)
async def list_submissions(page: Page, ledger: LedgerFile) -> Response:
    """List hand-overs in order."""
    return json_model_response(await ledger.read(queries.submissions_after, page.after, page.limit))


@routes.get("/ledger/messages", public=False)
async def list_messages(page: Page, ledger: LedgerFile) -> Response:
    """List messages in order."""
    return json_model_response(await ledger.read(queries.messages_after, page.after, page.limit))


@routes.get("/ledger/decisions", public=False)
async def list_decisions(page: Page, ledger: LedgerFile) -> Response:
    """List decisions in order."""
    return json_model_response(await ledger.read(queries.decisions_after, page.after, page.limit))


@routes.get("/ledger/papers", public=False)
async def list_papers(page: Page, ledger: LedgerFile) -> Response:
    """List fetched papers in order."""
    return json_model_response(await ledger.read(queries.papers_after, page.after, page.limit))


@routes.get("/ledger/rows", public=False)
async def list_rows(after: RowsAfter, ledger: LedgerFile) -> Response:
    """List rows of every kind, for who follows the ledger with one request at a time."""
    return json_model_response(await ledger.read(queries.rows_after, **after.model_dump()))


@routes.get("/ledger/summary", public=False)
async def show_summary(ledger: LedgerFile) -> Response:
    """Show totals; a total above its distinct count shows a duplicate."""
    return json_model_response(await ledger.read(queries.totals))


@routes.get("/ledger/callbacks", public=False)
async def list_callbacks(ledger: LedgerFile) -> Response:
    """Show how many callbacks are open, and which were refused."""
    return json_model_response(await ledger.read(queries.open_callbacks, MOST_ROWS))
