"""SQL of consents, pairwise subjects and grants."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from libs.database.transaction import Transaction
from services.identity.grants.rules import Grant


async def read_consent(tx: Transaction, citizen_id: UUID, client_id: str) -> frozenset[str]:
    """Read the scopes to which a citizen consented for a client."""
    scopes = await tx.fetchval(
        "SELECT scopes FROM consents WHERE citizen_id = $1 AND client_id = $2",
        citizen_id,
        client_id,
    )
    return frozenset(scopes or ())


async def read_consents(tx: Transaction, citizen_id: UUID) -> list[tuple[str, list[str], datetime]]:
    """Read a citizen's consents, by client: its id, the scopes, and when."""
    rows = await tx.fetch(
        """
        SELECT client_id, scopes, given_at FROM consents
         WHERE citizen_id = $1
         ORDER BY client_id
        """,
        citizen_id,
    )
    return [(row["client_id"], row["scopes"], row["given_at"]) for row in rows]


async def save_consent(
    tx: Transaction, citizen_id: UUID, client_id: str, scopes: Collection[str], at: datetime
) -> None:
    """Store the scopes of a consent, instead of those before."""
    await tx.execute(
        """
        INSERT INTO consents (citizen_id, client_id, scopes, given_at) VALUES ($1, $2, $3, $4)
            ON CONFLICT (citizen_id, client_id)
            DO UPDATE SET scopes = excluded.scopes, given_at = excluded.given_at
        """,
        citizen_id,
        client_id,
        sorted(scopes),
        at,
    )


async def delete_consent(tx: Transaction, citizen_id: UUID, client_id: str) -> None:
    """Delete a consent."""
    await tx.execute(
        "DELETE FROM consents WHERE citizen_id = $1 AND client_id = $2", citizen_id, client_id
    )


async def save_subject(tx: Transaction, citizen_id: UUID, sector: str, new: UUID) -> UUID:
    """Return the id by which a sector knows a citizen; store `new` if there is none."""
    subject: UUID = await tx.fetchval(
        """
        INSERT INTO pairwise_subjects AS stored (citizen_id, sector, subject) VALUES ($1, $2, $3)
            ON CONFLICT (citizen_id, sector) DO UPDATE SET subject = stored.subject
        RETURNING subject
        """,
        citizen_id,
        sector,
        new,
    )
    return subject


async def read_subject(tx: Transaction, citizen_id: UUID, sector: str) -> UUID | None:
    """Read the id by which a sector knows a citizen; None if it never saw the citizen."""
    subject: UUID | None = await tx.fetchval(
        "SELECT subject FROM pairwise_subjects WHERE citizen_id = $1 AND sector = $2",
        citizen_id,
        sector,
    )
    return subject


async def insert_grant(tx: Transaction, grant: Grant) -> None:
    """Insert a grant whose code waits to be exchanged."""
    await tx.execute(
        """
        INSERT INTO grants (grant_id, citizen_id, client_id, login_id, scopes, redirect_uri,
                            code_challenge, nonce, code_hash, code_expires_at, family_hash,
                            secret_hash, rotated_at, expires_at, absolute_expires_at, opened_at,
                            authenticated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
        """,
        grant.session_id,
        grant.subject_id,
        grant.client_id,
        grant.login_id,
        grant.scopes,
        grant.redirect_uri,
        grant.code_challenge,
        grant.nonce,
        grant.code_hash,
        grant.code_expires_at,
        grant.family_hash,
        grant.secret_hash,
        grant.rotated_at,
        grant.expires_at,
        grant.absolute_expires_at,
        grant.opened_at,
        grant.authenticated_at,
    )


async def lock_grant_of_code(tx: Transaction, code_hash: bytes) -> Grant | None:
    """Read the grant of a code, and lock its row until the transaction ends."""
    row = await tx.fetchrow(
        """
        SELECT grant_id, citizen_id, client_id, login_id, scopes, redirect_uri, code_challenge,
               nonce, code_hash, code_expires_at, code_used_at, family_hash, secret_hash,
               previous_hash, successor_salt, rotated_at, expires_at, absolute_expires_at,
               opened_at, authenticated_at, ended_at
          FROM grants
         WHERE code_hash = $1
           FOR NO KEY UPDATE
        """,
        code_hash,
    )
    return _grant(row) if row else None


async def lock_grant_of_token(tx: Transaction, family_hash: bytes) -> Grant | None:
    """Read the grant of a refresh token, and lock its row until the transaction ends."""
    row = await tx.fetchrow(
        """
        SELECT grant_id, citizen_id, client_id, login_id, scopes, redirect_uri, code_challenge,
               nonce, code_hash, code_expires_at, code_used_at, family_hash, secret_hash,
               previous_hash, successor_salt, rotated_at, expires_at, absolute_expires_at,
               opened_at, authenticated_at, ended_at
          FROM grants
         WHERE family_hash = $1
           FOR NO KEY UPDATE
        """,
        family_hash,
    )
    return _grant(row) if row else None


async def read_grant(tx: Transaction, grant_id: UUID) -> Grant | None:
    """Read a grant; None if the id is unknown."""
    row = await tx.fetchrow(
        """
        SELECT grant_id, citizen_id, client_id, login_id, scopes, redirect_uri, code_challenge,
               nonce, code_hash, code_expires_at, code_used_at, family_hash, secret_hash,
               previous_hash, successor_salt, rotated_at, expires_at, absolute_expires_at,
               opened_at, authenticated_at, ended_at
          FROM grants
         WHERE grant_id = $1
        """,
        grant_id,
    )
    return _grant(row) if row else None


async def lock_grant(tx: Transaction, grant_id: UUID) -> Grant | None:
    """Read a grant, and lock its row until the transaction ends; None if the id is unknown."""
    row = await tx.fetchrow(
        """
        SELECT grant_id, citizen_id, client_id, login_id, scopes, redirect_uri, code_challenge,
               nonce, code_hash, code_expires_at, code_used_at, family_hash, secret_hash,
               previous_hash, successor_salt, rotated_at, expires_at, absolute_expires_at,
               opened_at, authenticated_at, ended_at
          FROM grants
         WHERE grant_id = $1
           FOR NO KEY UPDATE
        """,
        grant_id,
    )
    return _grant(row) if row else None


async def update_grant(tx: Transaction, grant: Grant) -> None:
    """Store a grant whose code was used, or whose tokens were renewed, or that has ended."""
    await tx.execute(
        """
        UPDATE grants
           SET code_used_at = $2, family_hash = $3, secret_hash = $4, previous_hash = $5,
               successor_salt = $6, rotated_at = $7, expires_at = $8, absolute_expires_at = $9,
               ended_at = $10
         WHERE grant_id = $1
        """,
        grant.session_id,
        grant.code_used_at,
        grant.family_hash,
        grant.secret_hash,
        grant.previous_hash,
        grant.successor_salt,
        grant.rotated_at,
        grant.expires_at,
        grant.absolute_expires_at,
        grant.ended_at,
    )


async def end_grants(tx: Transaction, citizen_id: UUID, client_id: str, at: datetime) -> None:
    """End a citizen's grants at a client."""
    await tx.execute(
        """
        UPDATE grants SET ended_at = $3
         WHERE citizen_id = $1 AND client_id = $2 AND ended_at IS NULL
        """,
        citizen_id,
        client_id,
        at,
    )


async def delete_all_of(tx: Transaction, citizen_id: UUID) -> int:
    """Delete a citizen's grants, consents and ids at other sites; return how many grants."""
    await tx.execute("DELETE FROM consents WHERE citizen_id = $1", citizen_id)
    await tx.execute("DELETE FROM pairwise_subjects WHERE citizen_id = $1", citizen_id)
    return await tx.execute("DELETE FROM grants WHERE citizen_id = $1", citizen_id)


async def delete_grants(tx: Transaction, *, before: datetime, limit: int) -> int:
    """Delete at most `limit` grants that expired before a time; return how many."""
    return await tx.execute(
        """
        DELETE FROM grants WHERE grant_id = ANY(ARRAY(
            SELECT grant_id FROM grants WHERE expires_at < $1
             ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED))
        """,
        before,
        limit,
    )


def _grant(row: Record) -> Grant:
    values = dict(row)
    return Grant(
        session_id=values.pop("grant_id"),
        subject_id=values.pop("citizen_id"),
        roles=("citizen",),
        scopes=tuple(values.pop("scopes")),
        **values,
    )
