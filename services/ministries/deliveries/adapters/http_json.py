"""The adapter to ministry systems that take JSON over HTTP."""

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from libs.bangladesh.text import Malformed, parse_int
from libs.clock import utc_now
from libs.contracts.language import Text
from libs.contracts.ministries import MinistryDecision
from libs.errors import Refused, Unavailable, Unreadable
from libs.web.client import HttpClient
from services.ministries.deliveries import responses
from services.ministries.deliveries.rules import Delivery

_NOT_NOW = frozenset({408, 425, 429})
_LONGEST_PAUSE_S = 24 * 3600.0


class _Decision(BaseModel):
    model_config = ConfigDict(extra="ignore")

    action: Literal["approved", "refused", "correction_asked"]
    note: Text | None = None


class _Response(BaseModel):
    model_config = ConfigDict(extra="ignore")

    case_file_number: str = Field(min_length=1, max_length=100)
    decision: _Decision | None = None


class HttpJsonAdapter:
    """Hands submissions over by `POST {base}/ministries/{ministry}/submissions`.

    Args:
        client: makes the calls.
        base_url: returns the base URL of a ministry's system, by the ministry's id.
        callback_url: returns the URL for that ministry's decisions, by the ministry's id.
        deadline_s: seconds that the ministry has to answer.
        now: returns the time, to read a `Retry-After` with a date.
    """

    def __init__(
        self,
        client: HttpClient,
        *,
        base_url: Callable[[str], str],
        callback_url: Callable[[str], str],
        deadline_s: float,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._client = client
        self._base_url = base_url
        self._callback_url = callback_url
        self._deadline_s = deadline_s
        self._now = now

    async def submit(self, delivery: Delivery, idempotency_key: str) -> MinistryDecision:
        """Hand a submission over, and return the ministry's response.

        Raises:
            Unavailable: no response in time, or a temporary failure (5xx, 408, 425, 429).
            Refused: any other status that is not 2xx.
            Unreadable: the response does not have the agreed shape.
        """
        ministry = delivery.ministry
        reply = await self._client.call(
            "POST",
            f"{self._base_url(ministry)}/ministries/{ministry}/submissions",
            body=_body(delivery, self._callback_url(ministry)),
            headers={"Idempotency-Key": idempotency_key, "Content-Type": "application/json"},
            deadline_s=self._deadline_s,
        )
        if reply.status >= 500 or reply.status in _NOT_NOW:
            retry_after_s = _retry_after_s(reply.headers.get("Retry-After"), self._now())
            raise Unavailable(ministry, f"status {reply.status}", retry_after_s=retry_after_s)
        if not 200 <= reply.status < 300:
            raise Refused("refused_by_ministry", f"status {reply.status}")
        return _read(delivery, reply.body)


def _body(delivery: Delivery, callback_url: str) -> bytes:
    return orjson.dumps({
        "kind": delivery.kind,
        "application_id": str(delivery.application_id),
        "tracking_number": delivery.tracking_number,
        "public_service_id": delivery.public_service_id,
        "form": orjson.Fragment(delivery.form) if delivery.form is not None else None,
        "callback_url": callback_url,
    })  # fmt: skip


def _read(delivery: Delivery, body: bytes) -> MinistryDecision:
    try:
        response = _Response.model_validate_json(body)
        decision = response.decision
        ministry_decision = MinistryDecision(
            application_id=delivery.application_id,
            action=decision.action if decision else "received",
            case_file_number=response.case_file_number,
            note=decision.note if decision else None,
        )
    except ValidationError:
        raise Unreadable("nonsense_answer", "not the answer that was agreed") from None
    return responses.clean(ministry_decision)


def _retry_after_s(value: str | None, now: datetime) -> float | None:
    """Read `Retry-After` (RFC 9110, section 10.2.3): seconds, or a date."""
    if value is None:
        return None
    try:
        return min(float(parse_int(value.strip())), _LONGEST_PAUSE_S)
    except Malformed:
        pass
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    wait_s = (at.replace(tzinfo=at.tzinfo or UTC) - now).total_seconds()
    return min(max(wait_s, 0.0), _LONGEST_PAUSE_S)
