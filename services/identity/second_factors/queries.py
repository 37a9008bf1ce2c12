"""SQL of authenticator apps, passkeys and answered challenges."""

from datetime import datetime
from uuid import UUID

from libs.database.transaction import Transaction
from services.identity.second_factors.passkeys import Passkey


async def put_totp_secret(tx: Transaction, staff_id: UUID, wrapped_secret: bytes) -> None:
    """Store the secret of a person's app, instead of the one before."""
    await tx.execute(
        """
        INSERT INTO totp_secrets (staff_id, wrapped_secret) VALUES ($1, $2)
            ON CONFLICT (staff_id) DO UPDATE
           SET wrapped_secret = excluded.wrapped_secret, last_step = 0
        """,
        staff_id,
        wrapped_secret,
    )


async def lock_totp_secret(tx: Transaction, staff_id: UUID) -> tuple[bytes, int] | None:
    """Read a person's wrapped secret and last step, and lock them until the transaction ends."""
    row = await tx.fetchrow(
        """
        SELECT wrapped_secret, last_step FROM totp_secrets
         WHERE staff_id = $1
           FOR NO KEY UPDATE
        """,
        staff_id,
    )
    return (row["wrapped_secret"], row["last_step"]) if row else None


async def update_last_step(tx: Transaction, staff_id: UUID, last_step: int) -> None:
    """Store the time step of the code that was used."""
    await tx.execute(
        "UPDATE totp_secrets SET last_step = $2 WHERE staff_id = $1", staff_id, last_step
    )


async def insert_passkey(tx: Transaction, passkey: Passkey, at: datetime) -> bool:
    """Insert a passkey; return whether its id was new."""
    inserted = await tx.execute(
        """
        INSERT INTO passkeys (passkey_id, staff_id, name, public_key, sign_count, added_at)
        VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT DO NOTHING
        """,
        passkey.passkey_id,
        passkey.staff_id,
        passkey.name,
        passkey.public_key,
        passkey.sign_count,
        at,
    )
    return inserted == 1


async def read_passkeys(tx: Transaction, staff_id: UUID) -> list[tuple[Passkey, datetime]]:
    """Read a person's passkeys and when each was added, the oldest first."""
    rows = await tx.fetch(
        """
        SELECT passkey_id, staff_id, name, public_key, sign_count, added_at FROM passkeys
         WHERE staff_id = $1
         ORDER BY added_at, passkey_id
        """,
        staff_id,
    )
    made: list[tuple[Passkey, datetime]] = []
    for row in rows:
        fields = dict(row)
        added_at = fields.pop("added_at")
        made.append((Passkey(**fields), added_at))
    return made


async def lock_passkey(tx: Transaction, passkey_id: bytes, staff_id: UUID) -> Passkey | None:
    """Read a passkey of a person, and lock its row until the transaction ends."""
    row = await tx.fetchrow(
        """
        SELECT passkey_id, staff_id, name, public_key, sign_count FROM passkeys
         WHERE passkey_id = $1 AND staff_id = $2
           FOR NO KEY UPDATE
        """,
        passkey_id,
        staff_id,
    )
    return Passkey(**row) if row else None


async def update_sign_count(tx: Transaction, passkey_id: bytes, sign_count: int) -> None:
    """Store how often a passkey was used."""
    await tx.execute(
        "UPDATE passkeys SET sign_count = $2 WHERE passkey_id = $1", passkey_id, sign_count
    )


async def delete_passkeys(tx: Transaction, staff_id: UUID, passkey_id: bytes | None = None) -> int:
    """Delete one passkey of a person, or all; return how many there were."""
    return await tx.execute(
        """
        DELETE FROM passkeys WHERE staff_id = $1 AND ($2::bytea IS NULL OR passkey_id = $2)
        """,
        staff_id,
        passkey_id,
    )


async def use_challenge(tx: Transaction, challenge: bytes, expires_at: datetime) -> bool:
    """Record that a challenge was answered; return whether it was the first time."""
    inserted = await tx.execute(
        """
        INSERT INTO used_challenges (challenge, expires_at) VALUES ($1, $2)
            ON CONFLICT DO NOTHING
        """,
        challenge,
        expires_at,
    )
    return inserted == 1


async def delete_expired_challenges(tx: Transaction, at: datetime, *, limit: int) -> int:
    """Delete at most `limit` challenges that expired before `at`; return how many."""
    return await tx.execute(
        """
        DELETE FROM used_challenges WHERE challenge = ANY(ARRAY(
            SELECT challenge FROM used_challenges WHERE expires_at < $1
             ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED))
        """,
        at,
        limit,
    )
