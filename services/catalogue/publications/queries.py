"""SQL of publications and their drafts."""

from collections.abc import Sequence

from libs.database.transaction import Transaction
from services.catalogue.publications.rules import Draft, Kind, Publication


async def insert_publications(
    tx: Transaction, publications: Sequence[Publication]
) -> set[tuple[str, str, int]]:
    """Insert versions; those that are there stay. Return kind, series and version of the new."""
    rows = await tx.fetch(
        """
        INSERT INTO publications (kind, series, version, content, valid_from, published_at,
                                  proposed_by, published_by, reason)
        SELECT *
          FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::date[],
                      $6::timestamptz[], $7::text[], $8::text[], $9::text[])
            ON CONFLICT DO NOTHING
        RETURNING kind, series, version
        """,
        [publication.kind for publication in publications],
        [publication.series for publication in publications],
        [publication.version for publication in publications],
        [publication.content for publication in publications],
        [publication.valid_from for publication in publications],
        [publication.published_at for publication in publications],
        [publication.proposed_by for publication in publications],
        [publication.published_by for publication in publications],
        [publication.reason for publication in publications],
    )
    return {(row["kind"], row["series"], row["version"]) for row in rows}


async def read_publications(
    tx: Transaction, kind: Kind | None = None, series: str | None = None
) -> list[Publication]:
    """Read versions in their order; all without arguments."""
    rows = await tx.fetch(
        """
        SELECT kind, series, version, content, valid_from, published_at, proposed_by, published_by,
               reason
          FROM publications
         WHERE ($1::text IS NULL OR kind = $1)
           AND ($2::text IS NULL OR series = $2)
         ORDER BY kind, series, version
        """,
        kind,
        series,
    )
    return [Publication(**row) for row in rows]


async def save_draft(tx: Transaction, draft: Draft) -> None:
    """Store a draft; it replaces an earlier one of the series."""
    await tx.execute(
        """
        INSERT INTO publication_drafts (kind, series, content, saved_at, saved_by)
        VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (kind, series) DO UPDATE
               SET content = excluded.content, saved_at = excluded.saved_at,
                   saved_by = excluded.saved_by
        """,
        draft.kind,
        draft.series,
        draft.content,
        draft.saved_at,
        draft.saved_by,
    )


async def lock_draft(tx: Transaction, kind: Kind, series: str) -> Draft | None:
    """Read a draft, and lock it until the transaction ends."""
    row = await tx.fetchrow(
        """
        SELECT kind, series, content, saved_at, saved_by
          FROM publication_drafts
         WHERE kind = $1 AND series = $2
           FOR UPDATE
        """,
        kind,
        series,
    )
    return Draft(**row) if row else None


async def delete_draft(tx: Transaction, kind: Kind, series: str) -> None:
    """Delete a draft."""
    await tx.execute("DELETE FROM publication_drafts WHERE kind = $1 AND series = $2", kind, series)
