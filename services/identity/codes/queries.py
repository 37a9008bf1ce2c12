"""SQL of one-time codes: challenges, and counts by source and hour."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from libs.contracts.language import Language
from libs.database.transaction import Transaction
from services.identity.codes.rules import Challenge, Exchange, Source, Usage


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
    by_index = {tx.cipher.index(phone): phone for phone in phones}
    rows = await tx.fetch(
        """
        INSERT INTO challenges AS challenge (phone_index, citizen_id)
        SELECT requested.phone_index, coalesce(citizen.citizen_id, requested.citizen_id)
          FROM unnest($1::bytea[], $2::uuid[]) AS requested (phone_index, citizen_id)
          LEFT JOIN citizens AS citizen USING (phone_index)
         ORDER BY requested.phone_index
            ON CONFLICT (phone_index) DO UPDATE SET attempts_left = challenge.attempts_left
        RETURNING phone_index, citizen_id, salt, code_hash, expires_at, attempts_left,
                  requested_at, wrong_at, repeat_hash, repeat_until, session_id,
                  (SELECT language FROM citizens
                    WHERE citizens.phone_index = challenge.phone_index) AS language
        """,
        list(by_index),
        reserved_ids,
    )
    challenges = [(_challenge(row, by_index), row["language"]) for row in rows]
    return {challenge.phone: (challenge, language) for challenge, language in challenges}


async def lock_challenges(tx: Transaction, phones: Collection[str]) -> dict[str, Challenge]:
    """Read challenges by phone, and lock their rows until the transaction ends."""
    by_index = {tx.cipher.index(phone): phone for phone in phones}
    rows = await tx.fetch(
        """
        SELECT phone_index, citizen_id, salt, code_hash, expires_at, attempts_left, requested_at,
               wrong_at, repeat_hash, repeat_until, session_id
          FROM challenges
         WHERE phone_index = ANY($1)
         ORDER BY phone_index
           FOR UPDATE
        """,
        list(by_index),
    )
    return {by_index[row["phone_index"]]: _challenge(row, by_index) for row in rows}


async def save_challenges(
    tx: Transaction, challenges: Sequence[Challenge], *, delete_after: datetime
) -> None:
    """Store challenges with new codes, and the time after which they may be deleted."""
    await tx.execute(
        """
        UPDATE challenges
           SET salt = new.salt, code_hash = new.code_hash, expires_at = new.expires_at,
               attempts_left = new.attempts_left,
               requested_at = new.requested_at::timestamptz[], delete_after = $7,
               repeat_hash = NULL, repeat_until = NULL, session_id = NULL
          FROM unnest($1::bytea[], $2::bytea[], $3::bytea[], $4::timestamptz[], $5::bigint[],
                      $6::text[])
            AS new (phone_index, salt, code_hash, expires_at, attempts_left, requested_at)
         WHERE challenges.phone_index = new.phone_index
        """,
        [tx.cipher.index(challenge.phone) for challenge in challenges],
        [challenge.salt for challenge in challenges],
        [challenge.code_hash for challenge in challenges],
        [challenge.expires_at for challenge in challenges],
        [challenge.attempts_left for challenge in challenges],
        [_array_text(challenge.requested_at) for challenge in challenges],
        delete_after,
    )


async def save_attempts(tx: Transaction, challenges: Sequence[Challenge]) -> None:
    """Store the attempts that challenges have left, the wrong codes, and the exchanges."""
    exchanges = [challenge.exchanged for challenge in challenges]
    await tx.execute(
        """
        UPDATE challenges
           SET attempts_left = new.attempts_left, wrong_at = new.wrong_at::timestamptz[],
               repeat_hash = new.repeat_hash, repeat_until = new.repeat_until,
               session_id = new.session_id
          FROM unnest($1::bytea[], $2::bigint[], $3::text[], $4::bytea[], $5::timestamptz[],
                      $6::uuid[])
            AS new (phone_index, attempts_left, wrong_at, repeat_hash, repeat_until, session_id)
         WHERE challenges.phone_index = new.phone_index
        """,
        [tx.cipher.index(challenge.phone) for challenge in challenges],
        [challenge.attempts_left for challenge in challenges],
        [_array_text(challenge.wrong_at) for challenge in challenges],
        [exchange and exchange.repeat_hash for exchange in exchanges],
        [exchange and exchange.repeat_until for exchange in exchanges],
        [exchange and exchange.session_id for exchange in exchanges],
    )


async def lock_usage(
    tx: Transaction, sources: Collection[Source], *, hour: datetime, since: datetime
) -> dict[Source, Usage]:
    """Create missing counts of an hour, lock all until the transaction ends; return the usage.

    The usage is that of the hours from `since` on. The counts of the hour are those after the wait
    for the lock; earlier hours are not counted any more.
    """
    rows = await tx.fetch(
        """
        INSERT INTO code_counts AS counted (scope, source, hour)
        SELECT scope, source, $3 FROM unnest($1::text[], $2::text[]) AS wanted (scope, source)
         ORDER BY scope, source
            ON CONFLICT (scope, source, hour) DO UPDATE SET sent = counted.sent
        RETURNING scope, source, sent, exchanged, wrong, to_accounts,
                  (SELECT ARRAY[sum(earlier.sent), sum(earlier.exchanged), sum(earlier.wrong),
                                sum(earlier.to_accounts)]::bigint[]
                     FROM code_counts AS earlier
                    WHERE earlier.scope = counted.scope AND earlier.source = counted.source
                      AND earlier.hour >= $4 AND earlier.hour < $3) AS earlier
        """,
        [source.scope for source in sources],
        [source.value for source in sources],
        hour,
        since,
    )
    return {
        Source(row["scope"], row["source"]): _usage(row)
        + Usage(*(count or 0 for count in row["earlier"]))
        for row in rows
    }


async def read_usage(
    tx: Transaction, sources: Collection[Source], *, since: datetime
) -> dict[Source, Usage]:
    """Read the usage of sources in the hours from `since` on."""
    rows = await tx.fetch(
        """
        SELECT counted.scope, counted.source, sum(sent)::bigint AS sent,
               sum(exchanged)::bigint AS exchanged, sum(wrong)::bigint AS wrong,
               sum(to_accounts)::bigint AS to_accounts
          FROM unnest($1::text[], $2::text[]) AS wanted (scope, source)
          JOIN code_counts AS counted
            ON counted.scope = wanted.scope AND counted.source = wanted.source
           AND counted.hour >= $3
         GROUP BY counted.scope, counted.source
        """,
        [source.scope for source in sources],
        [source.value for source in sources],
        since,
    )
    return {Source(row["scope"], row["source"]): _usage(row) for row in rows}


async def add_usage(tx: Transaction, added: Mapping[Source, Usage], *, hour: datetime) -> None:
    """Add to the counts of an hour, which `lock_counts` created."""
    await tx.execute(
        """
        UPDATE code_counts
           SET sent = code_counts.sent + added.sent,
               exchanged = code_counts.exchanged + added.exchanged,
               wrong = code_counts.wrong + added.wrong,
               to_accounts = code_counts.to_accounts + added.to_accounts
          FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[],
                      $6::bigint[])
            AS added (scope, source, sent, exchanged, wrong, to_accounts)
         WHERE code_counts.scope = added.scope AND code_counts.source = added.source
           AND code_counts.hour = $7
        """,
        [source.scope for source in added],
        [source.value for source in added],
        [usage.sent for usage in added.values()],
        [usage.exchanged for usage in added.values()],
        [usage.wrong for usage in added.values()],
        [usage.to_accounts for usage in added.values()],
        hour,
    )


async def delete_challenges(tx: Transaction, *, limit: int) -> int:
    """Delete at most `limit` challenges that no rate limit needs; return how many."""
    return await tx.execute(
        """
        DELETE FROM challenges WHERE phone_index = ANY(ARRAY(
            SELECT phone_index FROM challenges WHERE delete_after < now()
             ORDER BY delete_after LIMIT $1 FOR UPDATE SKIP LOCKED))
        """,
        limit,
    )


async def assign_phone(tx: Transaction, phone: str, citizen_id: UUID) -> None:
    """Set the account that the next code for a phone opens."""
    await tx.execute(
        "UPDATE challenges SET citizen_id = $2 WHERE phone_index = $1",
        tx.cipher.index(phone),
        citizen_id,
    )


async def delete_challenges_of(tx: Transaction, phones: Collection[str]) -> None:
    """Delete the challenges of phones."""
    await tx.execute(
        "DELETE FROM challenges WHERE phone_index = ANY($1)", list(map(tx.cipher.index, phones))
    )


async def delete_counts(tx: Transaction, *, before: datetime, limit: int) -> int:
    """Delete at most `limit` counts of hours before `before`; return how many."""
    return await tx.execute(
        """
        DELETE FROM code_counts WHERE (scope, source, hour) IN (
            SELECT scope, source, hour FROM code_counts WHERE hour < $1
             ORDER BY hour LIMIT $2 FOR UPDATE SKIP LOCKED)
        """,
        before,
        limit,
    )


def _usage(row: Record) -> Usage:
    return Usage(row["sent"], row["exchanged"], row["wrong"], row["to_accounts"])


def _challenge(row: Record, by_index: Mapping[bytes, str]) -> Challenge:
    return Challenge(
        phone=by_index[row["phone_index"]],
        citizen_id=row["citizen_id"],
        salt=row["salt"],
        code_hash=row["code_hash"],
        expires_at=row["expires_at"],
        attempts_left=row["attempts_left"],
        requested_at=tuple(row["requested_at"]),
        wrong_at=tuple(row["wrong_at"]),
        exchanged=_exchange(row),
    )


def _exchange(row: Record) -> Exchange | None:
    if row["repeat_hash"] is None:
        return None
    return Exchange(row["repeat_hash"], row["repeat_until"], row["session_id"])


def _array_text(moments: Sequence[datetime]) -> str:
    """Return an array in PostgreSQL's text form, since `unnest` flattens nested arrays."""
    return "{" + ",".join(moment.isoformat() for moment in moments) + "}"
