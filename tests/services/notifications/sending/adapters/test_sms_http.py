"""The plain HTTP provider passes the suite of all adapters, and gets what was agreed with it."""

from dataclasses import replace
from types import NoneType
from typing import Any, ClassVar
from uuid import UUID

import orjson
import pytest
from typing_extensions import override

from libs.errors import Refused, Unavailable, Unreadable
from libs.jobs import Attempt
from libs.trace_context import set_current
from libs.web.client import HttpClient
from services.notifications.messages.rules import DueMessage
from services.notifications.sending.adapters.provider import Provider
from services.notifications.sending.adapters.sms_http import SmsHttp
from tests.services.notifications.scenes import TRACE
from tests.services.notifications.sending.adapters.suite import (
    MESSAGE,
    AdapterSuite,
    Answer,
    Remote,
    hand_over,
)

REPORT_URL = "http://127.0.0.1:9/v1/reports/sms"


class TestSmsHttp(AdapterSuite):
    """The adapter that speaks HTTP and JSON."""

    taken: ClassVar[Answer] = Answer(202, b'{"provider_id": "p-1"}')
    already: ClassVar[Answer] = Answer(422, b'{"type": "/problems/idempotency_key_reused"}')
    never: ClassVar[Answer] = Answer(422, b'{"title": "no such number"}')

    @override
    def adapter(self, client: HttpClient, url: str, *, deadline_s: float) -> Provider:
        return SmsHttp(client, url=url, report_url=REPORT_URL, deadline_s=deadline_s)

    async def test_the_provider_gets_what_was_agreed(self, sms: Provider, remote: Remote) -> None:
        """Reference and key are the message's id, and the trace goes with it."""
        remote.answers = [self.taken]
        set_current(TRACE)
        await hand_over(sms, MESSAGE)
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

    async def test_several_go_in_one_request_with_key_and_trace_of_each(
        self, sms: Provider, remote: Remote
    ) -> None:
        """What stands in headers for one stands beside each in a list."""
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

    async def test_each_of_several_has_its_own_answer(self, sms: Provider, remote: Remote) -> None:
        """Taken, had already, refused, not now and nonsense, in the order of the messages."""
        already = {"status": 422, "body": {"type": "/problems/idempotency_key_reused"}}
        answers = [TAKEN, already, {"status": 422}, {"status": 503}, {"status": 200, "body": {}}]
        remote.answers = [results(*answers)]
        said = await sms.send(several(5))
        kinds = [NoneType, NoneType, Refused, Unavailable, Unreadable]
        assert [type(each) for each in said] == kinds

    @pytest.mark.parametrize("status", [500, 503, 401, 429])
    async def test_a_request_that_fails_says_nothing_of_its_messages(
        self, sms: Provider, remote: Remote, status: int
    ) -> None:
        """All of them are tried again, each under its own key."""
        remote.answers = [Answer(status)]
        with pytest.raises(Unavailable):
            await sms.send(several(3))

    @pytest.mark.parametrize(
        "body", [b"", b"<html>", b"{}", b'{"results": []}', b'{"provider_id": "p"}']
    )
    async def test_nonsense_is_a_yes_to_none_of_several(
        self, sms: Provider, remote: Remote, body: bytes
    ) -> None:
        """An answer that does not speak of each message speaks of none."""
        remote.answers = [Answer(200, body)]
        with pytest.raises(Unreadable):
            await sms.send(several(2))

    @pytest.mark.parametrize("status", [413, 404, 405])
    async def test_where_the_list_as_such_is_not_taken_each_goes_alone(
        self, sms: Provider, remote: Remote, status: int
    ) -> None:
        """No message fails for its company, nor waits for ever where lists are not known."""
        remote.answers = [Answer(status), self.taken, self.never]
        said = await sms.send(several(2))
        assert [type(each) for each in said] == [NoneType, Refused]
        assert [asked.path for asked in remote.asked[1:]] == ["/sms/messages"] * 2


TAKEN = {"status": 202, "body": {"provider_id": "p-1"}}


def several(count: int) -> list[Attempt[DueMessage]]:
    """Messages that go together."""
    return [
        Attempt(replace(MESSAGE, message_id=UUID(int=number)), TRACE)
        for number in range(1, count + 1)
    ]


def results(*each: Any) -> Answer:
    """An answer to a list."""
    return Answer(200, orjson.dumps({"results": each}))
