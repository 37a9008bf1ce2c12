"""SQL of sessions."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from asyncpg import Record

from libs.contracts.offices import Post
from libs.database.rows import columns
from libs.database.transaction import Transaction
from services.identity.sessions.rules import Session


class SessionRow(NamedTuple):
    """A new session."""

    session_id: UUID
    subject_id: UUID
    roles: str
    family_hash: bytes
    secret_hash: bytes
    rotated_at: datetime
    expires_at: datetime
    absolute_expires_at: datetime
    opened_at: datetime
    authenticated_at: datetime
    ministry: str | None
    office_id: str | None
    area: str | None
    device: str | None
    browser: str | None
    district: str | None


async def insert_sessions(tx: Transaction, sessions: Sequence[Session]) -> None:
    """Insert new sessions."""
    await tx.execute(
        """
        INSERT INTO sessions (session_id, subject_id, roles, family_hash, secret_hash,
                              rotated_at, expires_at, absolute_expires_at, opened_at,
                              authenticated_at, ministry, office_id, area, device, browser,
                              district)
        SELECT session_id, subject_id, string_to_array(roles, ' '), family_hash, secret_hash,
               rotated_at, expires_at, absolute_expires_at, opened_at, authenticated_at, ministry,
               office_id, area, device, browser, district
          FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::bytea[], $5::bytea[],
                      $6::timestamptz[], $7::timestamptz[], $8::timestamptz[],
                      $9::timestamptz[], $10::timestamptz[], $11::text[], $12::text[],
                      $13::text[], $14::text[], $15::text[], $16::text[])
            AS new (session_id, subject_id, roles, family_hash, secret_hash, rotated_at,
                    expires_at, absolute_expires_at, opened_at, authenticated_at, ministry,
                    office_id, area, device, browser, district)
        """,
        *columns(
            SessionRow,
            [
                SessionRow(
                    session_id=session.session_id,
                    subject_id=session.subject_id,
                    roles=" ".join(session.roles),
                    family_hash=session.family_hash,
                    secret_hash=session.secret_hash,
                    rotated_at=session.rotated_at,
                    expires_at=session.expires_at,
                    absolute_expires_at=session.absolute_expires_at,
                    opened_at=session.opened_at,
                    authenticated_at=session.authenticated_at,
                    ministry=session.post.ministry if session.post else None,
                    office_id=session.post.office_id if session.post else None,
                    area=session.post.area if session.post else None,
                    device=session.device,
                    browser=session.browser,
                    district=session.district,
                )
                for session in sessions
            ],
        ),
    )


async def lock_sessions(tx: Transaction, family_hashes: Collection[bytes]) -> dict[bytes, Session]:
    """Read sessions by family hash, and lock their rows until the transaction ends."""
    rows = await tx.fetch(
        """
        SELECT session_id, subject_id, roles, family_hash, secret_hash, previous_hash,
               successor_salt, rotated_at, expires_at, absolute_expires_at, opened_at,
               authenticated_at, ended_at, ministry, office_id, area, device,
               browser, district
          FROM sessions
         WHERE family_hash = ANY($1)
         ORDER BY session_id
           FOR NO KEY UPDATE
        """,
        family_hashes,
    )
    return {row["family_hash"]: _session(row) for row in rows}


async def read_session(tx: Transaction, session_id: UUID) -> Session | None:
    """Read a session; None if the id is unknown."""
    row = await tx.fetchrow(
        """
        SELECT session_id, subject_id, roles, family_hash, secret_hash, previous_hash,
               successor_salt, rotated_at, expires_at, absolute_expires_at, opened_at,
               authenticated_at, ended_at, ministry, office_id, area, device,
               browser, district
          FROM sessions
         WHERE session_id = $1
        """,
        session_id,
    )
    return _session(row) if row else None


async def read_sessions_of(tx: Transaction, subject_id: UUID) -> list[Session]:
    """Read a person's sessions that were not ended, the newest first."""
    rows = await tx.fetch(
        """
        SELECT session_id, subject_id, roles, family_hash, secret_hash, previous_hash,
               successor_salt, rotated_at, expires_at, absolute_expires_at, opened_at,
               authenticated_at, ended_at, ministry, office_id, area, device,
               browser, district
          FROM sessions
         WHERE subject_id = $1 AND ended_at IS NULL
         ORDER BY opened_at DESC, session_id DESC
        """,
        subject_id,
    )
    return [_session(row) for row in rows]


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


async def end_sessions(
    tx: Transaction, subject_id: UUID, *, session_id: UUID | None = None
) -> list[UUID]:
    """End one session of a person, or all of them; return those that were not ended before."""
    rows = await tx.fetch(
        """
        UPDATE sessions SET ended_at = now()
         WHERE subject_id = $1 AND ($2::uuid IS NULL OR session_id = $2) AND ended_at IS NULL
        RETURNING session_id
        """,
        subject_id,
        session_id,
    )
    return [row["session_id"] for row in rows]


async def update_authentication(tx: Transaction, session_id: UUID, at: datetime) -> None:
    """Store that the person of a session proved again who it is."""
    await tx.execute(
        "UPDATE sessions SET authenticated_at = $2 WHERE session_id = $1", session_id, at
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


async def delete_sessions(tx: Transaction, subject_id: UUID) -> None:
    """Delete all sessions of a person."""
    await tx.execute("DELETE FROM sessions WHERE subject_id = $1", subject_id)


def _session(row: Record) -> Session:
    values = {**row, "roles": tuple(row["roles"])}
    ministry, office_id, area = (values.pop(name) for name in ("ministry", "office_id", "area"))
    return Session(**values, post=Post(ministry, office_id, area) if ministry else None)


async def read_devices_of(tx: Transaction, subject_id: UUID) -> set[str]:
    """Return the devices on which a person has logged in."""
    rows = await tx.fetch(
        "SELECT DISTINCT device FROM sessions WHERE subject_id = $1 AND device IS NOT NULL",
        subject_id,
    )
    return {row["device"] for row in rows}


async def count_people_on(tx: Transaction, devices: Collection[str], since: datetime) -> int:
    """Count the people who logged in on these devices since a time."""
    counted: int = await tx.fetchval(
        """
        SELECT count(DISTINCT subject_id) FROM sessions
         WHERE device = ANY($1::text[]) AND opened_at >= $2
        """,
        list(devices),
        since,
    )
    return counted
