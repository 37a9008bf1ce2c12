"""An act, and who may approve it."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self
from uuid import UUID

from libs.errors import Refused


@dataclass(frozen=True, slots=True)
class Act:
    """An act that one person has proposed.

    Args:
        act_id: a new id.
        subject: what it is about, in the words of the capability.
        kind: what is to be done.
        reason: why.
        proposed_by: the person.
        proposed_at: when.
        approved_by: another person; None while it waits.
        approved_at: when.
        rejected_by: who said no, or took the own proposal back; None while it waits.
        rejected_at: when.
        rejected_because: why, in words for the proposer; None for the own proposal.
        rejection_known_at: when the proposer said to know it.
    """

    act_id: UUID
    subject: str
    kind: str
    reason: str
    proposed_by: UUID
    proposed_at: datetime
    approved_by: UUID | None = None
    approved_at: datetime | None = None
    rejected_by: UUID | None = None
    rejected_at: datetime | None = None
    rejected_because: str | None = None
    rejection_known_at: datetime | None = None

    def approved(self, by: UUID, at: datetime) -> Self:
        """Return the act as another person has approved it.

        Raises:
            Refused: it was approved or rejected before, or the same person proposed it.
        """
        self._check_waiting()
        if by == self.proposed_by:
            raise Refused("second_person_needed")
        return replace(self, approved_by=by, approved_at=at)

    def rejected(self, by: UUID, at: datetime, because: str | None) -> Self:
        """Return the act as rejected by a person, perhaps by its proposer.

        Raises:
            Refused: it was approved or rejected before, or somebody else does not say why.
        """
        self._check_waiting()
        if by != self.proposed_by and because is None:
            raise Refused("rejection_without_reason", pointer="/reason")
        return replace(self, rejected_by=by, rejected_at=at, rejected_because=because)

    def acknowledged(self, by: UUID, at: datetime) -> Self:
        """Return the act as its proposer has said to know that it was rejected.

        Raises:
            Refused: somebody else proposed it, or it was not rejected.
        """
        if by != self.proposed_by or self.rejected_at is None:
            raise Refused("not_found")
        return replace(self, rejection_known_at=self.rejection_known_at or at)

    def _check_waiting(self) -> None:
        if self.approved_by is not None:
            raise Refused("approved_before")
        if self.rejected_by is not None:
            raise Refused("rejected_before")
