"""SQL of the reports of the conformance kit."""

from libs.database.transaction import Transaction
from services.catalogue.conformance.rules import Report


async def save_report(tx: Transaction, report: Report) -> None:
    """Store a report; a repeat changes nothing."""
    await tx.execute(
        """
        INSERT INTO conformance_reports (body_id, checked_at, passed, content)
        VALUES ($1, $2, $3, $4)
            ON CONFLICT DO NOTHING
        """,
        report.ministry,
        report.checked_at,
        report.passed,
        report.model_dump_json(),
    )


async def read_last_report(tx: Transaction, body_id: str) -> Report | None:
    """Read the last report on the adapter of a body."""
    content = await tx.fetchval(
        """
        SELECT content
          FROM conformance_reports
         WHERE body_id = $1
         ORDER BY checked_at DESC
         LIMIT 1
        """,
        body_id,
    )
    return None if content is None else Report.model_validate_json(content)
