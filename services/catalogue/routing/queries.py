"""SQL of routing rules."""

from collections.abc import Sequence

from libs.contracts.catalogue import RoutingRule
from libs.database.transaction import Transaction
from services.catalogue.routing.rules import Version


async def insert_versions(tx: Transaction, versions: Sequence[Version]) -> int:
    """Insert versions of rules, those that are there stay; return how many are new."""
    return await tx.execute(
        """
        INSERT INTO routing_rules (public_service_id, rule_id, version, content, added_at,
                                   added_by, reason)
        SELECT *
          FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::timestamptz[],
                      $6::text[], $7::text[])
            ON CONFLICT DO NOTHING
        """,
        [version.public_service_id for version in versions],
        [version.rule.rule_id for version in versions],
        [version.rule.version for version in versions],
        [version.rule.model_dump_json() for version in versions],
        [version.added_at for version in versions],
        [version.added_by for version in versions],
        [version.reason for version in versions],
    )


async def read_versions(tx: Transaction, public_service_id: str | None = None) -> list[Version]:
    """Read every version of every rule, of one public service or of all, in their order."""
    rows = await tx.fetch(
        """
        SELECT public_service_id, content, added_at, added_by, reason
          FROM routing_rules
         WHERE $1::text IS NULL OR public_service_id = $1
         ORDER BY public_service_id, rule_id, version
        """,
        public_service_id,
    )
    return [
        Version(
            row["public_service_id"],
            RoutingRule.model_validate_json(row["content"]),
            row["added_at"],
            row["added_by"],
            row["reason"],
        )
        for row in rows
    ]
