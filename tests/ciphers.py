"""Encryption in tests, with the master keys of one machine."""

from libs.clock import Clock
from libs.database.transaction import Transaction
from libs.encryption import Cipher, MasterKeys
from libs.messaging.writing import outbox
from libs.messaging.writing.outbox import OutboxRow
from libs.settings import ONE_MACHINE_MASTER_KEYS


def make_cipher(master_keys: str = ONE_MACHINE_MASTER_KEYS, clock: Clock | None = None) -> Cipher:
    """Make the cipher of a database."""
    return Cipher(MasterKeys.parse(master_keys), clock)


async def outbox_rows(tx: Transaction) -> list[OutboxRow]:
    """Read the outbox in order, decrypted."""
    rows = await tx.fetch(
        "SELECT outbox_id, topic, record_key, record_value, headers FROM outbox ORDER BY outbox_id"
    )
    return outbox.opened(tx, [OutboxRow(*row) for row in rows])[0]
