"""SQL of the copied rules of offices."""

from collections.abc import Collection, Sequence

from pydantic import TypeAdapter

from libs.contracts.catalogue import PublicServiceChanged, RoutingRule
from libs.database.transaction import Transaction

_RULES = TypeAdapter(tuple[RoutingRule, ...])


async def save_rules(tx: Transaction, services: Sequence[PublicServiceChanged]) -> None:
    """Store the rules of public services; what is stored of a later change stays."""
    await tx.execute(
        """
        INSERT INTO role_offices (public_service_id, rules, changed_at)
        SELECT public_service_id, rules, changed_at
          FROM unnest($1::text[], $2::text[], $3::timestamptz[])
               AS given (public_service_id, rules, changed_at)
            ON CONFLICT (public_service_id) DO UPDATE
           SET rules = excluded.rules, changed_at = excluded.changed_at
         WHERE role_offices.changed_at <= excluded.changed_at
        """,
        [service.public_service_id for service in services],
        [_RULES.dump_json(service.role_offices).decode() for service in services],
        [service.occurred_at for service in services],
    )


async def read_rules(
    tx: Transaction, public_service_ids: Collection[str]
) -> dict[str, tuple[RoutingRule, ...]]:
    """Read the rules of public services, by their ids."""
    rows = await tx.fetch(
        """
        SELECT public_service_id, rules
          FROM role_offices
         WHERE public_service_id = ANY($1::text[])
        """,
        list(public_service_ids),
    )
    return {row["public_service_id"]: _RULES.validate_json(row["rules"]) for row in rows}
