"""The SMS provider that speaks plain HTTP and JSON."""

from collections.abc import Sequence
from http import HTTPStatus

from libs.bangladesh.text import Malformed, parse_int
from libs.errors import Refused, Unavailable, Unreadable
from libs.messaging.work import Asked
from libs.trace_context import TraceContext
from libs.web.client import HttpClient, Reply
from libs.web.lists import Result, read_results
from services.notifications.domain.messages import PROVIDER, DueMessage

_LONGEST_WAIT_S = 24 * 3600.0

# These say something of us or of the moment, not of the message: a wrong password or an empty
# account must not fail every citizen's message for good. 409 is a first try still in hand there.
_PASSING = frozenset(
    {
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.PAYMENT_REQUIRED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.METHOD_NOT_ALLOWED,
        HTTPStatus.PROXY_AUTHENTICATION_REQUIRED,
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.CONFLICT,
        HTTPStatus.TOO_EARLY,
        HTTPStatus.TOO_MANY_REQUESTS,
    }
)
_KNOWS_NO_LISTS = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED})


class SmsHttp:
    """Hands messages to the provider.

    Args:
        client: the way to the provider.
        url: its base URL, without a final slash.
        report_url: where it sends delivery reports.
        deadline_s: seconds given to one call.
    """

    def __init__(self, client: HttpClient, *, url: str, report_url: str, deadline_s: float) -> None:
        self._client = client
        self._url = url
        self._report_url = report_url
        self._deadline_s = deadline_s

    async def send(self, asked: Sequence[Asked[DueMessage]]) -> Sequence[Exception | None]:
        """Hand messages over in one request; a repeat goes under the same key, whatever it is with.

        What comes back stands in the place of each message: None where the provider has it,
        `Unavailable` where it cannot take it now, `Refused` where it never will, e.g. because there
        is no such number, and `Unreadable` where it answers something else than was agreed. Where
        the request as such fails, it is raised; whether the provider took any is then not known.
        """
        if len(asked) == 1:
            return [await self._send_alone(asked[0].row)]
        reply = await self._client.call(
            "POST",
            f"{self._url}/sms/messages/bulk",
            json={"messages": [self._listed(each.row, each.trace) for each in asked]},
            deadline_s=self._deadline_s,
        )
        if reply.status == HTTPStatus.OK:
            return [_failure_in(each) for each in read_results(reply, len(asked))]
        failure = _failure_of(reply)
        # Of the list as such, or a provider that knows no lists: it says nothing of any message.
        if isinstance(failure, Refused) or reply.status in _KNOWS_NO_LISTS:
            return [await self._send_alone(each.row) for each in asked]
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
        """A message with what would stand in the headers were it alone."""
        listed = self._body(message, f"{self._report_url}/bulk")
        listed["idempotency_key"] = str(message.message_id)
        if trace is not None:
            listed |= {"traceparent": trace.traceparent, "tracestate": trace.tracestate}
        return listed

    def _body(self, message: DueMessage, report_url: str) -> dict[str, str]:
        return {
            "reference": str(message.message_id),
            "to": message.phone,
            "text": message.text,
            "report_url": report_url,
        }


def _failure_of(reply: Reply) -> Exception | None:
    try:
        body = reply.json()
    except Unreadable:
        body = None
    retry_after_s = _retry_after_s(reply.headers.get("retry-after"))
    return _failure_in(Result(reply.status, body), retry_after_s)


def _failure_in(result: Result, retry_after_s: float | None = None) -> Exception | None:
    status = result.status
    if status in _PASSING or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Unavailable(PROVIDER, f"status {status}", retry_after_s=retry_after_s)
    if status >= HTTPStatus.BAD_REQUEST:
        return None if _has_it_already(result) else Refused("provider_refused", f"status {status}")
    if status not in {HTTPStatus.OK, HTTPStatus.ACCEPTED} or not _is_taken_over(result):
        return Unreadable("wrong_shape", f"status {status} without a provider_id")
    return None


def _has_it_already(result: Result) -> bool:
    """Whether the provider took the message on an earlier try whose answer was lost.

    Number, language and name are found anew for each try, so a repeat may read differently; the
    provider then says that the key belongs to another request: to our own, of before.
    """
    kind = result.body.get("type") if isinstance(result.body, dict) else None
    return isinstance(kind, str) and kind.endswith("/idempotency_key_reused")


def _is_taken_over(result: Result) -> bool:
    return isinstance(result.body, dict) and isinstance(result.body.get("provider_id"), str)


def _retry_after_s(text: str | None) -> float | None:
    """Read Retry-After in seconds, a day at most; its form as a date is left to our own pauses."""
    try:
        return min(float(parse_int(text)), _LONGEST_WAIT_S) if text else None
    except Malformed:
        return None
