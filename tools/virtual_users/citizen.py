"""A citizen with a phone: logs in, finds a service, applies, and clicks again when no answer comes.

Everything goes through the public API; the code is read off the phone, that is, off the sandbox's
SMS operator. A request that gets no answer, or is told to come back, is made again with the same
Idempotency-Key, as a careful frontend does.
"""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol
from urllib.parse import quote

import aiohttp
import orjson

from libs.telemetry.tracing import Started, Tracing

_ANSWER_WITHIN_S = 15.0
_GIVE_UP_AFTER_S = 120.0
_PAUSE_S = 0.5
_CODE_WITHIN_S = 60.0

SERVICE_CENTRES = ("gulshan", "uttara", "nilkhet")


class NotServed(Exception):
    """The platform gave no usable answer for two minutes, or refused what was right."""


class Phones(Protocol):
    """Where citizens receive."""

    async def code_for(self, phone: str, *, within_s: float) -> str:
        """The one-time code that reaches a phone."""


@dataclass(slots=True)
class Accepted:
    """An application that the platform has taken over.

    Args:
        tracking_number: what the citizen was given.
        application_id: its id.
        clicked_at: when the citizen clicked, first.
        answered_in_s: from that click to the answer.
        trace_id: the trace of the visit; empty where it is not sampled.
        timed: whether its times count.
    """

    tracking_number: str
    application_id: str
    clicked_at: datetime
    answered_in_s: float
    trace_id: str
    timed: bool = True


@dataclass(slots=True)
class Api:
    """The public API as a frontend sees it."""

    http: aiohttp.ClientSession
    url: str
    forms: dict[str, dict[str, Any]] = field(default_factory=dict)

    async def ask(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str],
        body: Any = None,
        patience_s: float = _GIVE_UP_AFTER_S,
    ) -> tuple[int, dict[str, Any]]:
        """Make one request until it is answered, at least once.

        Raises:
            NotServed: the time for it, in seconds, is over.
        """
        until_s = time.monotonic() + patience_s
        content = orjson.dumps(body) if body is not None else None
        while True:
            try:
                async with self.http.request(
                    method,
                    f"{self.url}{path}",
                    data=content,
                    headers={"content-type": "application/json", **headers},
                    timeout=aiohttp.ClientTimeout(total=_ANSWER_WITHIN_S),
                ) as answer:
                    read = await answer.read()
                    if answer.status not in {429, 500, 502, 503, 504}:
                        return answer.status, orjson.loads(read or b"{}")
            except (aiohttp.ClientError, TimeoutError):
                pass  # no answer: the same request again, below
            if time.monotonic() >= until_s:
                raise NotServed(f"{method} {path}: no answer in {patience_s:.0f} s")
            await asyncio.sleep(_PAUSE_S)


class Citizen:
    """One synthetic citizen on one visit; the visit is one trace.

    Args:
        api: the public API.
        ledger: where the citizen's phone receives.
        tracing: makes the span of the visit.
        traced: whether the visit is sampled; most are not, as in production.
    """

    def __init__(self, api: Api, ledger: Phones, tracing: Tracing, *, traced: bool = True) -> None:
        self.api = api
        self.traced = traced
        self._ledger = ledger
        self.phone = f"+88017{secrets.randbelow(10**8):08d}"
        unsampled = tracing.begin(sampled=False)
        self._visit = tracing.start_root("visit") if traced else Started(unsampled, None)
        self._headers: dict[str, str] = {"accept-language": "bn"}
        self._trace_id = ""
        if self._visit.context is not None:
            self._headers["traceparent"] = self._visit.context.traceparent
            self._trace_id = self._visit.context.trace_id if traced else ""

    @property
    def authorization(self) -> str:
        """The header that says who asks, once logged in."""
        return self._headers["authorization"]

    async def log_in(self) -> None:
        """Get a code by SMS and exchange it for tokens.

        Raises:
            NotServed: the platform did not let the citizen in.
        """
        await self._expect(202, "POST", "/v1/login/codes", {"phone": self.phone})
        code = await self._ledger.code_for(self.phone, within_s=_CODE_WITHIN_S)
        tokens = await self._expect(
            200, "POST", "/v1/login/tokens", {"phone": self.phone, "code": code}
        )
        self._headers["authorization"] = f"Bearer {tokens['access_token']}"

    async def apply(self, public_service_id: str, form: dict[str, Any], centre: str) -> Accepted:
        """Apply for a public service from a service centre.

        Raises:
            NotServed: the application was not accepted.
        """
        command = {
            "public_service_id": public_service_id,
            "form": form,
            "service_centre_id": centre,
        }
        key = secrets.token_urlsafe(16)
        clicked_at, clicked_s = datetime.now(UTC), time.perf_counter()
        answer = await self._expect(
            201, "POST", "/v1/applications", command, {"idempotency-key": key}
        )
        answered_in_s = time.perf_counter() - clicked_s
        self._visit.end()
        return Accepted(
            tracking_number=answer["tracking_number"],
            application_id=answer["application_id"],
            clicked_at=clicked_at,
            answered_in_s=answered_in_s,
            trace_id=self._trace_id,
        )

    async def post_application(
        self, command: dict[str, Any], key: str, *, patience_s: float = _GIVE_UP_AFTER_S
    ) -> tuple[int, dict[str, Any]]:
        """Click once, whatever the answer is.

        NotServed comes out when there is none in that many seconds.
        """
        headers = {**self._headers, "idempotency-key": key}
        return await self.api.ask(
            "POST", "/v1/applications", headers=headers, body=command, patience_s=patience_s
        )

    async def post(self, path: str, key: str, body: Any = None) -> tuple[int, dict[str, Any]]:
        """Do something about what is the citizen's own, whatever the answer is."""
        headers = {**self._headers, "idempotency-key": key}
        return await self.api.ask("POST", path, headers=headers, body=body)

    async def get(self, path: str) -> tuple[int, dict[str, Any]]:
        """Ask for anything that is the citizen's own."""
        return await self.api.ask("GET", path, headers=self._headers)

    async def applications(self) -> dict[str, Any]:
        """My applications.

        Raises:
            NotServed: they were not shown.
        """
        return await self._expect(200, "GET", "/v1/applications", None)

    async def watch(self, tracking_number: str) -> AsyncIterator[tuple[str, dict[str, Any]]]:
        """Follow an application live: the name and content of each server-sent event."""
        async with self.api.http.get(
            f"{self.api.url}/v1/applications/{tracking_number}/events", headers=self._headers
        ) as answer:
            name = ""
            async for raw in answer.content:
                word, _, rest = raw.decode().rstrip("\n").partition(": ")
                if word == "event":
                    name = rest
                elif word == "data":
                    yield name, orjson.loads(rest)

    async def find(self, public_service_id: str, name: str) -> None:
        """Search for a public service by its name and open its page.

        Raises:
            NotServed: it was not found, or could not be opened.
        """
        found = await self._expect(200, "GET", f"/v1/services?q={quote(name)}", None)
        if public_service_id not in {item["public_service_id"] for item in found["items"]}:
            raise NotServed(f"{public_service_id} is not found by its name")
        await self._expect(200, "GET", f"/v1/services/{public_service_id}", None)

    async def _expect(
        self,
        status: int,
        method: str,
        path: str,
        body: Any,
        headers: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        got, answer = await self.api.ask(
            method, path, headers={**self._headers, **(headers or {})}, body=body
        )
        if got != status:
            problem = answer.get("type", ""), [each["pointer"] for each in answer.get("errors", [])]
            raise NotServed(f"{method} {path}: {got} {problem}")
        return answer
