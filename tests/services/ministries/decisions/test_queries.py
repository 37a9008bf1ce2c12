from libs.database.transaction import Transaction
from services.ministries.decisions import queries
from services.ministries.decisions.rules import Callback
from tests.services.ministries.scenes import HEALTH, LAND, decision


def callback(webhook_id: str, ministry: str = LAND) -> Callback:
    return Callback(ministry, webhook_id, decision(), None)


async def test_a_callback_is_recognised_by_ministry_and_id(tx: Transaction) -> None:
    """The same webhook-id from two ministries is two callbacks."""
    known = callback("msg_1")
    await queries.insert_callbacks(tx, [known, known])
    found = await queries.read_fingerprints(tx, [known, callback("msg_1", HEALTH), known])
    assert found == {(LAND, "msg_1"): known.fingerprint}


async def test_old_calls_are_deleted_in_batches(tx: Transaction) -> None:
    """A call deletes at most `limit` rows, and none younger than the age."""
    await queries.insert_callbacks(tx, [callback(f"msg_{n}") for n in range(3)])
    assert await queries.delete_old_calls(tx, older_than_days=90, limit=2) == 0
    await tx.execute("UPDATE webhook_calls SET received_at = now() - interval '91 days'")
    assert await queries.delete_old_calls(tx, older_than_days=90, limit=2) == 2
    assert await queries.delete_old_calls(tx, older_than_days=90, limit=2) == 1
