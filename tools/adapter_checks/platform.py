"""The platform as a system under check sees it: papers, callbacks, and hand-overs."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

import orjson
from aiohttp import web
from yarl import URL

from libs.clock import utc_now
from libs.contracts.documents import DocumentReference
from libs.contracts.ministries import MinistryDecision, ReadDeliveries
from libs.contracts.problems import PROBLEMS
from libs.decision_papers.templates import check_fields, check_use
from libs.errors import Refused, Unreadable
from libs.ids import new_id
from libs.web.handling.body import check_json_type, read_json
from libs.web.signed.signatures import verify
from services.ministries.decisions.rules import Callback, check_webhook_id, is_repeat
from services.ministries.deliveries import responses

_PAPER: Final = b"%PDF-1.4\n% a test of the connection\n%%EOF\n"
_PAGE: Final = 1  # so that a system has to read on
_PROBLEM: Final = "application/problem+json"


class TestPaper:
    """A paper at a URL; `taken` is set when it is fetched, or passed on by an adapter.

    The first copy of a broken one has other content.
    """

    __test__ = False  # no test of pytest

    def __init__(self, *, is_broken: bool = False) -> None:
        self.document_id = new_id()
        self.taken, self.taken_again = asyncio.Event(), asyncio.Event()
        self.is_passed_on = False
        self._is_broken = is_broken

    def documents(self) -> str:
        """Return the papers of a delivery that has this one."""
        reference = DocumentReference(
            document_id=self.document_id,
            kind="test_paper",
            media_type="application/pdf",
            size_bytes=len(_PAPER),
            sha256=sha256(_PAPER).hexdigest(),
            state="clean",
        )
        return orjson.dumps([reference.model_dump(mode="json")]).decode()

    def fetched(self) -> bytes:
        """Return the content of one copy."""
        is_first = not self.taken.is_set()
        (self.taken if is_first else self.taken_again).set()
        return _PAPER[::-1] if is_first and self._is_broken else _PAPER


@dataclass
class Decided:
    """The callbacks about one application.

    Args:
        webhook_id: of the first one, which was answered with 503.
        came: set when it comes.
        repeated: set when it comes again under the same webhook-id, and is answered with 204.
        problems: what was wrong with others.
        said: the decisions of all of them.
    """

    webhook_id: str = ""
    came: asyncio.Event = field(default_factory=asyncio.Event)
    repeated: asyncio.Event = field(default_factory=asyncio.Event)
    problems: list[str] = field(default_factory=list)
    said: list[MinistryDecision] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class HandedOver:
    """A submission that the system has confirmed."""

    key: str
    submission: Mapping[str, Any]
    case_file_number: str | None


class Platform:
    """The platform that a system under check talks to.

    Args:
        ministry: whose system is checked.
        keys: those of the ministry.
        public_service_id: applied for in the checks.
    """

    def __init__(self, ministry: str, keys: Sequence[str], public_service_id: str = "S001") -> None:
        self.ministry = ministry
        self.url = ""
        self.papers: list[TestPaper] = []
        self.decided: dict[UUID, Decided] = {}
        self.handed_over: list[HandedOver] = []
        self.is_read_again = asyncio.Event()
        self.problems: list[str] = []
        self._keys = keys
        self._public_service_id = public_service_id
        self._fingerprints: dict[tuple[str, str], bytes] = {}

    @property
    def callback_url(self) -> str:
        """The address to which the system sends decisions."""
        return f"{self.url}/v1/ministries/{self.ministry}/decisions"

    def paper(self, *, is_broken: bool = False) -> TestPaper:
        """Offer one more paper."""
        paper = TestPaper(is_broken=is_broken)
        self.papers.append(paper)
        return paper

    def cursor(self) -> str:
        """Return the cursor behind all that the system has until now."""
        return f"check-{len(self.handed_over)}"

    async def fetch(self, described: Mapping[str, Any]) -> bytes:
        """Give a paper to an adapter that passes it on."""
        paper = next(
            candidate
            for candidate in self.papers
            if str(candidate.document_id) == described["document_id"]
        )
        paper.is_passed_on = True
        paper.taken.set()
        return _PAPER

    def app(self) -> web.Application:
        """Make the routes that the system can call."""
        app = web.Application()
        app.router.add_post(f"/v1/ministries/{self.ministry}/decisions", self._take_decision)
        app.router.add_post(f"/v1/ministries/{self.ministry}/deliveries", self._read_deliveries)
        app.router.add_get("/{path:.*}", self._give_paper)
        return app

    async def _give_paper(self, _: web.Request) -> web.Response:
        """Give the newest paper; a link says no more to a system than where to fetch it."""
        if not self.papers:
            return web.Response(status=404)
        return web.Response(body=self.papers[-1].fetched(), content_type="application/pdf")

    async def _take_decision(self, request: web.Request) -> web.Response:
        """Answer the first callback on an application with 503, and its repeat with 204.

        What is wrong is refused as by the platform; that it is received decides nothing.
        """

        def take(raw: bytes, webhook_id: str) -> web.Response:
            check_webhook_id(webhook_id)
            decision = responses.clean(read_json(raw, MinistryDecision))
            if (paper := decision.paper) and paper.receipt is None:
                check_use(paper.template, self._public_service_id, decision.action)
                check_fields(paper.template, paper.fields)
            callback = Callback(self.ministry, webhook_id, decision, None)
            is_repeat(callback, self._fingerprints)
            decided = self.decided.setdefault(decision.application_id, Decided())
            decided.said.append(decision)
            is_first = decided.webhook_id in {"", webhook_id} and not decided.came.is_set()
            if decision.action != "received" and is_first:
                decided.webhook_id = webhook_id
                decided.came.set()
                return web.Response(status=503, headers={"Retry-After": "1"})
            if webhook_id == decided.webhook_id:
                decided.repeated.set()
            self._fingerprints[callback.key] = callback.fingerprint
            return web.Response(status=204)

        return await self._answered(request, take)

    async def _read_deliveries(self, request: web.Request) -> web.Response:
        """Answer with the hand-overs after a cursor, a page for each request."""

        def read(raw: bytes, _: str) -> web.Response:
            after = read_json(raw, ReadDeliveries).after
            numbers = {f"check-{number}": number for number in range(len(self.handed_over) + 1)}
            if after is not None and after not in numbers:
                raise Refused("cursor_unknown")
            start = 0 if after is None else numbers[after]
            end = min(start + _PAGE, len(self.handed_over))
            has_more = end < len(self.handed_over)
            if not has_more:
                self.is_read_again.set()
            page = [
                {
                    "idempotency_key": hand_over.key,
                    "handed_over_at": utc_now().isoformat(),
                    "case_file_number": hand_over.case_file_number,
                    "submission": {**hand_over.submission, "cursor": f"check-{number}"},
                }
                for number, hand_over in enumerate(self.handed_over[start:end], start=start + 1)
            ]
            answer = {"deliveries": page, "next": f"check-{end}", "has_more": has_more}
            return web.Response(body=orjson.dumps(answer), content_type="application/json")

        return await self._answered(request, read)

    async def _answered(
        self, request: web.Request, act: Callable[[bytes, str], web.Response]
    ) -> web.Response:
        """Act on a call that is signed with the ministry's key; else answer with a problem."""
        raw = await request.read()
        try:
            check_json_type(request.headers.get("content-type"))
            return act(raw, verify(self._keys, request.headers, raw, utc_now()))
        except Refused as refusal:
            self.problems.append(f"{request.path}: {refusal}")
            status = PROBLEMS[refusal.code].status
            problem = orjson.dumps({"type": f"urn:check:{refusal.code}", "status": status})
            return web.Response(body=problem, status=status, content_type=_PROBLEM)
        except Unreadable as failure:
            wrong = ", ".join(f"{error.pointer} {error.code}" for error in failure.field_errors)
            self.problems.append(f"{request.path}: {failure} {wrong}".strip())
            problem = orjson.dumps({"type": f"urn:check:{failure.reason}", "status": 422})
            return web.Response(body=problem, status=422, content_type=_PROBLEM)


@asynccontextmanager
async def listening(platform: Platform, at: str) -> AsyncIterator[None]:
    """Let a system call the platform while the block runs.

    Args:
        platform: what it calls.
        at: base URL at which the system reaches this machine; port 0 is a free one.

    Raises:
        OSError: its port is not free.
    """
    url = URL(at)
    runner = web.AppRunner(platform.app(), access_log=None)
    await runner.setup()
    try:
        on_this_machine = url.host in {"127.0.0.1", "localhost"}
        await web.TCPSite(runner, "127.0.0.1" if on_this_machine else "0.0.0.0", url.port).start()  # noqa: S104
        platform.url = str(url.with_port(runner.addresses[0][1])).rstrip("/")
        yield
    finally:
        await runner.cleanup()
