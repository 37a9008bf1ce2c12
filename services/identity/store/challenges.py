"""SQL of one-time codes: challenges, and how often an address asked for codes."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from libs.contracts.language import Language
from libs.database.transaction import Transaction
from services.identity.domain.codes import Challenge


async def open_challenges(
    tx: Transaction, phones: Sequence[str], reserved: Sequence[UUID]
) -> dict[str, tuple[Challenge, Language | None]]:
    """Hold the challenge of each phone, made where there is none, with a known citizen's language.

    Args:
        tx: the open transaction.
        phones: each once.
        reserved: per phone, the citizen_id to keep for whoever holds it, if nobody does yet.
    """
    rows = await tx.fetch(
        """
        INSERT INTO challenges AS challenge (phone, citizen_id)
        SELECT asked.phone, coalesce(citizen.citizen_id, asked.citizen_id)
          FROM unnest($1::text[], $2::uuid[]) AS asked (phone, citizen_id)
          LEFT JOIN citizens AS citizen USING (phone)
         ORDER BY asked.phone
            ON CONFLICT (phone) DO UPDATE SET tries_left = challenge.tries_left
        RETURNING phone, citizen_id, salt, code_hash, expires_at, tries_left, asked_at,
                  (SELECT language FROM citizens WHERE citizens.phone = challenge.phone) AS language
        """,
        phones,
        reserved,
    )
    return {row["phone"]: (_challenge(row), row["language"]) for row in rows}


async def lock_challenges(tx: Transaction, phones: Collection[str]) -> dict[str, Challenge]:
    """Read challenges and hold their rows until the transaction ends."""
    rows = await tx.fetch(
        """
        SELECT phone, citizen_id, salt, code_hash, expires_at, tries_left, asked_at
          FROM challenges
         WHERE phone = ANY($1)
         ORDER BY phone
           FOR UPDATE
        """,
        phones,
    )
    return {row["phone"]: _challenge(row) for row in rows}


async def save_challenges(
    tx: Transaction, challenges: Sequence[Challenge], *, forget_at: datetime
) -> None:
    """Write challenges back; after `forget_at` nothing needs them any more."""
    await tx.execute(
        """
        UPDATE challenges
           SET salt = new.salt, code_hash = new.code_hash, expires_at = new.expires_at,
               tries_left = new.tries_left, asked_at = new.asked_at::timestamptz[], forget_at = $7
          FROM unnest($1::text[], $2::bytea[], $3::bytea[], $4::timestamptz[], $5::bigint[],
                      $6::text[])
            AS new (phone, salt, code_hash, expires_at, tries_left, asked_at)
         WHERE challenges.phone = new.phone
        """,
        [challenge.phone for challenge in challenges],
        [challenge.salt for challenge in challenges],
        [challenge.code_hash for challenge in challenges],
        [challenge.expires_at for challenge in challenges],
        [challenge.tries_left for challenge in challenges],
        [_array_text(challenge.asked_at) for challenge in challenges],
        forget_at,
    )


async def save_tries(tx: Transaction, challenges: Sequence[Challenge]) -> None:
    """Write back how many tries the challenges have left."""
    await tx.execute(
        """
        UPDATE challenges SET tries_left = new.tries_left
          FROM unnest($1::text[], $2::bigint[]) AS new (phone, tries_left)
         WHERE challenges.phone = new.phone
        """,
        [challenge.phone for challenge in challenges],
        [challenge.tries_left for challenge in challenges],
    )


async def count_addresses(
    tx: Transaction, addresses: Sequence[str], *, window_start: datetime
) -> dict[str, int]:
    """Add one per address given to its count in the window, and return the counts."""
    rows = await tx.fetch(
        """
        INSERT INTO address_windows AS counted (address, window_start, asked)
        SELECT address, $2, count(*) FROM unnest($1::text[]) AS address
         GROUP BY address ORDER BY address
            ON CONFLICT (window_start, address) DO UPDATE SET asked = counted.asked + excluded.asked
        RETURNING address, asked
        """,
        addresses,
        window_start,
    )
    return {row["address"]: row["asked"] for row in rows}


async def forget_challenges(tx: Transaction, *, limit: int) -> int:
    """Delete challenges that count for no limit any more; returns how many."""
    return await tx.execute(
        """
        DELETE FROM challenges WHERE phone = ANY(ARRAY(
            SELECT phone FROM challenges WHERE forget_at < now()
             ORDER BY forget_at LIMIT $1 FOR UPDATE SKIP LOCKED))
        """,
        limit,
    )


async def forget_address_windows(tx: Transaction, *, before: datetime, limit: int) -> int:
    """Delete the counts of windows that began before a moment; returns how many."""
    return await tx.execute(
        """
        DELETE FROM address_windows WHERE (window_start, address) IN (
            SELECT window_start, address FROM address_windows WHERE window_start < $1
             ORDER BY window_start LIMIT $2 FOR UPDATE SKIP LOCKED)
        """,
        before,
        limit,
    )


def _challenge(row: Record) -> Challenge:
    return Challenge(
        phone=row["phone"],
        citizen_id=row["citizen_id"],
        salt=row["salt"],
        code_hash=row["code_hash"],
        expires_at=row["expires_at"],
        tries_left=row["tries_left"],
        asked_at=tuple(row["asked_at"]),
    )


def _array_text(moments: Sequence[datetime]) -> str:
    """Write an array as PostgreSQL reads it: `unnest` would flatten lists of lists."""
    return "{" + ",".join(moment.isoformat() for moment in moments) + "}"
