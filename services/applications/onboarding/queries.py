"""SQL of applications that wait until their ministry is connected."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from libs.contracts.catalogue import MinistryAdapter
from libs.contracts.documents import DocumentReference
from libs.contracts.mandates import MandateEvidence
from libs.database.transaction import Transaction
from services.applications.forms.papers import read_references
from services.applications.lifecycle.encrypted import FORM


@dataclass(frozen=True, slots=True)
class WaitingForm:
    """The submission of a waiting application, and the adapter that now serves the ministry."""

    adapter: MinistryAdapter
    form: dict[str, Any]
    form_version: int
    documents: tuple[DocumentReference, ...]
    mandate: MandateEvidence | None


async def lock_waiting_applications(
    tx: Transaction, connected: Mapping[str, MinistryAdapter], limit: int
) -> dict[UUID, WaitingForm]:
    """Lock waiting applications whose ministry is connected; return what they submitted last.

    The oldest come first. Locked rows are skipped, and damaged ones left out.

    Args:
        tx: the transaction.
        connected: the adapters of the ministries that are connected.
        limit: how many at most.
    """
    rows = await tx.fetch(
        """
        WITH waiting AS (
            SELECT application_id, connected.adapter
              FROM unnest($2::text[], $3::text[]) AS connected (ministry, adapter)
             CROSS JOIN LATERAL (
                    SELECT application_id
                      FROM applications
                     WHERE applications.waits_for = 'adapter'
                       AND status = 'submitted'
                       AND applications.ministry = connected.ministry
                     ORDER BY application_id
                     LIMIT $1
                       FOR UPDATE SKIP LOCKED) AS oldest
             ORDER BY application_id
             LIMIT $1
        )
        SELECT application_id, submission_id, adapter, form, form_version, documents, evidence
          FROM waiting
         CROSS JOIN LATERAL (
                SELECT submission_id, form, form_version, documents
                  FROM submissions
                 WHERE submissions.application_id = waiting.application_id
                 ORDER BY submitted_at DESC
                 LIMIT 1) AS newest
          LEFT JOIN mandates USING (application_id)
         ORDER BY application_id
        """,
        limit,
        list(connected.keys()),
        list(connected.values()),
    )
    opened = [(row, tx.cipher.try_open(FORM, row["submission_id"], row["form"])[0]) for row in rows]
    return {
        row["application_id"]: WaitingForm(
            row["adapter"],
            orjson.loads(form),
            row["form_version"],
            read_references(row["documents"]),
            MandateEvidence.model_validate_json(row["evidence"]) if row["evidence"] else None,
        )
        for row, form in opened
        if form is not None
    }
