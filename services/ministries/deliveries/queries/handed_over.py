"""SQL of deliveries that ministries have, as long as they are kept."""

from typing import Any, Final

from libs.database.transaction import Transaction
from services.ministries.deliveries.queries.closing import HANDED_OVER_LOCK
from services.ministries.deliveries.queries.reading import delivery_of
from services.ministries.deliveries.values import HandedOver

_LOCK_WITHIN: Final = "500ms"


async def settle_numbers(tx: Transaction, ministry: str) -> None:
    """Wait until every number of a ministry that was given is committed or given up.

    Until the end of the transaction no other is given. A number is given before its commit; without
    this, a reader could pass one that appears a moment later.

    Raises:
        Unavailable: a transaction with such a number takes longer than half a second.
    """
    await tx.execute("SELECT set_config('lock_timeout', $1, true)", _LOCK_WITHIN)
    await tx.execute(
        "SELECT pg_advisory_xact_lock($1::int, hashtext($2))", HANDED_OVER_LOCK, ministry
    )


async def read_last_number(tx: Transaction) -> int:
    """Read the last number given to a hand-over, or 0; all ministries share one sequence."""
    number: int = await tx.fetchval(
        "SELECT coalesce(pg_sequence_last_value('handed_over_numbers'), 0)"
    )
    return number


async def read_handed_over_after(
    tx: Transaction, ministry: str, *, after: int, limit: int, most_bytes: int
) -> tuple[list[HandedOver], bool]:
    """Read a ministry's hand-overs after a number, in order; and whether more follow.

    A form that is gone is an erased citizen's; such a submission is left out.

    Args:
        tx: the transaction.
        ministry: whose.
        after: the number.
        limit: most deliveries.
        most_bytes: of their forms and links together; one is read in any case.
    """
    rows = await tx.fetch(
        """
        WITH following AS (
            SELECT *
              FROM deliveries
             WHERE ministry = $1
               AND handed_over_no > $2
               AND (form IS NOT NULL OR kind = 'withdrawn')
             ORDER BY handed_over_no
             LIMIT $3 + 1
        ), measured AS (
            SELECT *,
                   row_number() OVER in_order AS place,
                   sum(coalesce(octet_length(form), 0)
                       + 3 * coalesce(octet_length(documents), 0)) OVER in_order AS bytes
              FROM following
            WINDOW in_order AS (ORDER BY handed_over_no)
        )
        SELECT delivery_id, application_id, measured.ministry, tracking_number, public_service_id,
               kind, form, trace_context, attempts, open_since AS created_at, form_version,
               service_centre_id, applicant_id, actor_id, documents, office, moved_to, mandate,
               form_origin, handed_over_no, closed_at, case_file_number,
               (SELECT count(*) FROM following) AS found
          FROM measured
          JOIN applications USING (application_id, ministry)
         WHERE place <= $3 AND (place = 1 OR bytes <= $4)
         ORDER BY handed_over_no
        """,
        ministry,
        after,
        limit,
        most_bytes,
    )
    has_more = bool(rows) and rows[0]["found"] > len(rows)
    return [_handed_over(tx, row) for row in rows], has_more


async def delete_old_content(tx: Transaction, *, older_than_s: float, limit: int) -> int:
    """Delete forms and papers of up to `limit` deliveries of each ministry; return how many.

    Args:
        tx: the transaction.
        older_than_s: seconds since the hand-over.
        limit: most of each ministry.
    """
    return await tx.execute(
        """
        WITH RECURSIVE kept (ministry) AS (
            SELECT min(ministry) FROM deliveries WHERE handed_over_no IS NOT NULL
             UNION ALL
            SELECT (SELECT min(later.ministry)
                      FROM deliveries AS later
                     WHERE later.handed_over_no IS NOT NULL AND later.ministry > kept.ministry)
              FROM kept
             WHERE kept.ministry IS NOT NULL
        ), old AS (
            SELECT first.delivery_id
              FROM kept
             CROSS JOIN LATERAL (
                    SELECT delivery_id, closed_at
                      FROM deliveries
                     WHERE deliveries.ministry = kept.ministry AND handed_over_no IS NOT NULL
                     ORDER BY handed_over_no
                     LIMIT $2) AS first
             WHERE first.closed_at < now() - make_interval(secs => $1)
        )
        UPDATE deliveries
           SET form = NULL, documents = NULL, handed_over_no = NULL
          FROM old
         WHERE deliveries.delivery_id = old.delivery_id
        """,
        older_than_s,
        limit,
    )


def _handed_over(tx: Transaction, row: Any) -> HandedOver:
    fields = dict(row)
    del fields["found"]
    more = {
        "number": fields.pop("handed_over_no"),
        "at": fields.pop("closed_at"),
        "case_file_number": fields.pop("case_file_number"),
    }
    return HandedOver(delivery_of(tx, fields), **more)
