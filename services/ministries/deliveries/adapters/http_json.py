"""The adapter to ministry systems that take JSON over HTTP.

| what comes back | what it means |
| --- | --- |
| too late, a byte a second, broken off | `Unavailable`; the deadline is for the whole answer |
| over the client's limit | `Unreadable`, without reading the rest |
| another status than 2xx | by `statuses.failure_of`, with `REFUSALS` |
| 2xx and empty, an error inside, Windows-1252, or any other shape | `Unreadable` |
| 2xx with the agreed JSON that calls itself HTML or text | read: its content counts, not its name |
| 2xx with a decision whose `paper` cannot be made | handed over, and not decided |
"""

from typing import Any, Final, Literal
from uuid import UUID

import orjson
import structlog
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from typing_extensions import override

from libs.contracts.applications import Stage
from libs.contracts.language import Text
from libs.contracts.ministries import DecisionPaper, MinistryDecision
from libs.errors import Unreadable
from services.ministries.deliveries import responses
from services.ministries.deliveries.adapters.contract import Adapter, Link
from services.ministries.deliveries.adapters.statuses import failure_of
from services.ministries.deliveries.rules import Delivery

REFUSALS: Final = frozenset({
    "urn:nagorik-sheba:refusal:applicant-not-entitled",
    "urn:nagorik-sheba:refusal:public-service-not-offered",
    "urn:nagorik-sheba:refusal:submission-not-acceptable",
})  # fmt: skip
"""Types of the problem documents (RFC 9457) by which such a system refuses for good, with a 4xx."""

log = structlog.get_logger()


class _Decision(BaseModel):
    model_config = ConfigDict(extra="ignore")

    action: Literal["approved", "refused", "correction_asked"]
    note: Text | None = None
    paper: Any = None
    stage: Stage = "first"


class _Response(BaseModel):
    model_config = ConfigDict(extra="ignore")

    case_file_number: str = Field(min_length=1, max_length=100)
    decision: _Decision | None = None


class HttpJsonAdapter(Adapter):
    """Hands submissions over by `POST {address}/ministries/{ministry}/submissions`.

    Decisions come in the answer, or by signed callback.
    """

    @override
    async def submit(self, delivery: Delivery, idempotency_key: str) -> MinistryDecision:
        link = self.link
        reply = await link.post(
            f"/ministries/{link.ministry}/submissions",
            body_of(link, delivery, link.cursor()),
            idempotency_key,
            Idempotency_Key=idempotency_key,
            Content_Type="application/json",
        )
        if 200 <= reply.status < 300:
            return _read(delivery, reply.body)
        failure = failure_of(link.ministry, reply, REFUSALS, link.now())
        raise failure


def body_of(link: Link, delivery: Delivery, cursor: str | None) -> bytes:
    """Return a submission as JSON, with new links to its papers.

    Args:
        link: to the ministry.
        delivery: of the submission.
        cursor: from which the ministry can ask for what follows; whatever was handed over before it
            has been stored by the ministry before it stores this submission.
    """
    return orjson.dumps({
        "kind": delivery.kind,
        "application_id": str(delivery.application_id),
        "tracking_number": delivery.tracking_number,
        "public_service_id": delivery.public_service_id,
        **_said(delivery),
        "form_version": delivery.form_version,
        "form_origin": delivery.form_origin,
        "service_centre_id": delivery.service_centre_id,
        "applicant_id": _text(delivery.applicant_id),
        "actor_id": _text(delivery.actor_id),
        "mandate": orjson.Fragment(delivery.mandate) if delivery.mandate is not None else None,
        "office": orjson.Fragment(delivery.office) if delivery.office is not None else None,
        "moved_to": delivery.moved_to,
        "documents": link.papers.of(delivery, link.now()),
        "callback_url": link.callback_url,
        "cursor": cursor,
    })  # fmt: skip


def _said(delivery: Delivery) -> dict[str, Any]:
    """Return the form of a submission; of an objection its grounds."""
    if delivery.kind == "appealed":
        grounds = orjson.loads(delivery.form)["grounds"] if delivery.form is not None else None
        return {"form": None, "grounds": grounds}
    return {"form": orjson.Fragment(delivery.form) if delivery.form is not None else None}


def _text(person_id: UUID | None) -> str | None:
    return None if person_id is None else str(person_id)


def _read(delivery: Delivery, body: bytes) -> MinistryDecision:
    try:
        response = _Response.model_validate_json(body)
    except ValidationError:
        raise Unreadable("nonsense_answer", "not the answer that was agreed") from None
    decision, paper = response.decision, None
    if decision is not None and decision.paper is not None:
        paper = _paper(decision.paper)
        if paper is None:
            # The ministry has the submission. Its callback is told what is wrong with the paper.
            log.error("decision not used", ministry=delivery.ministry, why="no such paper")
            decision = None
    return responses.read_decision(
        delivery.application_id,
        decision.action if decision else "received",
        response.case_file_number,
        decision.note if decision else None,
        paper=paper,
        stage=decision.stage if decision else "first",
    )


def _paper(given: Any) -> DecisionPaper | None:
    try:
        return DecisionPaper.model_validate(given)
    except ValidationError:
        return None
