"""The outside systems of a bench: ministries that decide in their response, and an SMS provider.

`python -m tools.bench.outside` serves what a load needs of the sandbox, at its address and with its
settings: from memory, without faults, spans or checks, so that it takes little of the machine.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import aiohttp
import orjson
import uvicorn
import uvloop
from starlette.types import Receive, Scope, Send

from libs.bangladesh.text import parse_int
from libs.ids import new_id
from libs.web.signed.signatures import sign
from sandbox.ministries import soap
from sandbox.settings import Settings
from tools.ledger import KINDS

_REPORTS_AT_ONCE = 200
_REPEAT_AFTER_S = 0.2
_JSON = (b"content-type", b"application/json")
_XML = (b"content-type", soap.MEDIA_TYPE.encode())
_CONTENT_TYPE = {"content-type": "application/json"}
_DECIDED = orjson.dumps(
    {
        "case_file_number": "00.00.0000.000.000.0001",
        "decision": {"action": "approved", "note": None},
    }
)
_EMPTY = b"{}"

Answer = tuple[int, bytes]
Row = dict[str, Any]


class Outside:
    """The systems, their ledger, and the reports that they owe.

    Args:
        secret: signs the delivery reports.
    """

    def __init__(self, secret: str) -> None:
        self._secret = secret
        self._ledger: dict[str, list[Row]] = {kind: [] for kind in KINDS}
        self._keys: dict[str, bytes] = {}
        self._unreported: defaultdict[str, list[Row]] = defaultdict(list)
        self._owes_reports = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        message = await receive()
        body = message["body"]
        while message.get("more_body"):
            message = await receive()
            body += message["body"]
        status, content = self._answer(scope, body)
        length = (b"content-length", b"%d" % len(content))
        media_type = _XML if scope["path"].endswith("/soap") else _JSON
        headers = [media_type, length]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    def _answer(self, scope: Scope, body: bytes) -> Answer:
        _, first, *rest = scope["path"].split("/")
        match first, rest:
            case "ministries", [ministry, "submissions"]:
                submission = orjson.loads(body)
                return self._once(_key(scope), lambda: self._submitted(ministry, submission))
            case "ministries", [ministry, "soap"]:
                read, key = soap.read_submit(body)
                submission = read.model_dump(mode="json")
                status, answer = self._once(key, lambda: self._submitted(ministry, submission))
                return status, soap.write_answer(answer.decode())
            case "sms", ["messages"]:
                message = orjson.loads(body)
                return 202, self._sent(message, _key(scope))
            case "sms", ["messages", "bulk"]:
                results = [
                    {"status": 202, "body": orjson.Fragment(self._sent(message, key))}
                    for message in orjson.loads(body)["messages"]
                    for key in [message["idempotency_key"]]
                ]
                return 200, orjson.dumps({"results": results})
            case "ledger", ["rows"]:
                return 200, orjson.dumps(self._rows_after(_asked(scope)))
            case "ledger", ["messages"]:
                query = _asked(scope)
                return 200, orjson.dumps(self._page("messages", query["after"], query["limit"]))
            case _:  # health, and spans, which nobody reads
                return 200, _EMPTY

    def _once(self, key: str, act: Callable[[], bytes]) -> Answer:
        """Act, unless the key was used before; return the first response."""
        if key not in self._keys:
            self._keys[key] = act()
        return 200, self._keys[key]

    def _submitted(self, ministry: str, submission: Row) -> bytes:
        row = {name: submission[name] for name in ("application_id", "tracking_number", "kind")}
        self._add("submissions", row | {"ministry": ministry})
        return _DECIDED

    def _sent(self, message: Row, key: str) -> bytes:
        _, answer = self._once(key, lambda: self._accepted(message))
        return answer

    def _accepted(self, message: Row) -> bytes:
        row = {name: message[name] for name in ("reference", "to", "text")}
        self._add("messages", row | {"reported_at": None})
        self._owe(message["report_url"], [row])
        return orjson.dumps({"provider_id": message["reference"]})

    def _add(self, kind: str, row: Row) -> None:
        rows = self._ledger[kind]
        row |= {"n": len(rows) + 1, "received_at": datetime.now(UTC).isoformat()}
        rows.append(row)

    def _rows_after(self, query: Mapping[str, int]) -> Mapping[str, Sequence[Row]]:
        return {kind: self._page(kind, query[kind], query["limit"]) for kind in self._ledger}

    def _page(self, kind: str, after: int, limit: int) -> Sequence[Row]:
        return self._ledger[kind][after : after + limit]

    async def report(self) -> None:
        """Send delivery reports for ever, all that are due to one address together."""
        async with aiohttp.ClientSession() as http:
            while True:
                await self._owes_reports.wait()
                self._owes_reports.clear()
                due, self._unreported = self._unreported, defaultdict(list)
                for url, rows in due.items():
                    for start in range(0, len(rows), _REPORTS_AT_ONCE):
                        await self._post(http, url, rows[start : start + _REPORTS_AT_ONCE])

    async def _post(self, http: aiohttp.ClientSession, url: str, rows: Sequence[Row]) -> None:
        now = datetime.now(UTC)
        reports = [
            {"reference": row["reference"], "status": "delivered", "reported_at": now}
            for row in rows
        ]
        listed = url.endswith("/bulk")
        for body in [{"reports": reports}] if listed else reports:
            raw = orjson.dumps(body)
            headers = sign(self._secret, str(new_id()), now, raw) | _CONTENT_TYPE
            try:
                async with http.post(url, data=raw, headers=headers) as response:
                    is_taken = response.ok
            except aiohttp.ClientError:
                is_taken = False
            if not is_taken:
                asyncio.get_running_loop().call_later(_REPEAT_AFTER_S, self._owe, url, rows)
                return
        for row in rows:
            row["reported_at"] = now

    def _owe(self, url: str, rows: Sequence[Row]) -> None:
        self._unreported[url].extend(rows)
        self._owes_reports.set()


def _asked(scope: Scope) -> Mapping[str, int]:
    query = parse_qs(scope["query_string"].decode())
    return {name: parse_int(text) for name, (text,) in query.items()}


def _key(scope: Scope) -> str:
    headers: dict[bytes, bytes] = dict(scope["headers"])
    return headers[b"idempotency-key"].decode()


async def main(settings: Settings) -> None:
    """Serve until SIGTERM."""
    outside = Outside(settings.sms_secret.get_secret_value())
    config = uvicorn.Config(
        outside, port=settings.port, log_level="warning", access_log=False, lifespan="off"
    )
    async with asyncio.TaskGroup() as tasks:
        reporting = tasks.create_task(outside.report())
        await uvicorn.Server(config).serve()
        reporting.cancel()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(Settings()))
