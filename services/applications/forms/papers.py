"""Checks the papers in a form's answers by their receipts, without a call to documents."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from pydantic import TypeAdapter

from libs.bangladesh.text import JSON
from libs.contracts.documents import DocumentReference, Receipt
from libs.errors import FieldError
from services.applications.forms.field_errors import field_error_at, schema_at
from services.applications.forms.paths import objects_at

PAPER: Final = frozenset({"document_id"})
"""An object with this field is a paper."""

_TAKEN_AS: Final[Mapping[str, str]] = {
    "pdf": "application/pdf",
    "jpg": "image/jpeg",
    "png": "image/jpeg",
}
"""Media type of a kept paper, by the kind of file that a form asks for; all photos become JPEG."""


_REFERENCES: Final = TypeAdapter(tuple[DocumentReference, ...])


@dataclass(frozen=True, slots=True)
class Papers:
    """The papers that a citizen may name in a form.

    Args:
        owner_id: the citizen.
        receipts: receipts that came with the application, by document.
        at: the current time.
        submitted: papers of an earlier submission of the same application, which need no receipt.
        mandate_id: the mandate with which an uddokta sends the application.
    """

    owner_id: UUID
    receipts: Mapping[UUID, Receipt]
    at: datetime
    submitted: Mapping[UUID, DocumentReference] = field(default_factory=dict)
    mandate_id: UUID | None = None

    def reference(self, document_id: UUID) -> DocumentReference:
        """Return a paper that was checked."""
        receipt = self.receipts.get(document_id)
        return receipt.reference if receipt else self.submitted[document_id]

    def error_of(self, document_id: UUID, accepted: frozenset[str]) -> str | None:
        """Return the reason why a paper cannot be handed in, or None.

        Args:
            document_id: the paper.
            accepted: media types that the field takes; empty for all.
        """
        submitted, receipt = self.submitted.get(document_id), self.receipts.get(document_id)
        if receipt is None and submitted is None:
            return "document_unknown"
        if receipt is not None and not self._is_for_us(receipt):
            return "document_foreign"
        if (
            receipt is not None
            and submitted is None
            and receipt.expires_at_s <= self.at.timestamp()
        ):
            return "document_expired"
        reference = self.reference(document_id)
        if reference.state == "infected":
            return "document_infected"
        if accepted and reference.media_type not in accepted:
            return "document_not_accepted"
        return None

    def _is_for_us(self, receipt: Receipt) -> bool:
        """Whether a receipt is this citizen's own, or was made for this mandate."""
        return receipt.owner_id == self.owner_id and receipt.mandate_id in {None, self.mandate_id}


def paper_errors(
    schema: Mapping[str, Any], paths: Mapping[str, Any], answers: JSON, papers: Papers
) -> Iterator[FieldError]:
    """Check all papers in the answers of a form.

    Args:
        schema: the schema of the form, for labels and accepted kinds.
        paths: the parts of the schema that lead to papers.
        answers: the answers.
        papers: the papers that the citizen may name.
    """
    for path, paper in objects_at(paths, PAPER, answers, []):
        error = papers.error_of(UUID(str(paper["document_id"])), _accepted(schema, path))
        if error:
            yield field_error_at(schema, path, error)


def papers_in(
    paths: Mapping[str, Any], answers: JSON, papers: Papers
) -> tuple[DocumentReference, ...]:
    """Return the papers in checked answers, without repeats, in the order of the form."""
    named = (UUID(str(paper["document_id"])) for _, paper in objects_at(paths, PAPER, answers, []))
    return tuple(papers.reference(document_id) for document_id in dict.fromkeys(named))


def read_references(stored: str | None) -> tuple[DocumentReference, ...]:
    """Return the papers of a stored submission, which are JSON as text."""
    return () if stored is None else _REFERENCES.validate_json(stored)


def _accepted(schema: Mapping[str, Any], path: list[str | int]) -> frozenset[str]:
    """Return the media types that the field of a paper takes, or the list that it is in."""
    for length in (len(path), len(path) - 1):
        accept = schema_at(schema, path[:length]).get("ui", {}).get("accept")
        if accept:
            return frozenset(_TAKEN_AS[kind] for kind in accept["kinds"] if kind in _TAKEN_AS)
    return frozenset()
