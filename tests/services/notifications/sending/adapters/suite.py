"""The one suite that every adapter to an SMS provider inherits.

A subclass says how its adapter is made and how its provider says yes and no; what must hold for
all of them stands here: time-outs, faults, nonsense, repeats, refusals, and nothing personal in a
failure's words.
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

from libs.errors import Refused, Unavailable, Unreadable
from libs.jobs import Attempt
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.web.client import HttpClient
from services.notifications.messages.rules import DueMessage
from services.notifications.sending.adapters.provider import Provider
from tests.libs.web.test_client import served
from tests.services.notifications.scenes import PHONE, TRACE

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


async def hand_over(sms: Provider, message: DueMessage) -> None:
    """Hand one message over, and fail as the adapter says that it failed."""
    (failure,) = await sms.send([Attempt(message, TRACE)])
    if failure is not None:
        raise failure


@dataclass(frozen=True, slots=True)
class Answer:
    """How the provider answers once: late, not at all, or as given."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    after_s: float = 0.0
    breaks_off: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """What the provider was asked."""

    path: str
    headers: Mapping[str, str]
    body: bytes


class Remote:
    """A provider on a port of its own that gives the set answers in turn."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.asked: list[Request] = []
        self.url = ""

    async def answer(self, request: web.BaseRequest) -> web.Response:
        """Answer one request."""
        self.asked.append(Request(request.path, request.headers, await request.read()))
        answer = self.answers.pop(0)
        await asyncio.sleep(answer.after_s)
        if answer.breaks_off and request.transport:
            request.transport.close()
        return web.Response(status=answer.status, body=answer.body, headers=answer.headers)


class AdapterSuite:
    """What holds for every adapter to an SMS provider."""

    taken: ClassVar[Answer]
    """How the provider says that it has the message."""

    never: ClassVar[Answer]
    """How the provider says that it will never take the message."""

    already: ClassVar[Answer]
    """How the provider says that it has a message of another wording under this key."""

    def adapter(self, client: HttpClient, url: str, *, deadline_s: float) -> Provider:
        """Make the adapter."""
        raise NotImplementedError

    @pytest.fixture
    async def client(self) -> AsyncIterator[HttpClient]:
        """The way to the provider."""
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
        """The adapter, with a second for an answer."""
        return self.adapter(client, remote.url, deadline_s=1.0)

    async def test_a_message_is_handed_over_whole(self, sms: Provider, remote: Remote) -> None:
        """The provider gets number, text and our reference."""
        remote.answers = [self.taken]
        await hand_over(sms, MESSAGE)
        (asked,) = remote.asked
        for part in (PHONE, TEXT, str(MESSAGE.message_id)):
            assert part.encode() in asked.body

    async def test_a_slow_answer_within_the_deadline_counts(
        self, sms: Provider, remote: Remote
    ) -> None:
        """Slow is not failed."""
        remote.answers = [Answer(self.taken.status, self.taken.body, after_s=0.2)]
        await hand_over(sms, MESSAGE)

    async def test_a_repeat_is_recognised_by_its_key(self, sms: Provider, remote: Remote) -> None:
        """After a lost answer the same message goes under the same key, alike to the byte."""
        remote.answers = [Answer(breaks_off=True), self.taken]
        with pytest.raises(Unavailable):
            await hand_over(sms, MESSAGE)
        await hand_over(sms, MESSAGE)
        first, second = remote.asked
        assert first.headers["idempotency-key"] == second.headers["idempotency-key"]
        assert first.body == second.body

    async def test_no_answer_in_time_is_unavailable(self, sms: Provider, remote: Remote) -> None:
        """A provider that hangs is given up after the deadline."""
        remote.answers = [Answer(after_s=4.0)]
        with pytest.raises(Unavailable):
            await hand_over(sms, MESSAGE)

    async def test_nobody_listening_is_unavailable(self, client: HttpClient) -> None:
        """A provider that is down is tried again later."""
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            port = unused.getsockname()[1]
        sms = self.adapter(client, f"http://127.0.0.1:{port}", deadline_s=1.0)
        with pytest.raises(Unavailable):
            await hand_over(sms, MESSAGE)

    @pytest.mark.parametrize("status", [500, 502, 503, 504, 408, 409, 425, 429])
    async def test_a_fault_of_the_moment_is_unavailable(
        self, sms: Provider, remote: Remote, status: int
    ) -> None:
        """Overload, field_errors and a first try still in hand pass."""
        remote.answers = [Answer(status)]
        with pytest.raises(Unavailable):
            await hand_over(sms, MESSAGE)

    @pytest.mark.parametrize("status", [401, 402, 403, 404, 405])
    async def test_a_quarrel_with_us_fails_no_message(
        self, sms: Provider, remote: Remote, status: int
    ) -> None:
        """A wrong password, address or an empty account is ours to mend; messages wait for it."""
        remote.answers = [Answer(status)]
        with pytest.raises(Unavailable):
            await hand_over(sms, MESSAGE)

    async def test_retry_after_is_passed_on(self, sms: Provider, remote: Remote) -> None:
        """The provider says when to come back; a date, nonsense or a century is not obeyed."""
        for text, retry_after_s in RETRY_AFTER:
            remote.answers = [Answer(429, headers={"retry-after": text})]
            with pytest.raises(Unavailable) as raised:
                await hand_over(sms, MESSAGE)
            assert raised.value.retry_after_s == retry_after_s

    async def test_a_repeat_that_reads_differently_was_taken_before(
        self, sms: Provider, remote: Remote
    ) -> None:
        """A changed number or language after a lost answer fails nothing that has been sent."""
        remote.answers = [Answer(breaks_off=True), self.already]
        with pytest.raises(Unavailable):
            await hand_over(sms, MESSAGE)
        await hand_over(sms, replace(MESSAGE, text="Your application is in"))

    async def test_a_refusal_is_final(self, sms: Provider, remote: Remote) -> None:
        """A message that the provider will never take is not tried again."""
        remote.answers = [self.never]
        with pytest.raises(Refused):
            await hand_over(sms, MESSAGE)

    @pytest.mark.parametrize(
        "body", [b"", b"<html>Maintenance</html>", b"[]", b"{}", b'"ok"', b"\xff\xfe", b"null"]
    )
    async def test_nonsense_is_not_taken_for_a_yes(
        self, sms: Provider, remote: Remote, body: bytes
    ) -> None:
        """A page of HTML with status 200 is no hand-over."""
        remote.answers = [Answer(200, body)]
        with pytest.raises(Unreadable):
            await hand_over(sms, MESSAGE)

    @pytest.mark.parametrize("status", [204, 301, 302, 304])
    async def test_another_status_is_not_taken_for_a_yes(
        self, sms: Provider, remote: Remote, status: int
    ) -> None:
        """Redirects are not followed: number and text go to the address we know."""
        remote.answers = [Answer(status, headers={"location": f"{remote.url}/elsewhere"})]
        with pytest.raises(Unreadable):
            await hand_over(sms, MESSAGE)
        assert len(remote.asked) == 1

    async def test_a_failure_says_nothing_personal(self, sms: Provider, remote: Remote) -> None:
        """What a provider answers, number and text included, stays out of the failure's words."""
        echo = f'{{"error": "{PHONE} {TEXT}"}}'.encode()
        for status in (200, 400, 422, 429, 500):
            remote.answers = [Answer(status, echo)]
            with pytest.raises((Refused, Unavailable, Unreadable)) as raised:
                await hand_over(sms, MESSAGE)
            assert PHONE not in str(raised.value)
            assert TEXT not in str(raised.value)
