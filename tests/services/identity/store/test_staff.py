from dataclasses import replace

from libs.database.transaction import Transaction
from libs.ids import new_id
from services.identity import store
from services.identity.domain.staff import Staff

KARIM = Staff(new_id(), "karim", "officer", "cabinet", "$argon2id$...")


async def test_an_account_is_kept_and_changed(tx: Transaction) -> None:
    """An account comes back as it was saved; a username is taken once."""
    assert await store.add_staff(tx, KARIM)
    assert not await store.add_staff(tx, replace(KARIM, staff_id=new_id()))
    assert await store.lock_staff(tx, "karim") == KARIM
    closed = replace(KARIM, active=False, password_hash="another")
    await store.save_staff(tx, closed)
    assert await store.lock_staff(tx, "karim") == closed
    assert await store.lock_staff(tx, "nobody") is None


async def test_the_audit_says_who_did_what_when(tx: Transaction) -> None:
    """Each row has its time by itself."""
    await store.add_audit(tx, actor="rahim", action="disable", subject="x")
    row = await tx.fetchrow("SELECT actor, action, subject, at IS NOT NULL AS timed FROM audit")
    assert row is not None
    assert tuple(row) == ("rahim", "disable", "x", True)
