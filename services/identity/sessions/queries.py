"""SQL of sessions."""

from collections.abc import Collection, Sequence
from uuid import UUID

from libs.database.transaction import Transaction
from services.identity.sessions.rules import Session


async def insert_sessions(tx: Transaction, sessions: Sequence[Session]) -> None:
    """Insert new sessions."""
    await tx.execute(
        """
        INSERT INTO sessions (session_id, subject_id, roles, family_hash, secret_hash,
                              rotated_at, expires_at, absolute_expires_at)
        SELECT session_id, subject_id, string_to_array(roles, ' '), family_hash, secret_hash,
               rotated_at, expires_at, absolute_expires_at
          FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::bytea[], $5::bytea[],
                      $6::timestamptz[], $7::timestamptz[], $8::timestamptz[])
            AS new (session_id, subject_id, roles, family_hash, secret_hash,
                    rotated_at, expires_at, absolute_expires_at)
        """,
        [session.session_id for session in sessions],
        [session.subject_id for session in sessions],
        [" ".join(session.roles) for session in sessions],
        [session.family_hash for session in sessions],
        [session.secret_hash for session in sessions],
        [session.rotated_at for session in sessions],
        [session.expires_at for session in sessions],
        [session.absolute_expires_at for session in sessions],
    )


async def lock_sessions(tx: Transaction, family_hashes: Collection[bytes]) -> dict[bytes, Session]:
    """Read sessions by family hash, and lock their rows until the transaction ends."""
    rows = await tx.fetch(
        """
        SELECT session_id, subject_id, roles, family_hash, secret_hash, previous_hash,
               successor_salt, rotated_at, expires_at, absolute_expires_at, ended_at
          FROM sessions
         WHERE family_hash = ANY($1)
         ORDER BY session_id
           FOR NO KEY UPDATE
        """,
        family_hashes,
    )
    return {row["family_hash"]: Session(**{**row, "roles": tuple(row["roles"])}) for row in rows}


async def save_sessions(tx: Transaction, sessions: Sequence[Session]) -> None:
    """Store sessions that were refreshed or ended."""
    await tx.execute(
        """
        UPDATE sessions
           SET secret_hash = new.secret_hash, previous_hash = new.previous_hash,
               successor_salt = new.successor_salt, rotated_at = new.rotated_at,
               expires_at = new.expires_at, ended_at = new.ended_at
          FROM unnest($1::uuid[], $2::bytea[], $3::bytea[], $4::bytea[],
                      $5::timestamptz[], $6::timestamptz[], $7::timestamptz[])
            AS new (session_id, secret_hash, previous_hash, successor_salt,
                    rotated_at, expires_at, ended_at)
         WHERE sessions.session_id = new.session_id
        """,
        [session.session_id for session in sessions],
        [session.secret_hash for session in sessions],
        [session.previous_hash for session in sessions],
        [session.successor_salt for session in sessions],
        [session.rotated_at for session in sessions],
        [session.expires_at for session in sessions],
        [session.ended_at for session in sessions],
    )


async def end_sessions(tx: Transaction, subject_id: UUID, *, session_id: UUID | None = None) -> int:
    """End one session of a person, or all of them; return how many were open."""
    return await tx.execute(
        """
        UPDATE sessions SET ended_at = now()
         WHERE subject_id = $1 AND ($2::uuid IS NULL OR session_id = $2) AND ended_at IS NULL
        """,
        subject_id,
        session_id,
    )


async def delete_expired_sessions(tx: Transaction, *, limit: int) -> int:
    """Delete at most `limit` expired sessions; return how many."""
    return await tx.execute(
        """
        DELETE FROM sessions WHERE session_id = ANY(ARRAY(
            SELECT session_id FROM sessions WHERE expires_at < now()
             ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED))
        """,
        limit,
    )
