"""SQL of applications that wait until their ministry is connected."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from libs.contracts.catalogue import Adapter
from libs.contracts.documents import DocumentReference
from libs.contracts.mandates import MandateEvidence
from libs.database.transaction import Transaction
from services.applications.forms.papers import read_references
from services.applications.lifecycle.encrypted import FORM


class Waiting(NamedTuple):
    """Whose applications wait: a public service, the responsible ministry, and the office's rule.

    `rule_id` is empty where no rule named an office.
    """

    public_service_id: str
    ministry: str
    rule_id: str


@dataclass(frozen=True, slots=True)
class WaitingForm:
    """The submission of a waiting application, and the adapter that hands it over now."""

    adapter: Adapter
    form: dict[str, Any]
    form_version: int
    documents: tuple[DocumentReference, ...]
    mandate: MandateEvidence | None


async def read_waiting(tx: Transaction) -> list[Waiting]:
    """Read for which services, ministries and offices applications wait.

    However many wait, only the first of each is read.
    """
    rows = await tx.fetch(
        """
        WITH RECURSIVE waiting AS (
            (SELECT public_service_id, ministry, coalesce(office::jsonb ->> 'rule_id', '') AS rule
               FROM applications
              WHERE waits_for = 'adapter' AND status = 'submitted'
              ORDER BY public_service_id, ministry, coalesce(office::jsonb ->> 'rule_id', '')
              LIMIT 1)
            UNION ALL
            SELECT found.*
              FROM waiting
             CROSS JOIN LATERAL (
                    SELECT public_service_id, ministry, coalesce(office::jsonb ->> 'rule_id', '')
                      FROM applications
                     WHERE waits_for = 'adapter' AND status = 'submitted'
                       AND (public_service_id, ministry, coalesce(office::jsonb ->> 'rule_id', ''))
                           > (waiting.public_service_id, waiting.ministry, waiting.rule)
                     ORDER BY public_service_id, ministry,
                              coalesce(office::jsonb ->> 'rule_id', '')
                     LIMIT 1) AS found
        )
        SELECT public_service_id, ministry, rule FROM waiting
        """
    )
    return [Waiting(*row.values()) for row in rows]


async def lock_waiting_applications(
    tx: Transaction, connected: Mapping[Waiting, Adapter], limit: int
) -> dict[UUID, WaitingForm]:
    """Lock waiting applications that can be handed over; return their last submissions.

    The oldest come first. Locked rows are skipped, and damaged ones left out.

    Args:
        tx: the transaction.
        connected: the adapters that hand them over.
        limit: how many at most.
    """
    rows = await tx.fetch(
        """
        WITH waiting AS (
            SELECT application_id, connected.adapter
              FROM unnest($2::text[], $3::text[], $4::text[], $5::text[])
                   AS connected (public_service_id, ministry, rule, adapter)
             CROSS JOIN LATERAL (
                    SELECT application_id
                      FROM applications
                     WHERE applications.waits_for = 'adapter'
                       AND status = 'submitted'
                       AND applications.public_service_id = connected.public_service_id
                       AND applications.ministry = connected.ministry
                       AND coalesce(office::jsonb ->> 'rule_id', '') = connected.rule
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
        [waiting.public_service_id for waiting in connected],
        [waiting.ministry for waiting in connected],
        [waiting.rule_id for waiting in connected],
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
