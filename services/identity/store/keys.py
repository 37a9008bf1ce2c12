"""SQL of signing keys."""

from collections.abc import Collection

from libs.database.transaction import Transaction
from services.identity.domain.signing import StoredKey

_KEYS_LOCK = 7_262_411  # one number for "making or removing signing keys in this database"


async def hold_keys(tx: Transaction) -> None:
    """Let nobody else make or remove signing keys until the transaction ends."""
    await tx.execute("SELECT pg_advisory_xact_lock($1)", _KEYS_LOCK)


async def read_keys(tx: Transaction) -> list[StoredKey]:
    """Read all signing keys."""
    rows = await tx.fetch("SELECT kid, public_jwk, private_wrapped, signs_from FROM signing_keys")
    return [StoredKey(**row) for row in rows]


async def add_key(tx: Transaction, key: StoredKey) -> None:
    """Add a signing key."""
    await tx.execute(
        """
        INSERT INTO signing_keys (kid, public_jwk, private_wrapped, signs_from)
        VALUES ($1, $2, $3, $4)
        """,
        key.kid,
        key.public_jwk,
        key.private_wrapped,
        key.signs_from,
    )


async def remove_keys(tx: Transaction, kids: Collection[str]) -> None:
    """Remove signing keys that nobody needs any more."""
    await tx.execute("DELETE FROM signing_keys WHERE kid = ANY($1)", kids)
