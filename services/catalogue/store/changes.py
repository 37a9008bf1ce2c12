"""SQL of change: the catalogue's version, what others were told, and who changed what."""

from collections.abc import Sequence
from dataclasses import dataclass

from libs.database.transaction import Transaction
from services.catalogue.announcing import Announced


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what to which public service, and what it was before and after."""

    actor: str
    action: str
    public_service_id: str
    before: str
    after: str


async def hold_version(tx: Transaction) -> int:
    """Return the catalogue's version and keep all other writers out until the transaction ends."""
    version: int = await tx.fetchval(
        """
        INSERT INTO catalogue_version (version)
        VALUES (0)
            ON CONFLICT (one) DO UPDATE SET version = catalogue_version.version
        RETURNING version
        """
    )
    return version


async def read_version(tx: Transaction) -> int:
    """Return the catalogue's version, which grows with every change."""
    version: int = await tx.fetchval("SELECT coalesce(max(version), 0) FROM catalogue_version")
    return version


async def raise_version(tx: Transaction) -> None:
    """Let every process that serves the catalogue see that something has changed."""
    await tx.execute("UPDATE catalogue_version SET version = version + 1")


async def read_announced(tx: Transaction) -> dict[str, Announced]:
    """Read what others were last told of each public service."""
    rows = await tx.fetch("SELECT public_service_id, version, digest, since FROM announced")
    return {row["public_service_id"]: Announced(**row) for row in rows}


async def save_announced(tx: Transaction, announced: Sequence[Announced]) -> None:
    """Note what others are told of these public services."""
    await tx.execute(
        """
        INSERT INTO announced (public_service_id, version, digest, since)
        SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::timestamptz[])
            ON CONFLICT (public_service_id) DO UPDATE
               SET version = excluded.version, digest = excluded.digest, since = excluded.since
        """,
        [each.public_service_id for each in announced],
        [each.version for each in announced],
        [each.digest for each in announced],
        [each.since for each in announced],
    )


async def add_audit(tx: Transaction, entries: Sequence[AuditEntry]) -> None:
    """Write down who changed what."""
    await tx.execute(
        """
        INSERT INTO audit (actor, action, public_service_id, before, after)
        SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
        """,
        [entry.actor for entry in entries],
        [entry.action for entry in entries],
        [entry.public_service_id for entry in entries],
        [entry.before for entry in entries],
        [entry.after for entry in entries],
    )
