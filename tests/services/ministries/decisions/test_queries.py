from libs.database.transaction import Transaction
from services.ministries.decisions import queries
from services.ministries.decisions.rules import WebhookCall
from tests.services.ministries.scenes import HEALTH, LAND


async def test_a_call_is_recognised_by_ministry_and_id(tx: Transaction) -> None:
    """The same webhook-id of another ministry is another call."""
    call = WebhookCall(LAND, "msg_1", b"fingerprint")
    await queries.insert_calls(tx, [call, call])
    known = await queries.read_calls(tx, [call, WebhookCall(HEALTH, "msg_1", b""), call])
    assert known == {(LAND, "msg_1"): b"fingerprint"}


async def test_old_calls_are_deleted_a_few_at_a_time(tx: Transaction) -> None:
    """Only what is older than the limit goes, and no more than asked for at once."""
    await queries.insert_calls(tx, [WebhookCall(LAND, f"msg_{n}", b"") for n in range(3)])
    assert await queries.delete_old_calls(tx, older_than_days=90, limit=2) == 0
    await tx.execute("UPDATE webhook_calls SET received_at = now() - interval '91 days'")
    assert await queries.delete_old_calls(tx, older_than_days=90, limit=2) == 2
    assert await queries.delete_old_calls(tx, older_than_days=90, limit=2) == 1
