"""SQL of one-time codes: challenges, and how many codes an address requested."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from libs.contracts.language import Language
from libs.database.transaction import Transaction
from services.identity.codes.rules import Challenge


async def open_challenges(
    tx: Transaction, phones: Sequence[str], reserved_ids: Sequence[UUID]
) -> dict[str, tuple[Challenge, Language | None]]:
    """Create missing challenges, lock all, and return them by phone with the citizens' languages.

    The same statement reads citizens, to save a round trip per code request.

    Args:
        tx: the open transaction.
        phones: distinct phones.
        reserved_ids: for each phone, the citizen_id to reserve if the phone is unknown.
    """
    rows = await tx.fetch(
        """
        INSERT INTO challenges AS challenge (phone, citizen_id)
        SELECT requested.phone, coalesce(citizen.citizen_id, requested.citizen_id)
          FROM unnest($1::text[], $2::uuid[]) AS requested (phone, citizen_id)
          LEFT JOIN citizens AS citizen USING (phone)
         ORDER BY requested.phone
            ON CONFLICT (phone) DO UPDATE SET attempts_left = challenge.attempts_left
        RETURNING phone, citizen_id, salt, code_hash, expires_at, attempts_left, requested_at,
                  (SELECT language FROM citizens WHERE citizens.phone = challenge.phone) AS language
        """,
        phones,
        reserved_ids,
    )
    return {row["phone"]: (_challenge(row), row["language"]) for row in rows}


async def lock_challenges(tx: Transaction, phones: Collection[str]) -> dict[str, Challenge]:
    """Read challenges by phone, and lock their rows until the transaction ends."""
    rows = await tx.fetch(
        """
        SELECT phone, citizen_id, salt, code_hash, expires_at, attempts_left, requested_at
          FROM challenges
         WHERE phone = ANY($1)
         ORDER BY phone
           FOR UPDATE
        """,
        phones,
    )
    return {row["phone"]: _challenge(row) for row in rows}


async def save_challenges(
    tx: Transaction, challenges: Sequence[Challenge], *, delete_after: datetime
) -> None:
    """Store changed challenges and the time after which they may be deleted."""
    await tx.execute(
        """
        UPDATE challenges
           SET salt = new.salt, code_hash = new.code_hash, expires_at = new.expires_at,
               attempts_left = new.attempts_left,
               requested_at = new.requested_at::timestamptz[], delete_after = $7
          FROM unnest($1::text[], $2::bytea[], $3::bytea[], $4::timestamptz[], $5::bigint[],
                      $6::text[])
            AS new (phone, salt, code_hash, expires_at, attempts_left, requested_at)
         WHERE challenges.phone = new.phone
        """,
        [challenge.phone for challenge in challenges],
        [challenge.salt for challenge in challenges],
        [challenge.code_hash for challenge in challenges],
        [challenge.expires_at for challenge in challenges],
        [challenge.attempts_left for challenge in challenges],
        [_array_text(challenge.requested_at) for challenge in challenges],
        delete_after,
    )


async def save_attempts(tx: Transaction, challenges: Sequence[Challenge]) -> None:
    """Store how many attempts the challenges have left."""
    await tx.execute(
        """
        UPDATE challenges SET attempts_left = new.attempts_left
          FROM unnest($1::text[], $2::bigint[]) AS new (phone, attempts_left)
         WHERE challenges.phone = new.phone
        """,
        [challenge.phone for challenge in challenges],
        [challenge.attempts_left for challenge in challenges],
    )


async def count_addresses(
    tx: Transaction, addresses: Sequence[str], *, window_start: datetime
) -> dict[str, int]:
    """Add requests to the counts of their addresses in a window; return the counts."""
    rows = await tx.fetch(
        """
        INSERT INTO address_counts AS counted (address, window_start, requests)
        SELECT address, $2, count(*) FROM unnest($1::text[]) AS address
         GROUP BY address ORDER BY address
            ON CONFLICT (window_start, address) DO UPDATE
               SET requests = counted.requests + excluded.requests
        RETURNING address, requests
        """,
        addresses,
        window_start,
    )
    return {row["address"]: row["requests"] for row in rows}


async def delete_challenges(tx: Transaction, *, limit: int) -> int:
    """Delete at most `limit` challenges that no rate limit needs; return how many."""
    return await tx.execute(
        """
        DELETE FROM challenges WHERE phone = ANY(ARRAY(
            SELECT phone FROM challenges WHERE delete_after < now()
             ORDER BY delete_after LIMIT $1 FOR UPDATE SKIP LOCKED))
        """,
        limit,
    )


async def delete_address_counts(tx: Transaction, *, before: datetime, limit: int) -> int:
    """Delete at most `limit` counts of windows that began before `before`; return how many."""
    return await tx.execute(
        """
        DELETE FROM address_counts WHERE (window_start, address) IN (
            SELECT window_start, address FROM address_counts WHERE window_start < $1
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
        attempts_left=row["attempts_left"],
        requested_at=tuple(row["requested_at"]),
    )


def _array_text(moments: Sequence[datetime]) -> str:
    """Return an array in PostgreSQL's text form, since `unnest` flattens nested arrays."""
    return "{" + ",".join(moment.isoformat() for moment in moments) + "}"
