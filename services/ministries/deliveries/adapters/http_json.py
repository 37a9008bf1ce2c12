"""The adapter to ministry systems that take JSON over HTTP."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from libs.clock import utc_now
from libs.contracts.language import Text
from libs.contracts.ministries import MinistryDecision
from libs.errors import Unreadable
from libs.web.client import HttpClient
from services.ministries.deliveries import responses
from services.ministries.deliveries.adapters.credentials import Credentials
from services.ministries.deliveries.adapters.paper_links import PaperLinks
from services.ministries.deliveries.adapters.statuses import BusinessRefusal, failure_of
from services.ministries.deliveries.rules import Delivery

REFUSALS: Final = (
    BusinessRefusal(403, "urn:nagorik-sheba:refusal:applicant-not-entitled"),
    BusinessRefusal(404, "urn:nagorik-sheba:refusal:public-service-not-offered"),
)
"""Answers by which such a system refuses for good, though a proxy may answer with their status."""

_UNAUTHORIZED: Final = 401


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
        client_of: returns the client for a ministry's system, by the ministry's id.
        credentials: what the ministry's system checks us by.
        base_url: returns the base URL of a ministry's system, by the ministry's id.
        callback_url: returns the URL for that ministry's decisions, by the ministry's id.
        papers: makes the links to the papers of a submission.
        deadline_s: seconds that the ministry has to answer.
        now: returns the time, to read a `Retry-After` with a date.
    """

    def __init__(  # noqa: PLR0913
        self,
        client_of: Callable[[str], HttpClient],
        credentials: Credentials,
        *,
        base_url: Callable[[str], str],
        callback_url: Callable[[str], str],
        papers: PaperLinks,
        deadline_s: float,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._client_of = client_of
        self._credentials = credentials
        self._base_url = base_url
        self._callback_url = callback_url
        self._papers = papers
        self._deadline_s = deadline_s
        self._now = now

    async def submit(self, delivery: Delivery, idempotency_key: str) -> MinistryDecision:
        """Hand a submission over, and return the ministry's response.

        Raises:
            Unavailable: no response in time, or trouble on the way (see `statuses.failure_of`).
            Refused: the system refuses, by `REFUSALS` or by a status that is about the request.
            Unreadable: the response does not have the agreed shape.
        """
        ministry = delivery.ministry
        papers = self._papers.of(delivery, self._now())
        body = _body(delivery, papers, self._callback_url(ministry))
        credentials = await self._credentials.headers(ministry, idempotency_key, body)
        reply = await self._client_of(ministry).call(
            "POST",
            f"{self._base_url(ministry)}/ministries/{ministry}/submissions",
            body=body,
            headers={
                "Idempotency-Key": idempotency_key,
                "Content-Type": "application/json",
                **credentials,
            },
            deadline_s=self._deadline_s,
        )
        if 200 <= reply.status < 300:
            return _read(delivery, reply.body)
        if reply.status == _UNAUTHORIZED:
            self._credentials.not_accepted(ministry)
        failure = failure_of(ministry, reply, REFUSALS, self._now())
        raise failure


def _body(delivery: Delivery, papers: list[dict[str, Any]], callback_url: str) -> bytes:
    return orjson.dumps({
        "kind": delivery.kind,
        "application_id": str(delivery.application_id),
        "tracking_number": delivery.tracking_number,
        "public_service_id": delivery.public_service_id,
        "form": orjson.Fragment(delivery.form) if delivery.form is not None else None,
        "form_version": delivery.form_version,
        "service_centre_id": delivery.service_centre_id,
        "applicant_id": _text(delivery.applicant_id),
        "actor_id": _text(delivery.actor_id),
        "documents": papers,
        "callback_url": callback_url,
    })  # fmt: skip


def _text(person_id: UUID | None) -> str | None:
    return None if person_id is None else str(person_id)


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
