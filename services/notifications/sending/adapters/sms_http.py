"""The adapter to the SMS provider, by HTTP and JSON.

| what comes back | what it means |
| --- | --- |
| 4xx, JSON with a code of `REFUSALS` | `Refused` |
| 4xx, JSON with the code `idempotency_key_reused` | the provider has the message |
| any other 3xx and 4xx: a proxy, a wrong password, an empty account | `NotAdmitted` |
| 408, 409, 425, 429 and 5xx; after 409 an earlier attempt is still under way | `Unavailable` |
| anything else without a `provider_id` | `Unreadable` |
"""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Final

from typing_extensions import override

from libs.clock import utc_now
from libs.errors import NotAdmitted, Refused, Unavailable, Unreadable
from libs.jobs import Attempt
from libs.trace_context import TraceContext
from libs.web.calling.client import HttpClient, Reply
from libs.web.handling.lists import Result, read_results
from services.notifications.messages.rules import SMS, DueMessage
from services.notifications.sending.adapters.provider import Provider

REFUSALS: Final = frozenset({"number_unknown", "number_blocked", "text_not_allowed"})
"""The provider's codes for a message that it will never take: the ends of its problem types."""

_TAKEN_BEFORE: Final = "idempotency_key_reused"
_NOT_NOW: Final = frozenset({408, 409, 425, 429})
_TAKES_NO_LISTS: Final = frozenset({400, 404, 405, 413, 415, 422})


class SmsHttp(Provider):
    """Sends messages to the provider.

    Args:
        client: makes the calls.
        url: the provider's base URL, without a final slash.
        report_url: URL for its delivery reports.
        deadline_s: seconds given to one call.
    """

    def __init__(self, client: HttpClient, *, url: str, report_url: str, deadline_s: float) -> None:
        self._client = client
        self._url = url
        self._report_url = report_url
        self._deadline_s = deadline_s

    @override
    async def send(self, attempts: Sequence[Attempt[DueMessage]]) -> Sequence[Exception | None]:
        """Send messages in one request, or one by one to a provider that takes no lists.

        A message is `Refused` if the provider says by a code of its own that it will never accept
        it, e.g. because there is no such number.
        """
        if len(attempts) == 1:
            return [await self._send_alone(attempts[0].job)]
        reply = await self._client.call(
            "POST",
            f"{self._url}/sms/messages/bulk",
            json={"messages": [self._listed(attempt.job, attempt.trace) for attempt in attempts]},
            deadline_s=self._deadline_s,
        )
        if reply.status == HTTPStatus.OK:
            return [_failure_in(result) for result in read_results(reply, len(attempts))]
        failure = _failure_of(reply)
        # The list as such was refused, or the provider takes no lists, or a proxy answered.
        if isinstance(failure, Refused) or reply.status in _TAKES_NO_LISTS:
            first, *others = attempts
            result = await self._send_alone(first.job)
            if isinstance(result, Unavailable):
                raise result
            return [result, *[await self._send_alone(attempt.job) for attempt in others]]
        raise failure or Unreadable("wrong_shape", f"status {reply.status} to a list")

    async def _send_alone(self, message: DueMessage) -> Exception | None:
        reply = await self._client.call(
            "POST",
            f"{self._url}/sms/messages",
            json=self._body(message, self._report_url),
            headers={"idempotency-key": message.idempotency_key},
            deadline_s=self._deadline_s,
        )
        return _failure_of(reply)

    def _listed(self, message: DueMessage, trace: TraceContext | None) -> dict[str, str]:
        """Return a message of a list, with the values that a single message has in its headers."""
        listed = self._body(message, f"{self._report_url}/bulk")
        listed["idempotency_key"] = message.idempotency_key
        if trace is not None:
            listed |= {"traceparent": trace.traceparent, "tracestate": trace.tracestate}
        return listed

    def _body(self, message: DueMessage, report_url: str) -> dict[str, str]:
        return {
            "reference": str(message.message_id),
            "to": message.address,
            "text": message.text,
            "report_url": report_url,
        }


def _failure_of(reply: Reply) -> Exception | None:
    try:
        body = reply.json()
    except Unreadable:
        body = None
    return _failure_in(Result(reply.status, body), reply.retry_after_s(utc_now()))


def _failure_in(result: Result, retry_after_s: float | None = None) -> Exception | None:
    status, said = result.status, f"status {result.status}"
    if 400 <= status < 500:
        code = _code_of(result)
        if code == _TAKEN_BEFORE:
            # Number, language and name are read for every attempt, so a repeat after a lost
            # response may have another text. The key belongs to our earlier request.
            return None
        if code in REFUSALS:
            return Refused("provider_refused", f"{said}, {code}")
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _NOT_NOW:
        return Unavailable(SMS, said, retry_after_s=retry_after_s)
    if status >= HTTPStatus.MULTIPLE_CHOICES:
        return NotAdmitted(SMS, said, retry_after_s=retry_after_s)
    if status not in {HTTPStatus.OK, HTTPStatus.ACCEPTED} or not _is_accepted(result):
        return Unreadable("wrong_shape", f"{said} without a provider_id")
    return None


def _code_of(result: Result) -> str | None:
    kind = result.body.get("type") if isinstance(result.body, dict) else None
    return kind.rpartition("/")[2] if isinstance(kind, str) else None


def _is_accepted(result: Result) -> bool:
    return isinstance(result.body, dict) and isinstance(result.body.get("provider_id"), str)
