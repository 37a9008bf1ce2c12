"""SQL of signing keys."""

from collections.abc import Collection
from datetime import datetime

from libs.database.transaction import Transaction
from services.identity.signing_keys.rules import StoredKey

_KEYS_LOCK = 7_262_411  # the advisory lock of writers of signing keys


async def lock_keys(tx: Transaction) -> None:
    """Block other writers of signing keys until the transaction ends."""
    await tx.execute("SELECT pg_advisory_xact_lock($1)", _KEYS_LOCK)


async def read_keys(tx: Transaction) -> list[StoredKey]:
    """Read all signing keys."""
    rows = await tx.fetch(
        "SELECT kid, public_jwk, wrapped_private_key, signs_from FROM signing_keys"
    )
    return [StoredKey(**row) for row in rows]


async def insert_key(tx: Transaction, key: StoredKey) -> None:
    """Insert a signing key."""
    await tx.execute(
        """
        INSERT INTO signing_keys (kid, public_jwk, wrapped_private_key, signs_from)
        VALUES ($1, $2, $3, $4)
        """,
        key.kid,
        key.public_jwk,
        key.wrapped_private_key,
        key.signs_from,
    )


async def delete_keys(tx: Transaction, kids: Collection[str]) -> int:
    """Delete signing keys; return how many there were."""
    return await tx.execute("DELETE FROM signing_keys WHERE kid = ANY($1)", kids)


async def insert_revocation(tx: Transaction, kid: str, at: datetime) -> None:
    """Record that a key was revoked."""
    await tx.execute("INSERT INTO revoked_keys (kid, revoked_at) VALUES ($1, $2)", kid, at)


async def read_last_revocation(tx: Transaction) -> datetime | None:
    """Read when a key was last revoked."""
    at: datetime | None = await tx.fetchval("SELECT max(revoked_at) FROM revoked_keys")
    return at
