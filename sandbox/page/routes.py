"""A page that shows the requests that the sandbox received and sent."""

from html import escape
from typing import Any, Final

from starlette.responses import HTMLResponse, Response

from libs.web.handling.routes import Routes
from sandbox.ledger.file import LedgerFile
from sandbox.page import queries

_NEWEST: Final = 50
_LONGEST: Final = 200
_HEADERS: Final = {"content-security-policy": "default-src 'none'; style-src 'unsafe-inline'"}
_HEAD: Final = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>Sandbox</title>'
    "<style>body{font:14px sans-serif}table{border-collapse:collapse}"
    "td,th{border:1px solid;padding:2px 6px;text-align:left;vertical-align:top}</style>"
    "<h1>Sandbox</h1><p>The newest first. Reload to see more. Faults are set by "
    "<code>PUT /faults/{ministry}</code>. <a href=/pages/traces>Traces</a></p>"
)

routes = Routes()


@routes.get("/", public=False)
async def show_page(ledger: LedgerFile) -> Response:
    """Show the requests received and sent."""
    tables = await ledger.read(queries.newest, _NEWEST)
    body = "".join(_table(title, rows) for title, rows in tables.items())
    return HTMLResponse(f"{_HEAD}{body}</html>", headers=_HEADERS)


def _table(title: str, rows: list[tuple[Any, ...]]) -> str:
    head, *lines = rows
    cells = "".join(f"<th>{escape(name)}</th>" for name in head)
    body = "".join(f"<tr>{''.join(map(_cell, line))}</tr>" for line in lines)
    return f"<h2>{escape(title)}</h2><table><tr>{cells}</tr>{body}</table>"


def _cell(value: Any) -> str:
    return f"<td>{'' if value is None else escape(str(value)[:_LONGEST])}</td>"
