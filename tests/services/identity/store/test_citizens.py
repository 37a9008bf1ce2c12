from dataclasses import replace

from libs.database.transaction import Transaction
from libs.ids import new_id
from services.identity import store
from services.identity.domain.people import Citizen
from tests.services.identity.running import PHONE

RAHIMA = Citizen(new_id(), PHONE, "bn")


async def test_a_citizen_is_added_once(tx: Transaction) -> None:
    """A phone that is known adds nobody, whoever claims it."""
    assert await store.add_citizens(tx, [RAHIMA]) == {RAHIMA.citizen_id}
    assert await store.add_citizens(tx, [RAHIMA, Citizen(new_id(), PHONE, "en")]) == set()
    assert await store.read_citizen(tx, RAHIMA.citizen_id) == RAHIMA


async def test_a_change_is_kept(tx: Transaction) -> None:
    """Language and numbers come back as they were saved."""
    await store.add_citizens(tx, [RAHIMA])
    changed = replace(RAHIMA, language="en", nid="1234567890")
    await store.save_citizen(tx, changed)
    assert await store.lock_citizen(tx, RAHIMA.citizen_id) == changed


async def test_nobody_is_found_under_a_strange_id(tx: Transaction) -> None:
    """An unknown id is no defect."""
    assert await store.read_citizen(tx, new_id()) is None
    assert await store.lock_citizen(tx, new_id()) is None
