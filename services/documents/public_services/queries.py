"""SQL of the papers that public services ask for."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from libs.database.transaction import Transaction


class AskedKinds(NamedTuple):
    """The kinds of papers that the form of a public service asks for."""

    public_service_id: str
    kinds: Sequence[str]
    changed_at: datetime


async def save_kinds(tx: Transaction, services: Sequence[AskedKinds]) -> None:
    """Save the newest kinds of public services, where they are newer than the rows."""
    await tx.execute(
        """
        INSERT INTO public_services (public_service_id, kinds, changed_at)
        SELECT DISTINCT ON (public_service_id) *
          FROM unnest($1::text[], $2::text[], $3::timestamptz[])
               AS saved (public_service_id, kinds, changed_at)
         ORDER BY public_service_id, changed_at DESC
            ON CONFLICT (public_service_id) DO UPDATE
               SET kinds = excluded.kinds, changed_at = excluded.changed_at
             WHERE public_services.changed_at < excluded.changed_at
        """,
        [service.public_service_id for service in services],
        [" ".join(service.kinds) for service in services],
        [service.changed_at for service in services],
    )


async def find_kinds(tx: Transaction, public_service_id: str) -> list[str] | None:
    """Return the kinds of papers that a public service asks for; None if it is not known."""
    found: str | None = await tx.fetchval(
        "SELECT kinds FROM public_services WHERE public_service_id = $1", public_service_id
    )
    return None if found is None else found.split()
