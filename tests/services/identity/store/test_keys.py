from datetime import UTC, datetime

from libs.database.transaction import Transaction
from services.identity import store
from services.identity.domain.signing import StoredKey

KEY = StoredKey("kid-1", '{"kty":"EC"}', b"wrapped", datetime(2026, 12, 16, tzinfo=UTC))


async def test_a_key_is_kept_until_it_is_removed(tx: Transaction) -> None:
    """Keys come back as they were added, and go when told."""
    await store.hold_keys(tx)
    await store.add_key(tx, KEY)
    assert await store.read_keys(tx) == [KEY]
    await store.remove_keys(tx, ["another"])
    assert await store.read_keys(tx) == [KEY]
    await store.remove_keys(tx, [KEY.kid])
    assert await store.read_keys(tx) == []
