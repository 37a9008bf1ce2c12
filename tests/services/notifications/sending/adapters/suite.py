"""The tests that every adapter to an SMS provider must pass.

A subclass makes its adapter, and has the provider's responses for success and refusal.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import ClassVar
from uuid import UUID

import pytest
from aiohttp import web

from libs.errors import NotAdmitted, Refused, Unavailable, Unreadable
from libs.jobs import Attempt
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.web.calling.client import HttpClient
from services.notifications.messages.rules import DueMessage
from services.notifications.sending.adapters.provider import Provider
from tests.libs.web.running import served
from tests.services.notifications.scenes import PHONE, TRACE

NOT_OURS = [
    b"<html><head><title>405 Not Allowed</title></head><body><hr>nginx</body></html>",
    b"Bad Request",
    b'{"type": "about:blank", "title": "Bad Request"}',
    b'{"error": "number_unknown"}',
    b'{"type": ["/number_unknown"]}',
    b"[]",
    b"\xff",
    b"",
]
"""Bodies of proxies and strangers' systems."""
RETRY_AFTER = [("7", 7.0), ("soon", None), ("-1", None), ("", None), ("9" * 18, 86_400.0)]
TEXT = "আবেদন জমা হয়েছে"
MESSAGE = DueMessage(
    message_id=UUID(int=7),
    channel="sms",
    address=PHONE,
    text=TEXT,
    expires_at=None,
    attempts=0,
    created_at=datetime(2026, 1, 1, tzinfo=UTC),
    trace=TRACE,
)


async def send_one(sms: Provider, message: DueMessage) -> None:
    """Send one message, and raise the failure that the adapter returns."""
    (failure,) = await sms.send([Attempt(message, TRACE)])
    if failure is not None:
        raise failure


@dataclass(frozen=True, slots=True)
class Answer:
    """One response of the provider: delayed, none, or as given."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    after_s: float = 0.0
    breaks_off: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """One request to the provider."""

    path: str
    headers: Mapping[str, str]
    body: bytes


class Remote:
    """A provider on a free port that gives the set responses in turn."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.asked: list[Request] = []
        self.url = ""

    async def answer(self, request: web.BaseRequest) -> web.Response:
        """Respond to one request."""
        self.asked.append(Request(request.path, request.headers, await request.read()))
        answer = self.answers.pop(0)
        await asyncio.sleep(answer.after_s)
        if answer.breaks_off and request.transport:
            request.transport.close()
        return web.Response(status=answer.status, body=answer.body, headers=answer.headers)


class AdapterSuite:
    """Tests of the `Provider` interface for SMS."""

    taken: ClassVar[Answer]
    """How the provider says that it has the message."""

    never: ClassVar[bytes]
    """The body of a 4xx by which the provider says that it will never take the message."""

    already: ClassVar[Answer]
    """How the provider says that it has a message of another wording under this key."""

    def adapter(self, client: HttpClient, url: str, *, deadline_s: float) -> Provider:
        """Make the adapter."""
        raise NotImplementedError

    @pytest.fixture
    async def client(self) -> AsyncIterator[HttpClient]:
        """The HTTP client."""
        client = HttpClient("sms", tracing=Tracing("t"), metrics=Metrics("t"))
        async with client:
            yield client

    @pytest.fixture
    async def remote(self) -> AsyncIterator[Remote]:
        """The provider."""
        remote = Remote()
        async with served(remote.answer) as remote.url:
            yield remote

    @pytest.fixture
    def sms(self, client: HttpClient, remote: Remote) -> Provider:
        """The adapter, with a deadline of three seconds."""
        return self.adapter(client, remote.url, deadline_s=3.0)

    async def test_a_message_is_sent_completely(self, sms: Provider, remote: Remote) -> None:
        """The provider gets number, text and our reference."""
        remote.answers = [self.taken]
        await send_one(sms, MESSAGE)
        (asked,) = remote.asked
        for part in (PHONE, TEXT, str(MESSAGE.message_id)):
            assert part.encode() in asked.body

    async def test_a_slow_answer_within_the_deadline_counts(
        self, sms: Provider, remote: Remote
    ) -> None:
        """A slow response is a success."""
        remote.answers = [Answer(self.taken.status, self.taken.body, after_s=0.2)]
        await send_one(sms, MESSAGE)

    async def test_a_repeat_is_recognised_by_its_key(self, sms: Provider, remote: Remote) -> None:
        """After a lost response the same bytes are sent under the same key."""
        remote.answers = [Answer(breaks_off=True), self.taken]
        with pytest.raises(Unavailable):
            await send_one(sms, MESSAGE)
        await send_one(sms, MESSAGE)
        first, second = remote.asked
        assert first.headers["idempotency-key"] == second.headers["idempotency-key"]
        assert first.body == second.body

    async def test_no_answer_in_time_is_unavailable(self, sms: Provider, remote: Remote) -> None:
        """A provider that does not respond within the deadline is Unavailable."""
        remote.answers = [Answer(after_s=4.0)]
        with pytest.raises(Unavailable):
            await send_one(sms, MESSAGE)

    async def test_a_closed_port_is_unavailable(self, client: HttpClient) -> None:
        """The message is sent again later."""
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            port = unused.getsockname()[1]
        sms = self.adapter(client, f"http://127.0.0.1:{port}", deadline_s=1.0)
        with pytest.raises(Unavailable):
            await send_one(sms, MESSAGE)

    @pytest.mark.parametrize("status", [500, 502, 503, 504, 408, 409, 425, 429])
    async def test_a_temporary_failure_is_unavailable(
        self, sms: Provider, remote: Remote, status: int
    ) -> None:
        """Overload, server errors, and a first attempt that is still under way."""
        remote.answers = [Answer(status)]
        with pytest.raises(Unavailable):
            await send_one(sms, MESSAGE)

    @pytest.mark.parametrize("status", range(400, 452))
    async def test_only_a_body_that_the_provider_alone_writes_refuses(
        self, sms: Provider, remote: Remote, status: int
    ) -> None:
        """A proxy's page, a wrong password or an empty account fail no message, with any status.

        Messages wait until operators mend it, who are alerted: it is told apart from an outage.
        """
        remote.answers = [Answer(status, body) for body in NOT_OURS]
        for _ in NOT_OURS:
            with pytest.raises(Unavailable) as raised:
                await send_one(sms, MESSAGE)
            assert isinstance(raised.value, NotAdmitted) == (status not in {408, 409, 425, 429})
        remote.answers = [Answer(status, self.never)]
        with pytest.raises(Refused):
            await send_one(sms, MESSAGE)

    async def test_retry_after_is_passed_on(self, sms: Provider, remote: Remote) -> None:
        """A date, an invalid value and more than a day are ignored or limited."""
        for text, retry_after_s in RETRY_AFTER:
            remote.answers = [Answer(429, headers={"retry-after": text})]
            with pytest.raises(Unavailable) as raised:
                await send_one(sms, MESSAGE)
            assert raised.value.retry_after_s == retry_after_s

    async def test_a_repeat_with_another_text_was_accepted_before(
        self, sms: Provider, remote: Remote
    ) -> None:
        """A number or language that changed after a lost response fails no accepted message."""
        remote.answers = [Answer(breaks_off=True), self.already]
        with pytest.raises(Unavailable):
            await send_one(sms, MESSAGE)
        await send_one(sms, replace(MESSAGE, text="Your application is in"))

    @pytest.mark.parametrize(
        "body", [b"", b"<html>Maintenance</html>", b"[]", b"{}", b'"ok"', b"\xff\xfe", b"null"]
    )
    async def test_an_invalid_body_is_no_success(
        self, sms: Provider, remote: Remote, body: bytes
    ) -> None:
        """A page of HTML with status 200 is Unreadable."""
        remote.answers = [Answer(200, body)]
        with pytest.raises(Unreadable):
            await send_one(sms, MESSAGE)

    @pytest.mark.parametrize(
        ("status", "means"),
        [(204, Unreadable), (301, NotAdmitted), (302, NotAdmitted), (304, NotAdmitted)],
    )
    async def test_another_status_is_no_success(
        self, sms: Provider, remote: Remote, status: int, means: type[Exception]
    ) -> None:
        """Redirects are not followed: number and text go to the configured address only."""
        remote.answers = [Answer(status, headers={"location": f"{remote.url}/elsewhere"})]
        with pytest.raises(means):
            await send_one(sms, MESSAGE)
        assert len(remote.asked) == 1

    async def test_a_failure_has_no_personal_data(self, sms: Provider, remote: Remote) -> None:
        """The provider's words, which may contain number and text, are not in the exception."""
        echo = f'{{"error": "{PHONE} {TEXT}"}}'.encode()
        for status in (200, 400, 422, 429, 500):
            remote.answers = [Answer(status, echo)]
            with pytest.raises((Refused, Unavailable, Unreadable)) as raised:
                await send_one(sms, MESSAGE)
            assert PHONE not in str(raised.value)
            assert TEXT not in str(raised.value)
