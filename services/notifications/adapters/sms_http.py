"""The SMS provider that speaks plain HTTP and JSON."""

from http import HTTPStatus

from libs.bangladesh.text import Malformed, parse_int
from libs.errors import Refused, Unavailable, Unreadable
from libs.web.client import HttpClient
from libs.web.wire import Reply
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

    async def send(self, message: DueMessage) -> None:
        """Hand a message over; a repeat goes under the same key, so that the provider can tell.

        It fails as `Unavailable` where the provider does not answer or cannot take it now (whether
        it did is then not known), as `Refused` where it never will, e.g. because there is no such
        number, and as `Unreadable` where it answers something else than was agreed.
        """
        reference = str(message.message_id)
        reply = await self._client.call(
            "POST",
            f"{self._url}/sms/messages",
            json={
                "reference": reference,
                "to": message.phone,
                "text": message.text,
                "report_url": self._report_url,
            },
            headers={"idempotency-key": reference},
            deadline_s=self._deadline_s,
        )
        _check(reply)


def _check(reply: Reply) -> None:
    status = reply.status
    if status in _PASSING or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        retry_after_s = _retry_after_s(reply.headers.get("retry-after"))
        raise Unavailable(PROVIDER, f"status {status}", retry_after_s=retry_after_s)
    if status >= HTTPStatus.BAD_REQUEST and _has_it_already(reply):
        return
    if status >= HTTPStatus.BAD_REQUEST:
        raise Refused("provider_refused", f"status {status}")
    if status not in {HTTPStatus.OK, HTTPStatus.ACCEPTED} or not _is_taken_over(reply):
        raise Unreadable("wrong_shape", f"status {status} without a provider_id")


def _has_it_already(reply: Reply) -> bool:
    """Whether the provider took the message on an earlier try whose answer was lost.

    Number, language and name are found anew for each try, so a repeat may read differently; the
    provider then says that the key belongs to another request: to our own, of before.
    """
    try:
        answer = reply.json()
    except Unreadable:
        return False
    kind = answer.get("type") if isinstance(answer, dict) else None
    return isinstance(kind, str) and kind.endswith("/idempotency_key_reused")


def _is_taken_over(reply: Reply) -> bool:
    answer = reply.json()
    return isinstance(answer, dict) and isinstance(answer.get("provider_id"), str)


def _retry_after_s(text: str | None) -> float | None:
    """Read Retry-After in seconds, a day at most; its form as a date is left to our own pauses."""
    try:
        return min(float(parse_int(text)), _LONGEST_WAIT_S) if text else None
    except Malformed:
        return None
