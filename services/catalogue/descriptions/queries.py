"""SQL of versions of public services, of drafts, and of what one person stopped."""

from libs.contracts.publishing import ServiceContent
from libs.database.transaction import Transaction
from services.catalogue.descriptions.rules import Draft, ServiceVersion, Stop


async def insert_version(tx: Transaction, version: ServiceVersion) -> None:
    """Insert the next version of a public service."""
    await tx.execute(
        """
        INSERT INTO service_versions (public_service_id, version, valid_from, content, published_at,
                                      proposed_by, published_by, reason)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        version.public_service_id,
        version.version,
        version.valid_from,
        version.content.model_dump_json(),
        version.published_at,
        version.proposed_by,
        version.published_by,
        version.reason,
    )


async def read_versions(tx: Transaction) -> list[ServiceVersion]:
    """Read the versions of all public services, in their order."""
    rows = await tx.fetch(
        """
        SELECT public_service_id, version, valid_from, content, published_at, proposed_by,
               published_by, reason
          FROM service_versions
         ORDER BY public_service_id, version
        """
    )
    return [
        ServiceVersion(
            public_service_id=row["public_service_id"],
            version=row["version"],
            valid_from=row["valid_from"],
            content=ServiceContent.model_validate_json(row["content"]),
            published_at=row["published_at"],
            proposed_by=row["proposed_by"],
            published_by=row["published_by"],
            reason=row["reason"],
        )
        for row in rows
    ]


async def save_draft(tx: Transaction, draft: Draft) -> None:
    """Store a draft; it replaces an earlier one of the public service."""
    await tx.execute(
        """
        INSERT INTO service_drafts (public_service_id, content, saved_at, saved_by)
        VALUES ($1, $2, $3, $4)
            ON CONFLICT (public_service_id) DO UPDATE
               SET content = excluded.content, saved_at = excluded.saved_at,
                   saved_by = excluded.saved_by
        """,
        draft.public_service_id,
        draft.content,
        draft.saved_at,
        draft.saved_by,
    )


async def read_drafts(tx: Transaction) -> list[Draft]:
    """Read all drafts."""
    rows = await tx.fetch(
        "SELECT public_service_id, content, saved_at, saved_by FROM service_drafts"
    )
    return [Draft(**row) for row in rows]


async def delete_draft(tx: Transaction, public_service_id: str) -> None:
    """Delete a draft."""
    await tx.execute("DELETE FROM service_drafts WHERE public_service_id = $1", public_service_id)


async def insert_stop(tx: Transaction, stop: Stop) -> None:
    """Insert what one person stopped."""
    await tx.execute(
        """
        INSERT INTO service_stops (public_service_id, kind, stopped_at, stopped_by, reason)
        VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (public_service_id, kind, stopped_at) DO NOTHING
        """,
        stop.public_service_id,
        stop.kind,
        stop.stopped_at,
        stop.stopped_by,
        stop.reason,
    )


async def read_stops(tx: Transaction) -> list[Stop]:
    """Read what was stopped, in its order."""
    rows = await tx.fetch(
        """
        SELECT public_service_id, kind, stopped_at, stopped_by, reason
          FROM service_stops
         ORDER BY public_service_id, stopped_at
        """
    )
    return [Stop(**row) for row in rows]
