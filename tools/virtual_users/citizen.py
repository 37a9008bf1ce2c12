"""A virtual citizen: logs in, finds a service, applies, and repeats requests without an answer.

Everything goes through the public API. The one-time code is read from the SMS provider of the
sandbox. A request without a response, or with a `Retry-After`, is repeated with the same
Idempotency-Key, as a careful frontend does.
"""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar
from urllib.parse import quote

import aiohttp
import orjson

from libs.ids import new_id
from libs.telemetry.spans import VISIT
from libs.telemetry.tracing import Started, Tracing
from libs.trace_context import new_context
from tools.ledger import NoCode
from tools.virtual_users.forms import names_papers, with_paper
from tools.virtual_users.photo import as_form, photo

_REQUEST_TIMEOUT_S = 15.0
_GIVE_UP_AFTER_S = 120.0
_PAUSE_S = 0.5
_CODE_TIMEOUT_S = 60.0
_LOGIN_ATTEMPTS = 2
_LOGINS_AT_ONCE = 16
_REPEATED = frozenset({429, 500, 502, 503, 504})


class NotServed(Exception):
    """The platform gave no usable answer in time, or refused a valid request."""


class Codes(Protocol):
    """Where one-time codes arrive."""

    async def code_for(self, phone: str, *, within_s: float) -> str:
        """Return the one-time code that reaches a phone."""


@dataclass(slots=True)
class Accepted:
    """An application that the platform accepted.

    Args:
        tracking_number: in the response.
        application_id: its id.
        clicked_at: when the citizen first sent it.
        answered_in_s: from then to the answer.
        trace_id: the trace of the visit; empty if it is not sampled.
        timed: whether its times count.
        papers: how many papers it has.
        is_told_by_sms: whether there is a phone to which the news go; else somebody tells her.
        at_desk: whether officers who work here decide; they write the ledger's rows.
    """

    tracking_number: str
    application_id: str
    clicked_at: datetime
    answered_in_s: float
    trace_id: str
    timed: bool = True
    papers: int = 0
    is_told_by_sms: bool = True
    at_desk: bool = False


@dataclass(slots=True)
class Api:
    """The public API as a frontend sees it."""

    http: aiohttp.ClientSession
    url: str

    async def request(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str],
        body: Any = None,
        content: bytes | None = None,
        give_up_after_s: float = _GIVE_UP_AFTER_S,
    ) -> tuple[int, dict[str, Any]]:
        """Send a request until it is answered, at least once; return status and body.

        The body is JSON, or else `content`.

        Raises:
            NotServed: there is no answer after `give_up_after_s`.
        """
        until_s = time.monotonic() + give_up_after_s
        content = orjson.dumps(body) if body is not None else content
        while True:
            try:
                async with self.http.request(
                    method,
                    f"{self.url}{path}",
                    data=content,
                    headers={"content-type": "application/json", **headers},
                    timeout=aiohttp.ClientTimeout(total=_REQUEST_TIMEOUT_S),
                ) as response:
                    read = await response.read()
                    if response.status not in _REPEATED:
                        return response.status, orjson.loads(read or b"{}")
            except (aiohttp.ClientError, TimeoutError):
                pass  # no answer: the same request again, below
            if time.monotonic() >= until_s:
                raise NotServed(f"{method} {path}: no answer in {give_up_after_s:.0f} s")
            await asyncio.sleep(_PAUSE_S)


class Citizen:
    """One virtual citizen on one visit; a visit is one trace.

    Args:
        api: the public API.
        codes: where the citizen's one-time codes arrive.
        tracing: makes the span of the visit.
        traced: whether the visit is sampled; most are not, as in production.
    """

    def __init__(self, api: Api, codes: Codes, tracing: Tracing, *, traced: bool = True) -> None:
        self.api = api
        self.traced = traced
        self._codes = codes
        self.phone = new_phone()
        self._visit = tracing.start_root(VISIT) if traced else Started(new_context(), None)
        self.headers: dict[str, str] = {
            "accept-language": "bn",
            "x-forwarded-for": own_address(),
        }
        self._trace_id = ""
        self._paper: dict[str, Any] | None = None
        self._uploading = asyncio.Lock()
        if self._visit.context is not None:
            self.headers["traceparent"] = self._visit.context.traceparent
            self._trace_id = self._visit.context.trace_id if traced else ""

    @property
    def authorization(self) -> str:
        """The Authorization header, once logged in."""
        return self.headers["authorization"]

    async def log_in(self) -> None:
        """Get a code by SMS and exchange it for tokens; after a refusal, once more.

        A request without an answer is repeated, so a second code may end the first.

        Raises:
            NotServed: the platform refused the login.
            NoCode: no code came.
        """
        problem = ""
        for _ in range(_LOGIN_ATTEMPTS):
            await self._expect(202, "POST", "/v1/login/codes", {"phone": self.phone})
            code = await self._codes.code_for(self.phone, within_s=_CODE_TIMEOUT_S)
            status, tokens = await self.api.request(
                "POST",
                "/v1/login/tokens",
                headers={**self.headers, "idempotency-key": str(new_id())},
                body={"phone": self.phone, "code": code},
            )
            if status == 200:
                self.headers["authorization"] = f"Bearer {tokens['access_token']}"
                return
            problem = f"{status} {tokens.get('type', '')}"
        raise NotServed(f"POST /v1/login/tokens: {problem}")

    async def with_papers(self, command: dict[str, Any]) -> dict[str, Any]:
        """Return the body of an application; a paper that its form names is uploaded first.

        A citizen has one paper, so that a repeated application names the same.

        Raises:
            NotServed: the paper was not taken.
        """
        if not names_papers(command["form"]):
            return command
        async with self._uploading:
            if self._paper is None:
                status, paper = await self.upload(*as_form("photo", photo()))
                if status != 201:
                    raise NotServed(f"POST /v1/documents: {status} {paper.get('type', '')}")
                self._paper = paper
        form = with_paper(command["form"], self._paper["document_id"])
        return {**command, "form": form, "documents": [self._paper["receipt"]]}

    async def upload(self, media_type: str, content: bytes) -> tuple[int, dict[str, Any]]:
        """Upload a paper by a form; return status and body, also of a refusal."""
        headers = {**self.headers, "content-type": media_type}
        return await self.api.request("POST", "/v1/documents", headers=headers, content=content)

    async def apply(self, public_service_id: str, form: dict[str, Any]) -> Accepted:
        """Apply for a public service.

        Raises:
            NotServed: the application was not accepted.
        """
        command = await self.with_papers({"public_service_id": public_service_id, "form": form})
        key = secrets.token_urlsafe(16)
        clicked_at, clicked_s = datetime.now(UTC), time.perf_counter()
        accepted = await self._expect(
            201, "POST", "/v1/applications", command, {"idempotency-key": key}
        )
        answered_in_s = time.perf_counter() - clicked_s
        self._visit.end()
        return Accepted(
            tracking_number=accepted["tracking_number"],
            application_id=accepted["application_id"],
            clicked_at=clicked_at,
            answered_in_s=answered_in_s,
            trace_id=self._trace_id,
            papers=len(command.get("documents", ())),
        )

    async def post_application(
        self, command: dict[str, Any], key: str, *, give_up_after_s: float = _GIVE_UP_AFTER_S
    ) -> tuple[int, dict[str, Any]]:
        """Submit an application under a key; return status and body, also of a refusal.

        Raises:
            NotServed: there is no answer after `give_up_after_s`.
        """
        headers = {**self.headers, "idempotency-key": key}
        return await self.api.request(
            "POST",
            "/v1/applications",
            headers=headers,
            body=command,
            give_up_after_s=give_up_after_s,
        )

    async def post(self, path: str, key: str, body: Any = None) -> tuple[int, dict[str, Any]]:
        """Post as this citizen under a key; return status and body, also of a refusal."""
        headers = {**self.headers, "idempotency-key": key}
        return await self.api.request("POST", path, headers=headers, body=body)

    async def get(self, path: str) -> tuple[int, dict[str, Any]]:
        """Get as this citizen; return status and body, also of a refusal."""
        return await self.api.request("GET", path, headers=self.headers)

    async def applications(self) -> dict[str, Any]:
        """Return the citizen's own applications.

        Raises:
            NotServed: they were refused.
        """
        return await self._expect(200, "GET", "/v1/applications", None)

    async def messages(self, tracking_number: str) -> list[dict[str, Any]]:
        """Return the messages about one of the citizen's applications; none are known at first."""
        status, content = await self.get(f"/v1/applications/{tracking_number}/messages")
        return content["items"] if status == 200 else []

    async def watch(self, tracking_number: str) -> AsyncIterator[tuple[str, dict[str, Any]]]:
        """Follow an application live: yield the name and content of every server-sent event."""
        async with self.api.http.get(
            f"{self.api.url}/v1/applications/{tracking_number}/events", headers=self.headers
        ) as response:
            name = ""
            async for raw in response.content:
                key, _, value = raw.decode().rstrip("\n").partition(": ")
                if key == "event":
                    name = value
                elif key == "data":
                    yield name, orjson.loads(value)

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
        expected: int,
        method: str,
        path: str,
        body: Any,
        headers: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        status, content = await self.api.request(
            method, path, headers={**self.headers, **(headers or {})}, body=body
        )
        if status != expected:
            pointers = [error["pointer"] for error in content.get("errors", [])]
            raise NotServed(f"{method} {path}: {status} {content.get('type', '')} {pointers}")
        return content


def new_phone() -> str:
    """Return a random mobile number; in one run two citizens hardly ever get the same."""
    return f"+88017{secrets.randbelow(10**8):08d}"


def own_address() -> str:
    """Return an address of the network for benchmarks (RFC 2544).

    The gateway trusts the loopback, so virtual citizens do not share the limits of one address.
    """
    drawn = secrets.randbelow(2**17)
    return f"198.{18 + (drawn >> 16)}.{drawn >> 8 & 255}.{drawn & 255}"


_Citizen = TypeVar("_Citizen", bound=Citizen)


async def log_in_all(citizens: Sequence[_Citizen]) -> tuple[list[_Citizen], list[str]]:
    """Log citizens in, some at a time; return those logged in, and why the others are not."""
    slots = asyncio.Semaphore(_LOGINS_AT_ONCE)
    logged_in: list[_Citizen] = []
    failures: list[str] = []

    async def log_in(citizen: _Citizen) -> None:
        async with slots:
            try:
                await citizen.log_in()
            except (NotServed, NoCode) as failure:
                failures.append(str(failure))
            else:
                logged_in.append(citizen)

    async with asyncio.TaskGroup() as tasks:
        for citizen in citizens:
            tasks.create_task(log_in(citizen))
    return logged_in, failures
