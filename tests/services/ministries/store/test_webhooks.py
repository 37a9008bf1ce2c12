from libs.database.transaction import Transaction
from services.ministries.store import webhooks
from services.ministries.store.webhooks import Call
from tests.services.ministries.scenes import HEALTH, LAND


async def test_a_call_is_recognised_by_ministry_and_id(tx: Transaction) -> None:
    """The same webhook-id of another ministry is another call."""
    call = Call(LAND, "msg_1", b"fingerprint")
    await webhooks.remember_calls(tx, [call, call])
    heard = await webhooks.calls_heard(tx, [call, Call(HEALTH, "msg_1", b""), call])
    assert heard == {(LAND, "msg_1"): b"fingerprint"}


async def test_old_calls_are_forgotten_a_few_at_a_time(tx: Transaction) -> None:
    """Only what is older than the limit goes, and no more than asked for at once."""
    await webhooks.remember_calls(tx, [Call(LAND, f"msg_{n}", b"") for n in range(3)])
    assert await webhooks.forget_calls(tx, older_than_days=90, limit=2) == 0
    await tx.execute("UPDATE webhooks SET heard_at = now() - interval '91 days'")
    assert await webhooks.forget_calls(tx, older_than_days=90, limit=2) == 2
    assert await webhooks.forget_calls(tx, older_than_days=90, limit=2) == 1
