"""The tests that every adapter to a ministry's system must pass."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final, get_args

import orjson
import pytest
from aiohttp import web
from pydantic import SecretStr

from libs.contracts.ministries import MinistryDecision
from libs.errors import NotAdmitted, Refused, Unavailable, Unreadable
from libs.ids import new_id
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.trace_context import set_current
from libs.web.calling.client import HttpClient
from libs.web.signed.document_links import link_key
from services.ministries.connections.rules import AdapterName, Connection
from services.ministries.deliveries.adapters.contract import Adapter, Link, PolledAdapter
from services.ministries.deliveries.adapters.credentials import Credentials
from services.ministries.deliveries.adapters.paper_links import PaperLinks
from services.ministries.deliveries.adapters.statuses import GONE, Gone
from services.ministries.deliveries.rules import Delivery, Kind, plan_delivery
from services.ministries.deliveries.values import Inquiry
from services.ministries.settings import Login
from tests.services.ministries.scenes import LAND, NOTE, NUMBER, TRACE, submission

Behaviour = Callable[["ReceivedRequest"], Awaitable[web.StreamResponse]]

DEADLINE_S = 2.0
NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
KEYS = ("whsec_bmV3ZXIga2V5", "whsec_b2xkZXIga2V5")
PAPER: Final = b"%PDF-1.7 a paper of the tests"
PAPERS: Final[list[dict[str, Any]]] = [
    {
        "document_id": str(new_id()),
        "kind": "land_record",
        "media_type": "application/pdf",
        "size_bytes": len(PAPER),
        "sha256": sha256(PAPER).hexdigest(),
        "state": "clean",
    }
]
NOT_OURS: Final = [
    (
        b"<html><head><title>405 Not Allowed</title></head><body><hr>nginx</body></html>",
        "text/html",
    ),
    ("রহিমা খাতুন".encode(), "text/plain"),
    (b'{"error": "no required certificate was sent"}', "application/json"),
    (b'{"type": "about:blank", "title": "Bad Request"}', "application/problem+json"),
    (b'{"type": ["urn:nagorik-sheba:gone"]}', "application/problem+json"),
    (b"[]", "application/problem+json"),
    (b"\xff", "application/problem+json"),
    (b"", "application/problem+json"),
    (b"", "text/xml"),
]
"""Bodies and media types of proxies, gateways, parked domains and strangers' systems."""
PAGES: Final = [
    "<!DOCTYPE html><title>রহিমা খাতুন</title>".encode(),
    b"\xef\xbb\xbf\n <HTML><body>Log in</body></HTML>",
    b"<!-- maintenance --> <html><body>Soon</body></html>",
    b'<?xml version="1.0"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0"><html/>',
]
"""Pages of logins and of maintenance, as they come with 200."""
LINK_KEY = link_key("a-master-secret-for-tests-of-papers")


@dataclass(frozen=True, slots=True)
class ReceivedRequest:
    """One request as the ministry's system received it."""

    request: web.Request
    path: str
    body: bytes
    idempotency_key: str
    traceparent: str


@dataclass
class MinistrySystem:
    """A ministry's system on a real socket; a test sets its behaviour."""

    behave: Behaviour
    url: str = ""
    arrived: list[ReceivedRequest] = field(default_factory=list)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Store the request, and respond as set."""
        arrived = ReceivedRequest(
            request,
            request.path,
            await request.read(),
            request.headers.get("Idempotency-Key", ""),
            request.headers.get("traceparent", ""),
        )
        self.arrived.append(arrived)
        return await self.behave(arrived)

    async def listening(self) -> web.AppRunner:
        """Listen on a free port."""
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self.serve)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        return runner


def answering(
    status: int = 200, body: bytes = b"", headers: dict[str, str] | None = None
) -> Behaviour:
    """Give the same response to every request."""

    async def behave(_: ReceivedRequest) -> web.StreamResponse:
        return web.Response(status=status, body=body, headers=headers)

    return behave


async def hanging(_: ReceivedRequest) -> web.StreamResponse:
    """Never respond."""
    await asyncio.Event().wait()
    return web.Response()


async def hanging_up(arrived: ReceivedRequest) -> web.StreamResponse:
    """Act, and close the connection without a response."""
    assert arrived.request.transport is not None
    arrived.request.transport.close()
    return web.Response()


async def dripping(arrived: ReceivedRequest) -> web.StreamResponse:
    """Send a byte now and then, for ever."""
    response = web.StreamResponse(headers={"Content-Type": "text/xml"})
    await response.prepare(arrived.request)
    while True:
        await response.write(b" ")
        await asyncio.sleep(DEADLINE_S / 5)


def link_to(client: HttpClient, url: str, adapter: AdapterName = "http_json") -> Link:
    """What the platform gives an adapter, with the deadline `DEADLINE_S` and the time `NOW`."""
    return Link(
        ministry=LAND,
        connection=Connection(adapter=adapter, address=url),
        client=client,
        credentials=Credentials(lambda _: KEYS, now=lambda: NOW),
        callback_url=f"https://nagorik.example/{LAND}",
        deadline_s=DEADLINE_S,
        now=lambda: NOW,
        papers=PaperLinks("https://papers.example/", LINK_KEY),
        login=Login(user="platform", password=SecretStr("only-for-tests")),
        fetch_paper=_paper,
    )


async def _paper(_: Mapping[str, Any]) -> bytes:
    return PAPER


class AdapterSuite(ABC):
    """Tests of the `Adapter` interface; each adapter's test class inherits them.

    The class of a system that may decide in its answer inherits `DecidesInAnswers` too, and that of
    one that has to be asked inherits `IsAsked`.
    """

    media_type = "application/json"
    """The content type of the system's answers."""

    @abstractmethod
    def adapter(self, link: Link) -> Adapter:
        """The adapter under test."""

    @abstractmethod
    def answer(self, *, action: str | None = None) -> bytes:
        """The system's response with `NUMBER`, and a decision with `NOTE` if there is one."""

    @abstractmethod
    def invalid_bodies(self) -> list[bytes]:
        """Bodies of a 200 response that do not have the agreed shape."""

    @abstractmethod
    def refusals(self) -> list[tuple[bytes, str]]:
        """Body and media type of the refusals that the adapter's table has."""

    def no_refusals(self) -> list[tuple[bytes, str]]:
        """Body and media type of answers that only look like them."""
        return []

    @pytest.fixture
    async def system(self) -> AsyncIterator[MinistrySystem]:
        """A ministry's system that accepts everything."""
        system = MinistrySystem(self.answering(self.answer()))
        runner = await system.listening()
        yield system
        await runner.cleanup()

    @pytest.fixture
    async def client(self) -> AsyncIterator[HttpClient]:
        """An HTTP client of the test."""
        made = HttpClient(
            "ministries",
            tracing=Tracing("test"),
            metrics=Metrics("test"),
            reply_limit_bytes=64 * 1024,  # as in production
        )
        async with made:
            yield made

    @pytest.fixture
    def under_test(self, client: HttpClient, system: MinistrySystem) -> Adapter:
        """The adapter with the system's address."""
        return self.adapter(link_to(client, system.url))

    @pytest.fixture
    def delivery(self) -> Delivery:
        """A submission to deliver."""
        return plan_delivery(submission())

    def answering(self, body: bytes) -> Behaviour:
        """Give this answer with the system's content type."""
        return answering(body=body, headers={"Content-Type": self.media_type})

    async def submit(self, adapter: Adapter, delivery: Delivery) -> MinistryDecision:
        """Call the adapter as the job does."""
        set_current(delivery.trace)
        return await adapter.submit(delivery, delivery.idempotency_key)

    async def test_success(
        self, under_test: Adapter, system: MinistrySystem, delivery: Delivery
    ) -> None:
        """The response has the case file number; the request has the key and the trace."""
        said = await self.submit(under_test, delivery)
        assert (said.action, said.case_file_number) == ("received", NUMBER)
        (arrived,) = system.arrived
        assert arrived.idempotency_key == delivery.idempotency_key
        assert arrived.traceparent[:35] == TRACE.traceparent[:35]

    async def test_papers_are_handed_over(
        self, under_test: Adapter, system: MinistrySystem, delivery: Delivery
    ) -> None:
        """As a link with its SHA-256, or as they are."""
        papers = orjson.dumps(PAPERS).decode()
        await self.submit(under_test, replace(delivery, documents=papers))
        arrived = b"".join(each.body for each in system.arrived)
        by_link = PAPERS[0]["sha256"].encode() in arrived and b"https://papers.example/" in arrived
        assert by_link or PAPER in arrived

    async def test_every_kind_is_handed_over(
        self, under_test: Adapter, system: MinistrySystem
    ) -> None:
        """Corrections and withdrawals are accepted like submissions.

        Objections are not every adapter's.
        """
        kinds = set(get_args(Kind)) - {"appealed"}
        for kind in kinds:
            await self.submit(under_test, plan_delivery(submission(kind)))
        assert len(system.arrived) == len(kinds)

    async def test_duplicate(
        self, under_test: Adapter, system: MinistrySystem, delivery: Delivery
    ) -> None:
        """A repeated attempt sends the same key and the same content."""
        first, again = [await self.submit(under_test, delivery) for _ in range(2)]
        assert first == again
        sent = {(each.path, each.body, each.idempotency_key) for each in system.arrived}
        assert len(sent) == 1

    async def test_time_out(
        self, under_test: Adapter, system: MinistrySystem, delivery: Delivery
    ) -> None:
        """A ministry that does not respond within the deadline is Unavailable."""
        system.behave = hanging
        with pytest.raises(Unavailable):
            await asyncio.wait_for(self.submit(under_test, delivery), DEADLINE_S * 5)

    async def test_answer_lost_after_acting(
        self, under_test: Adapter, system: MinistrySystem, delivery: Delivery
    ) -> None:
        """A connection that breaks after the request was sent is Unavailable."""
        system.behave = hanging_up
        with pytest.raises(Unavailable):
            await self.submit(under_test, delivery)
        assert system.arrived
        assert {each.idempotency_key for each in system.arrived} == {delivery.idempotency_key}

    async def test_connection_refused(self, client: HttpClient, delivery: Delivery) -> None:
        """A closed port is Unavailable."""
        nowhere = MinistrySystem(hanging)
        runner = await nowhere.listening()
        await runner.cleanup()
        with pytest.raises(Unavailable):
            await self.submit(self.adapter(link_to(client, nowhere.url)), delivery)

    @pytest.mark.parametrize(
        "status", [300, 301, 302, 303, 304, 307, 308, 500, 501, 502, 503, 504, 507, 511, 599]
    )
    async def test_trouble_on_the_way(
        self, under_test: Adapter, system: MinistrySystem, delivery: Delivery, status: int
    ) -> None:
        """What a proxy or a login page may say is no decision; the system is asked again later."""
        system.behave = answering(status, "রহিমা খাতুন".encode(), {"Location": "/elsewhere"})
        with pytest.raises(Unavailable) as raised:
            await self.submit(under_test, delivery)
        assert isinstance(raised.value, NotAdmitted) == (status < 400)
        assert raised.value.retry_after_s is None
        assert len(system.arrived) == 1
        assert "রহিমা" not in str(raised.value)

    @pytest.mark.parametrize("status", range(400, 452))
    async def test_only_a_body_that_the_system_alone_writes_refuses(
        self, under_test: Adapter, system: MinistrySystem, delivery: Delivery, status: int
    ) -> None:
        """With a page, a text, strange JSON or nothing, no status from 400 to 451 is final.

        What is not "come again" is told apart: it does not end by waiting, and has an alert.
        """
        for body, media_type in (*NOT_OURS, *self.no_refusals()):
            system.behave = answering(status, body, {"Content-Type": media_type})
            with pytest.raises(Unavailable) as raised:
                await self.submit(under_test, delivery)
            assert isinstance(raised.value, NotAdmitted) == (status not in {408, 425, 429})
            assert not isinstance(raised.value, Gone)
            assert "রহিমা" not in str(raised.value)
        for body, media_type in self.refusals():
            system.behave = answering(status, body, {"Content-Type": media_type})
            with pytest.raises(Refused):
                await self.submit(under_test, delivery)
            system.behave = answering(status, body, {"Content-Type": "text/html"})
            with pytest.raises(Unavailable):
                await self.submit(under_test, delivery)

    @pytest.mark.parametrize(
        ("value", "wait_s"),
        [
            ("120", 120.0),
            ("Sun, 01 Mar 2026 12:01:30 GMT", 90.0),
            ("Sun, 01 Mar 2026 11:00:00 GMT", 0.0),
            ("99999999", 24 * 3600.0),
            ("soon", None),
            ("Sun, 01 Mar 2026 12:00:00 +99999999999999", None),
            ("-5", None),
            ("", None),
        ],
    )
    async def test_retry_after(
        self,
        under_test: Adapter,
        system: MinistrySystem,
        delivery: Delivery,
        value: str,
        wait_s: float | None,
    ) -> None:
        """`Retry-After` is read in both forms, up to a day; an invalid value is ignored."""
        system.behave = answering(429, headers={"Retry-After": value})
        with pytest.raises(Unavailable) as raised:
            await self.submit(under_test, delivery)
        assert raised.value.retry_after_s == wait_s

    async def test_who_is_gone_is_told_apart(
        self, under_test: Adapter, system: MinistrySystem, delivery: Delivery
    ) -> None:
        """Only the system itself says that it is gone; a parked domain answers 410 as well."""
        gone = orjson.dumps({"type": GONE})
        system.behave = answering(410, gone, {"Content-Type": "application/problem+json"})
        with pytest.raises(Gone):
            await self.submit(under_test, delivery)

    async def test_a_byte_at_a_time_is_too_late(
        self, under_test: Adapter, system: MinistrySystem, delivery: Delivery
    ) -> None:
        """The deadline holds for the whole answer, not for each byte."""
        system.behave = dripping
        with pytest.raises(Unavailable):
            await asyncio.wait_for(self.submit(under_test, delivery), DEADLINE_S * 5)

    async def test_an_answer_over_the_limit_is_not_read(
        self, under_test: Adapter, system: MinistrySystem, delivery: Delivery
    ) -> None:
        """Of 5 MB no more than the limit is read."""
        system.behave = self.answering(b" " * 5_000_000)
        with pytest.raises(Unreadable, match="answer_too_large"):
            await self.submit(under_test, delivery)

    @pytest.mark.parametrize("page", PAGES)
    async def test_a_page_is_no_answer(
        self, under_test: Adapter, system: MinistrySystem, delivery: Delivery, page: bytes
    ) -> None:
        """A page with 200 comes from something on the way, whatever type it says: never final."""
        for media_type in ("text/html", self.media_type):
            system.behave = answering(200, page, {"Content-Type": media_type})
            with pytest.raises(NotAdmitted):
                await self.submit(under_test, delivery)
            if isinstance(under_test, PolledAdapter):
                with pytest.raises(NotAdmitted):
                    await under_test.ask(ASKED)

    async def test_invalid_body(
        self, under_test: Adapter, system: MinistrySystem, delivery: Delivery
    ) -> None:
        """A 200 of another shape is Unreadable; its content is not in the exception."""
        for body in self.invalid_bodies():
            system.behave = self.answering(body)
            with pytest.raises(Unreadable) as raised:
                await self.submit(under_test, delivery)
            assert "রহিমা" not in str(raised.value)


class DecidesInAnswers(AdapterSuite):
    """Tests of an adapter to a system that may decide in its answer to a hand-over."""

    @abstractmethod
    def answer_without_note(self, *, action: str) -> bytes:
        """The system's response with a decision and no note."""

    @pytest.mark.parametrize("action", ["refused", "correction_asked"])
    async def test_a_decision_that_needs_a_note_is_unreadable_without(
        self, under_test: Adapter, system: MinistrySystem, delivery: Delivery, action: str
    ) -> None:
        """It is asked again, and the failure says what is missing."""
        system.behave = self.answering(self.answer_without_note(action=action))
        with pytest.raises(Unreadable, match="note_missing"):
            await self.submit(under_test, delivery)

    @pytest.mark.parametrize("action", ["approved", "refused", "correction_asked"])
    async def test_decision_in_the_answer(
        self, under_test: Adapter, system: MinistrySystem, delivery: Delivery, action: str
    ) -> None:
        """A decision in the response is read with its note."""
        system.behave = self.answering(self.answer(action=action))
        said = await self.submit(under_test, delivery)
        assert (said.action, said.note, said.application_id) == (
            action,
            NOTE,
            delivery.application_id,
        )


ASKED_SINCE: Final = NOW - timedelta(days=2)
ASKED: Final = [Inquiry(new_id(), f"NS-{number}", ASKED_SINCE) for number in range(3)]


class IsAsked(AdapterSuite):
    """Tests of the `PolledAdapter` interface."""

    @abstractmethod
    def states(self, rows: Sequence[tuple[str, str]]) -> bytes:
        """The system's answer that has these tracking numbers with their actions.

        Another action than those of the platform is a state that the adapter does not know.
        """

    @abstractmethod
    def invalid_states(self) -> list[bytes]:
        """Bodies of a 200 response to a question that do not have the agreed shape."""

    async def asked(self, adapter: Adapter) -> dict[str, str]:
        """The news about `ASKED`, by tracking number; that nothing has changed is none."""
        assert isinstance(adapter, PolledAdapter)
        numbers = {each.application_id: each.tracking_number for each in ASKED}
        found = await adapter.ask(ASKED)
        return {
            numbers[each.application_id]: each.action for each in found if each.action != "received"
        }

    async def test_one_call_asks_about_all(
        self, under_test: Adapter, system: MinistrySystem
    ) -> None:
        """What was not asked for is left out."""
        system.behave = self.answering(
            self.states([("NS-1", "received"), ("NS-0", "approved"), ("NS-7", "approved")])
        )
        assert await self.asked(under_test) == {"NS-0": "approved"}
        assert len(system.arrived) == 1
        assert "webhook-signature" in system.arrived[0].request.headers

    async def test_a_row_that_cannot_be_used_keeps_none_back(
        self, under_test: Adapter, system: MinistrySystem
    ) -> None:
        """An unknown state of one application; nothing is said of it, so that an alert follows."""
        assert isinstance(under_test, PolledAdapter)
        system.behave = self.answering(
            self.states([("NS-1", "perhaps"), ("NS-0", "approved"), ("NS-2", "received")])
        )
        found = await under_test.ask(ASKED)
        assert {each.application_id for each in found} == {
            ASKED[0].application_id,
            ASKED[2].application_id,
        }

    async def test_a_long_list_is_read(self, under_test: Adapter, system: MinistrySystem) -> None:
        """Of thousands of applications, over the limit of other answers."""
        rows = [(f"NS-{number}", "approved") for number in range(5000)]
        system.behave = self.answering(self.states(rows))
        assert len(await self.asked(under_test)) == len(ASKED)

    async def test_an_endless_list_is_not_read(
        self, under_test: Adapter, system: MinistrySystem
    ) -> None:
        """Of 5 MB no more than the limit is read."""
        system.behave = self.answering(b" " * 5_000_000)
        with pytest.raises(Unreadable, match="answer_too_large"):
            await self.asked(under_test)

    async def test_a_list_of_another_shape(
        self, under_test: Adapter, system: MinistrySystem
    ) -> None:
        """Nothing of it is used."""
        for body in self.invalid_states():
            system.behave = self.answering(body)
            with pytest.raises(Unreadable):
                await self.asked(under_test)

    async def test_no_list(self, under_test: Adapter, system: MinistrySystem) -> None:
        """A status is read as for a hand-over, and silence is Unavailable."""
        for behave in (answering(503), answering(404), answering(400), answering(410), hanging):
            system.behave = behave
            with pytest.raises(Unavailable):
                await self.asked(under_test)
