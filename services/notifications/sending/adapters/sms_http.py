"""The adapter to the SMS provider, by HTTP and JSON."""

from collections.abc import Sequence
from http import HTTPStatus

from typing_extensions import override

from libs.clock import utc_now
from libs.errors import Refused, Unavailable, Unreadable
from libs.jobs import Attempt
from libs.trace_context import TraceContext
from libs.web.client import HttpClient, Reply
from libs.web.lists import Result, read_results
from services.notifications.messages.rules import SMS, DueMessage
from services.notifications.sending.adapters.provider import Provider

# These are failures of ours or temporary ones: a wrong password or an empty account must
# not fail every message for good. After 409 an earlier attempt is still under way.
_TEMPORARY = frozenset({401, 402, 403, 404, 405, 407, 408, 409, 425, 429})
_TAKES_NO_LISTS = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED})


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

        A message is `Refused` if the provider will never accept it, e.g. because there is no such
        number.
        """
        if len(attempts) == 1:
            return [await self._send_alone(attempts[0].job)]
        reply = await self._client.call(
            "POST",
            f"{self._url}/sms/messages/bulk",
            json={"messages": [self._listed(each.job, each.trace) for each in attempts]},
            deadline_s=self._deadline_s,
        )
        if reply.status == HTTPStatus.OK:
            return [_failure_in(each) for each in read_results(reply, len(attempts))]
        failure = _failure_of(reply)
        # The list as such was refused, or the provider does not accept lists.
        if isinstance(failure, Refused) or reply.status in _TAKES_NO_LISTS:
            return [await self._send_alone(each.job) for each in attempts]
        raise failure or Unreadable("wrong_shape", f"status {reply.status} to a list")

    async def _send_alone(self, message: DueMessage) -> Exception | None:
        reply = await self._client.call(
            "POST",
            f"{self._url}/sms/messages",
            json=self._body(message, self._report_url),
            headers={"idempotency-key": str(message.message_id)},
            deadline_s=self._deadline_s,
        )
        return _failure_of(reply)

    def _listed(self, message: DueMessage, trace: TraceContext | None) -> dict[str, str]:
        """Return a message of a list, with the values that a single message has in its headers."""
        listed = self._body(message, f"{self._report_url}/bulk")
        listed["idempotency_key"] = str(message.message_id)
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
    status = result.status
    if status in _TEMPORARY or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Unavailable(SMS, f"status {status}", retry_after_s=retry_after_s)
    if status >= HTTPStatus.BAD_REQUEST:
        if _was_accepted_before(result):
            return None
        return Refused("provider_refused", f"status {status}")
    if status not in {HTTPStatus.OK, HTTPStatus.ACCEPTED} or not _is_accepted(result):
        return Unreadable("wrong_shape", f"status {status} without a provider_id")
    return None


def _was_accepted_before(result: Result) -> bool:
    """Return whether the provider accepted the message in an earlier attempt with a lost response.

    Number, language and name are read for every attempt, so a repeat may have another text. The
    provider then responds that the key belongs to another request, which is our earlier one.
    """
    kind = result.body.get("type") if isinstance(result.body, dict) else None
    return isinstance(kind, str) and kind.endswith("/idempotency_key_reused")


def _is_accepted(result: Result) -> bool:
    return isinstance(result.body, dict) and isinstance(result.body.get("provider_id"), str)
