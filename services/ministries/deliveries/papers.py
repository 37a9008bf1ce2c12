"""The paper that a ministry's decision asks for, and its withdrawal."""

from collections.abc import Collection
from dataclasses import dataclass
from hashlib import sha256
from typing import Final
from uuid import UUID

from libs.contracts.applications import ResponsibleOffice
from libs.contracts.documents import OwnPaperReceipt
from libs.contracts.events import Event
from libs.contracts.language import Text
from libs.contracts.ministries import DecisionPaper, MinistryDecision, PaperGranted, PaperRevoked
from libs.decision_papers.templates import OWN_DOCUMENT, check_fields, check_use
from libs.errors import Refused
from libs.ids import derived_id
from services.ministries.deliveries.rules import Delivery

_DECIDED: Final = frozenset({"approved", "refused"})
_OF_RECEIPTS: Final = frozenset({"document_id", "sha256"})
"""Fields that a receipt gives, and no ministry."""

_NOT_KEPT: Final = Text(bn="কারণটি মুছে ফেলা হয়েছে।", en="The reason is erased.")
_OVERTURNED: Final = Text(
    bn="আপত্তির পর আবেদনটি মঞ্জুর হয়েছে।",
    en="After the objection the application was approved.",
)


def why_not(
    decision: MinistryDecision, delivery: Delivery, latest: UUID | None, own: OwnPaperReceipt | None
) -> Refused | None:
    """Return why a decision is not taken for its paper, or a withdrawal of one; None if it is.

    Args:
        decision: by the ministry.
        delivery: on which it decides.
        latest: the paper that was granted last; None if none was.
        own: the PDF of the ministry's own that the decision brings, as its receipt says.
    """
    if decision.action == "paper_withdrawn":
        return None if latest else Refused("paper_not_granted")
    if decision.paper is None:
        return None
    if decision.action not in _DECIDED:
        return Refused("paper_without_decision", pointer="/paper")
    try:
        check_use(decision.paper.template, delivery.public_service_id, decision.action)
        _check_own(decision.paper, delivery, own)
        check_fields(decision.paper.template, _fields(decision.paper, own))
    except Refused as refusal:
        return refusal
    return None


def is_new(
    decision: MinistryDecision,
    delivery: Delivery,
    announced: Collection[UUID],
    own: OwnPaperReceipt | None,
) -> bool:
    """Whether a decision asks for a paper that was not granted before.

    Args:
        decision: by the ministry.
        delivery: about which.
        announced: events, of which papers are some.
        own: the PDF of the ministry's own that the decision brings.
    """
    return decision.paper is not None and _id_of(decision.paper, delivery, own) not in announced


def _check_own(paper: DecisionPaper, delivery: Delivery, own: OwnPaperReceipt | None) -> None:
    """Check that a PDF goes with its template, and is about this application.

    Raises:
        Refused: it does not, or is another ministry's, application's or citizen's.
    """
    about = (delivery.ministry, delivery.application_id, delivery.applicant_id)
    is_right = own is not None and (own.ministry, own.application_id, own.citizen_id) == about
    named = _OF_RECEIPTS & paper.fields.keys()
    if (paper.template == OWN_DOCUMENT) != is_right or (own is not None and not is_right):
        raise Refused("paper_receipt_ended", pointer="/paper/receipt")
    if named:
        raise Refused("paper_field_unknown", pointer=f"/paper/fields/{min(named)}")


def _fields(paper: DecisionPaper, own: OwnPaperReceipt | None) -> dict[str, str]:
    """Return what a paper says: of a PDF, its receipt says where it is."""
    of_receipt = {"document_id": str(own.document_id), "sha256": own.sha256} if own else {}
    return {**paper.fields, **of_receipt}


@dataclass(frozen=True, slots=True)
class Papers:
    """What a decision says of papers about an application.

    Args:
        latest: the paper that was granted last.
        events: what is announced of it.
    """

    latest: UUID | None
    events: tuple[Event, ...] = ()


def said(
    decision: MinistryDecision,
    delivery: Delivery,
    latest: UUID | None,
    announced: Collection[UUID],
    own: OwnPaperReceipt | None,
    *,
    overturns: bool = False,
) -> Papers:
    """Return what a decision that is taken says of papers.

    The id of a paper follows from the application and what it says: the same decision again is the
    same paper, also after another one came in its place. A refusal that is overturned without a
    paper leaves none that holds.

    Args:
        decision: by the ministry.
        delivery: about which.
        latest: the paper that was granted last; None if none was.
        announced: events, of which papers are some.
        own: the PDF of the ministry's own that the decision brings.
        overturns: whether it is the first one that approves after an objection.
    """
    is_over = overturns and decision.paper is None
    if latest is not None and (is_over or decision.action == "paper_withdrawn"):
        revoked = PaperRevoked(
            event_id=derived_id(latest, PaperRevoked.type),
            application_id=decision.application_id,
            paper_id=latest,
            note=_OVERTURNED if is_over else decision.note or _NOT_KEPT,
        )
        return Papers(latest, (revoked,))
    if decision.paper is None or delivery.applicant_id is None:
        return Papers(latest)
    granted = _granted(decision.paper, delivery, delivery.applicant_id, latest, own)
    if granted.event_id in announced:
        return Papers(latest)
    return Papers(granted.event_id, (granted,))


def _granted(
    paper: DecisionPaper,
    delivery: Delivery,
    citizen_id: UUID,
    latest: UUID | None,
    own: OwnPaperReceipt | None,
) -> PaperGranted:
    office = delivery.office and ResponsibleOffice.model_validate_json(delivery.office)
    return PaperGranted(
        event_id=_id_of(paper, delivery, own),
        application_id=delivery.application_id,
        citizen_id=citizen_id,
        tracking_number=delivery.tracking_number,
        public_service_id=delivery.public_service_id,
        ministry=delivery.ministry,
        template=paper.template,
        fields=_fields(paper, own),
        post=paper.post,
        office=office.name if office else None,
        replaces=latest,
        last_day=paper.last_day,
    )


def _id_of(paper: DecisionPaper, delivery: Delivery, own: OwnPaperReceipt | None) -> UUID:
    said = paper.model_copy(update={"fields": _fields(paper, own)})
    content = sha256(said.model_dump_json(exclude={"receipt"}).encode()).hexdigest()
    return derived_id(delivery.application_id, f"paper of {delivery.ministry}: {content}")
