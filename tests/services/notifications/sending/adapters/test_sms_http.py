"""The HTTP adapter passes the tests of all adapters, and sends what the provider expects."""

from dataclasses import replace
from types import NoneType
from typing import Any, ClassVar
from uuid import UUID

import orjson
import pytest
from typing_extensions import override

from libs.errors import NotAdmitted, Refused, Unavailable, Unreadable
from libs.jobs import Attempt
from libs.trace_context import set_current
from libs.web.calling.client import HttpClient
from services.notifications.messages.rules import DueMessage
from services.notifications.sending.adapters.provider import Provider
from services.notifications.sending.adapters.sms_http import SmsHttp
from tests.services.notifications.scenes import TRACE
from tests.services.notifications.sending.adapters.suite import (
    MESSAGE,
    AdapterSuite,
    Answer,
    Remote,
    send_one,
)

REPORT_URL = "http://127.0.0.1:9/v1/reports/sms"


class TestSmsHttp(AdapterSuite):
    """The adapter for HTTP and JSON."""

    taken: ClassVar[Answer] = Answer(202, b'{"provider_id": "p-1"}')
    already: ClassVar[Answer] = Answer(422, b'{"type": "/problems/idempotency_key_reused"}')
    never: ClassVar[bytes] = b'{"type": "/problems/number_unknown"}'

    @override
    def adapter(self, client: HttpClient, url: str, *, deadline_s: float) -> Provider:
        return SmsHttp(client, url=url, report_url=REPORT_URL, deadline_s=deadline_s)

    async def test_the_request(self, sms: Provider, remote: Remote) -> None:
        """Reference and key are the message's id, and the trace is in the headers."""
        remote.answers = [self.taken]
        set_current(TRACE)
        await send_one(sms, MESSAGE)
        (asked,) = remote.asked
        assert asked.path == "/sms/messages"
        assert orjson.loads(asked.body) == {
            "reference": str(MESSAGE.message_id),
            "to": MESSAGE.address,
            "text": MESSAGE.text,
            "report_url": REPORT_URL,
        }
        assert asked.headers["idempotency-key"] == str(MESSAGE.message_id)
        assert asked.headers["traceparent"] == TRACE.traceparent

    async def test_several_messages_are_one_request(self, sms: Provider, remote: Remote) -> None:
        """Each message of the list has its own key and trace."""
        remote.answers = [results(TAKEN, TAKEN)]
        assert await sms.send(several(2)) == [None, None]
        (asked,) = remote.asked
        assert asked.path == "/sms/messages/bulk"
        first, second = orjson.loads(asked.body)["messages"]
        assert first == {
            "reference": str(UUID(int=1)),
            "to": MESSAGE.address,
            "text": MESSAGE.text,
            "report_url": f"{REPORT_URL}/bulk",
            "idempotency_key": str(UUID(int=1)),
            "traceparent": TRACE.traceparent,
            "tracestate": "",
        }
        assert second["idempotency_key"] == second["reference"] == str(UUID(int=2))

    async def test_each_message_of_a_list_has_its_own_result(
        self, sms: Provider, remote: Remote
    ) -> None:
        """In order: accepted, accepted before, refused, not admitted, unavailable, invalid."""
        already = {"status": 422, "body": {"type": "/problems/idempotency_key_reused"}}
        never = {"status": 422, "body": {"type": "/problems/number_blocked"}}
        others = [{"status": 422}, {"status": 503}, {"status": 200, "body": {}}]
        remote.answers = [results(TAKEN, already, never, *others)]
        said = await sms.send(several(6))
        kinds = [NoneType, NoneType, Refused, NotAdmitted, Unavailable, Unreadable]
        assert [type(each) for each in said] == kinds

    @pytest.mark.parametrize("status", [500, 503, 401, 429])
    async def test_a_failed_request_fails_no_message_for_good(
        self, sms: Provider, remote: Remote, status: int
    ) -> None:
        """All of them are sent again under their own keys."""
        remote.answers = [Answer(status)]
        with pytest.raises(Unavailable):
            await sms.send(several(3))

    @pytest.mark.parametrize(
        "body", [b"", b"<html>", b"{}", b'{"results": []}', b'{"provider_id": "p"}']
    )
    async def test_an_invalid_list_accepts_no_message(
        self, sms: Provider, remote: Remote, body: bytes
    ) -> None:
        """A response without a result for each message is Unreadable."""
        remote.answers = [Answer(200, body)]
        with pytest.raises(Unreadable):
            await sms.send(several(2))

    @pytest.mark.parametrize("status", [413, 404, 405])
    async def test_messages_are_sent_singly_if_lists_are_refused(
        self, sms: Provider, remote: Remote, status: int
    ) -> None:
        """Some providers accept no lists."""
        remote.answers = [Answer(status), self.taken, Answer(422, self.never)]
        said = await sms.send(several(2))
        assert [type(each) for each in said] == [NoneType, Refused]
        assert [asked.path for asked in remote.asked[1:]] == ["/sms/messages"] * 2

    async def test_a_proxys_page_is_not_asked_for_each_message(
        self, sms: Provider, remote: Remote
    ) -> None:
        """What refuses the list and the first message alike is no provider; the others wait."""
        remote.answers = [Answer(405, b"<html>"), Answer(405, b"<html>")]
        with pytest.raises(NotAdmitted):
            await sms.send(several(200))
        assert len(remote.asked) == 2


TAKEN = {"status": 202, "body": {"provider_id": "p-1"}}


def several(count: int) -> list[Attempt[DueMessage]]:
    """Messages of one request."""
    return [
        Attempt(replace(MESSAGE, message_id=UUID(int=number)), TRACE)
        for number in range(1, count + 1)
    ]


def results(*each: Any) -> Answer:
    """The response to a list."""
    return Answer(200, orjson.dumps({"results": each}))
