"""Read signing keys, create the first one, rotate and revoke them, delete expired ones."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from libs.audit.queries import record_action
from libs.contracts.identity import SigningKeyRevoked
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.messaging.writing import outbox
from services.identity.signing_keys import queries
from services.identity.signing_keys.key_wrapping import KeyWrapping, generate_key
from services.identity.signing_keys.rules import (
    KeyPolicy,
    KeyStage,
    StoredKey,
    check_rotation,
    expired_keys,
    key_stages,
    signing_key,
)

log = structlog.get_logger()


async def read_keys(tx: Transaction, wrapping: KeyWrapping, at: datetime) -> Sequence[StoredKey]:
    """Read the signing keys; create one if none signs now, or this secret does not decrypt it.

    Replicas that start at the same time create only one key.
    """
    keys = await queries.read_keys(tx)
    if _can_sign(keys, wrapping, at):
        return keys
    await queries.lock_keys(tx)
    keys = await queries.read_keys(tx)
    if _can_sign(keys, wrapping, at):
        return keys
    key = generate_key(wrapping, at)
    await queries.insert_key(tx, key)
    log.info("signing key created", kid=key.kid)
    return [*keys, key]


async def rotate_keys(
    tx: Transaction, wrapping: KeyWrapping, policy: KeyPolicy, at: datetime, *, by: str
) -> StoredKey:
    """Add a key that signs after the lead time, and delete expired keys.

    The current key signs until then. It stays published until its last token has expired.

    Raises:
        Refused: the rotation before has not ended.
    """
    await queries.lock_keys(tx)
    keys = await queries.read_keys(tx)
    check_rotation(keys, at)
    key = generate_key(wrapping, at + timedelta(seconds=policy.lead_s))
    await queries.insert_key(tx, key)
    await queries.delete_keys(tx, [old.kid for old in expired_keys(keys, policy, at)])
    await record_action(tx, actor=by, action="rotate keys", subject=key.kid)
    return key


async def revoke_key(
    tx: Transaction, wrapping: KeyWrapping, kid: str, at: datetime, *, by: str
) -> StoredKey:
    """Shut out a stolen key and every session opened before now; return the key that signs now.

    Services refuse the key's tokens as soon as they read the event, and without it when they fetch
    the key set next. A thief of the key may have made a token for anybody, so everybody logs in
    again.

    Raises:
        Refused: there is no such key.
    """
    await queries.lock_keys(tx)
    if not await queries.delete_keys(tx, [kid]):
        raise Refused("signing_key_unknown")
    key = generate_key(wrapping, at)
    await queries.insert_key(tx, key)
    await queries.insert_revocation(tx, kid, at)
    await outbox.add(tx, [SigningKeyRevoked(revoked_id=kid)])
    await record_action(tx, actor=by, action="revoke key", subject=kid)
    return key


async def read_stages(tx: Transaction, policy: KeyPolicy, at: datetime) -> list[KeyStage]:
    """Return the published keys and their stages, oldest first."""
    return list(key_stages(await queries.read_keys(tx), policy, at))


async def last_revocation(tx: Transaction) -> datetime | None:
    """Return when a key was last revoked; sessions opened until then have ended."""
    return await queries.read_last_revocation(tx)


async def delete_expired_keys(tx: Transaction, policy: KeyPolicy, at: datetime) -> int:
    """Delete keys with which no valid token was signed; return how many."""
    expired = [key.kid for key in expired_keys(await queries.read_keys(tx), policy, at)]
    if expired:
        await queries.delete_keys(tx, expired)
        log.info("expired signing keys deleted", kids=expired)
    return len(expired)


def _can_sign(keys: Sequence[StoredKey], wrapping: KeyWrapping, at: datetime) -> bool:
    key = signing_key(keys, at)
    return key is not None and wrapping.unwrap(key.wrapped_private_key, key.kid) is not None
