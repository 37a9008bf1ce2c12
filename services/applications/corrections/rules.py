"""A correction, or an objection, that waits for the citizen's consent."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from libs.contracts.documents import DocumentReference
from libs.contracts.mandates import (
    ApplicantPart,
    MandateEvidence,
    ProposedCorrection,
    Replacement,
    replaced_mark,
)
from libs.errors import Refused

KEPT: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Proposed:
    """A correction that waits.

    Args:
        application_id: of the application.
        citizen_id: whose it is.
        correction_id: of these answers.
        form: the checked answers; of an objection its grounds.
        documents: the papers that they name.
        changes: what they change of who the applicant is.
        proposed_at: when.
    """

    application_id: UUID
    citizen_id: UUID
    correction_id: UUID
    form: dict[str, Any] = field(repr=False)
    documents: Mapping[UUID, DocumentReference]
    changes: tuple[ApplicantPart, ...]
    proposed_at: datetime

    @property
    def is_appeal(self) -> bool:
        """Whether it is an objection to a refusal; a correction without changes is not kept."""
        return not self.changes

    def view(self, mandate_id: UUID, replaced: tuple[Replacement, ...]) -> ProposedCorrection:
        """Return the correction as the uddokta sees it, with the words that the citizen reads."""
        return ProposedCorrection(
            correction_id=self.correction_id,
            mandate_id=mandate_id,
            changes=self.changes,
            replaced=replaced,
            kept_until=self.proposed_at + KEPT,
        )


def check_agreed(changes: Collection[ApplicantPart], agreed: Collection[ApplicantPart]) -> None:
    """Check that the citizen agreed to the correction's changes of the applicant's identity.

    Raises:
        Refused: she has not (`consent_needed`).
    """
    if not set(changes) <= set(agreed):
        raise Refused("consent_needed")


def check_read(correction_id: UUID, replaced: Sequence[Replacement], read: str | None) -> None:
    """Check that the citizen has read what the correction replaces, and with what.

    Args:
        correction_id: of the answers.
        replaced: what they replace.
        read: mark of the words in which the consent was asked for; None if it had none.

    Raises:
        Refused: the consent was asked for with other words (`correction_changed`).
    """
    if read != replaced_mark(correction_id, replaced):
        raise Refused("correction_changed")


def renewed(first: MandateEvidence, consent: MandateEvidence) -> MandateEvidence:
    """Return the evidence of a correction's consent, at the price of the application."""
    return first.model_copy(
        update={
            "mandate_id": consent.mandate_id,
            "consent": consent.consent,
            "consented_at": consent.consented_at,
            "not_proven": consent.not_proven,
        }
    )
