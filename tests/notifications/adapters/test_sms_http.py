"""The plain HTTP provider passes the suite of all adapters, and gets what was agreed with it."""

from typing import ClassVar

import orjson
from typing_extensions import override

from libs.trace_context import set_current
from libs.web.client import HttpClient
from services.notifications.adapters.sms_http import SmsHttp
from tests.notifications.adapters_suite import MESSAGE, AdapterSuite, Answer, Remote, Sends
from tests.notifications.scenes import TRACE

REPORT_URL = "http://127.0.0.1:9/v1/reports/sms"


class TestSmsHttp(AdapterSuite):
    """The adapter that speaks HTTP and JSON."""

    taken: ClassVar[Answer] = Answer(202, b'{"provider_id": "p-1"}')
    already: ClassVar[Answer] = Answer(422, b'{"type": "/problems/idempotency_key_reused"}')
    never: ClassVar[Answer] = Answer(422, b'{"title": "no such number"}')

    @override
    def adapter(self, client: HttpClient, url: str, *, deadline_s: float) -> Sends:
        return SmsHttp(client, url=url, report_url=REPORT_URL, deadline_s=deadline_s)

    async def test_the_provider_gets_what_was_agreed(self, sms: Sends, remote: Remote) -> None:
        """Reference and key are the message's id, and the trace goes with it."""
        remote.answers = [self.taken]
        set_current(TRACE)
        await sms.send(MESSAGE)
        (asked,) = remote.asked
        assert asked.path == "/sms/messages"
        assert orjson.loads(asked.body) == {
            "reference": str(MESSAGE.message_id),
            "to": MESSAGE.phone,
            "text": MESSAGE.text,
            "report_url": REPORT_URL,
        }
        assert asked.headers["idempotency-key"] == str(MESSAGE.message_id)
        assert asked.headers["traceparent"] == TRACE.traceparent
