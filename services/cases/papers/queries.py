"""SQL of what officers propose to do with papers."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

import orjson

from libs.database.transaction import Transaction
from services.cases.papers.encrypted import FIELDS, REASON, REJECTION
from services.cases.papers.rules import Proposal


async def insert_proposal(tx: Transaction, proposal: Proposal, ministry: str) -> bool:
    """Insert a proposal about a paper of a ministry; return whether no other one waits."""
    inserted = await tx.execute(
        """
        INSERT INTO paper_proposals (
               proposal_id, case_id, office_id, kind, reason, fields, by_decider, proposed_by,
               proposed_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            ON CONFLICT (case_id) WHERE answer IS NULL DO NOTHING
        """,
        proposal.proposal_id,
        proposal.case_id,
        proposal.office_id,
        proposal.kind,
        tx.cipher.seal(REASON, proposal.proposal_id, proposal.reason, owner=ministry),
        tx.cipher.seal(
            FIELDS,
            proposal.proposal_id,
            orjson.dumps(dict(proposal.fields)).decode(),
            owner=ministry,
        ),
        proposal.by_decider,
        proposal.proposed_by,
        proposal.proposed_at,
    )
    return bool(inserted)


async def read_proposals(tx: Transaction, case_id: UUID, ministry: str) -> list[Proposal]:
    """Read the proposals about the paper of a ministry's case, in their order; rows are locked."""
    rows = await tx.fetch(
        """
        SELECT proposal_id, case_id, office_id, kind, reason, fields, by_decider, proposed_by,
               proposed_at, answer, answered_by, answered_at, rejection
          FROM paper_proposals
         WHERE case_id = $1
         ORDER BY proposed_at, proposal_id
           FOR UPDATE
        """,
        case_id,
    )
    return [_proposal_of(tx, row, ministry) for row in rows]


async def read_waiting(
    tx: Transaction, office_id: str, ministry: str, limit: int
) -> list[Proposal]:
    """Read the proposals that wait for a second officer of an office, the oldest first.

    One that is damaged is left out; whoever opens its case is told.
    """
    rows = await tx.fetch(
        """
        SELECT proposal_id, case_id, office_id, kind, reason, fields, by_decider, proposed_by,
               proposed_at, answer, answered_by, answered_at, rejection
          FROM paper_proposals
         WHERE office_id = $1 AND answer IS NULL
         ORDER BY proposed_at, proposal_id
         LIMIT $2
        """,
        office_id,
        limit,
    )
    found = []
    for row in rows:
        proposal_id = row["proposal_id"]
        reason, _ = tx.cipher.try_open(REASON, proposal_id, row["reason"], owner=ministry)
        fields, _ = tx.cipher.try_open(FIELDS, proposal_id, row["fields"], owner=ministry)
        if reason is not None and fields is not None:
            opened = {**row, "reason": reason, "fields": orjson.loads(fields)}
            found.append(Proposal(**opened))
    return found


async def save_answer(tx: Transaction, proposal: Proposal, ministry: str) -> None:
    """Store who approved or rejected a proposal about a ministry's paper, when, and why not."""
    await tx.execute(
        """
        UPDATE paper_proposals
           SET answer = $2, answered_by = $3, answered_at = $4, rejection = $6
         WHERE case_id = $1 AND proposal_id = $5
        """,
        proposal.case_id,
        proposal.answer,
        proposal.answered_by,
        proposal.answered_at,
        proposal.proposal_id,
        tx.cipher.seal(REJECTION, proposal.proposal_id, proposal.rejection, owner=ministry),
    )


async def delete_proposals(tx: Transaction, case_ids: Collection[UUID]) -> int:
    """Delete the proposals about papers of cases; return how many."""
    return await tx.execute(
        "DELETE FROM paper_proposals WHERE case_id = ANY($1::uuid[])", list(case_ids)
    )


def _proposal_of(tx: Transaction, row: Any, ministry: str) -> Proposal:
    values, proposal_id = dict(row), row["proposal_id"]
    reason = tx.cipher.open(REASON, proposal_id, values.pop("reason"), owner=ministry)
    fields = tx.cipher.open(FIELDS, proposal_id, values.pop("fields"), owner=ministry)
    sealed = values.pop("rejection")
    rejection, _ = tx.cipher.try_open(REJECTION, proposal_id, sealed, owner=ministry)
    return Proposal(reason=reason, fields=orjson.loads(fields), rejection=rejection, **values)
