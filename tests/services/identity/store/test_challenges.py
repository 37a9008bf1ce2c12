from dataclasses import replace
from datetime import UTC, datetime, timedelta

from libs.database.transaction import Transaction
from libs.ids import new_id
from services.identity import store
from services.identity.domain.people import Citizen
from tests.services.identity.running import PHONE

NOW = datetime(2026, 12, 16, 9, 0, tzinfo=UTC)


async def test_a_challenge_comes_back_as_it_was_saved(tx: Transaction) -> None:
    """Hash, time, tries and every moment of asking are kept."""
    opened = await store.open_challenges(tx, [PHONE], [new_id()])
    challenge, language = opened[PHONE]
    assert (challenge.tries_left, challenge.asked_at, language) == (0, (), None)
    changed = replace(
        challenge,
        salt=b"salt",
        code_hash=b"hash",
        expires_at=NOW,
        tries_left=5,
        asked_at=(NOW - timedelta(hours=1), NOW),
    )
    await store.save_challenges(tx, [changed], forget_at=NOW)
    assert await store.lock_challenges(tx, [PHONE, "+8801812345678"]) == {PHONE: changed}
    tried = replace(changed, tries_left=4)
    await store.save_tries(tx, [tried])
    assert await store.lock_challenges(tx, [PHONE]) == {PHONE: tried}


async def test_the_citizen_kept_for_a_phone_stays_the_same(tx: Transaction) -> None:
    """However often an unknown phone asks, it is promised to one citizen."""
    first = await store.open_challenges(tx, [PHONE], [new_id()])
    second = await store.open_challenges(tx, [PHONE], [new_id()])
    assert first[PHONE][0].citizen_id == second[PHONE][0].citizen_id


async def test_a_known_phone_gets_its_own_citizen_and_language(tx: Transaction) -> None:
    """After the challenge was forgotten, a known phone still leads to its citizen."""
    citizen = Citizen(new_id(), PHONE, "en")
    await store.add_citizens(tx, [citizen])
    opened = await store.open_challenges(tx, [PHONE], [new_id()])
    challenge, language = opened[PHONE]
    assert (challenge.citizen_id, language) == (citizen.citizen_id, "en")


async def test_an_address_is_counted_per_window(tx: Transaction) -> None:
    """Counts add up within a window and begin anew in the next."""
    later = NOW + timedelta(seconds=600)
    await store.count_addresses(tx, ["a", "b", "a"], window_start=NOW)
    assert await store.count_addresses(tx, ["a"], window_start=NOW) == {"a": 3}
    assert await store.count_addresses(tx, ["a"], window_start=later) == {"a": 1}


async def test_forgetting_takes_as_many_as_it_is_told(tx: Transaction) -> None:
    """Old challenges go oldest first, at most so many; those still needed stay."""
    phones = [f"+88017123456{n:02d}" for n in range(4)]
    for n, phone in enumerate(phones):
        opened = await store.open_challenges(tx, [phone], [new_id()])
        forget_at = datetime.now(UTC) + timedelta(days=n - 3, hours=1)
        await store.save_challenges(tx, [opened[phone][0]], forget_at=forget_at)
    assert await store.forget_challenges(tx, limit=2) == 2
    assert set(await store.lock_challenges(tx, phones)) == set(phones[2:])
    assert await store.forget_challenges(tx, limit=2) == 1
    await store.count_addresses(tx, ["a"], window_start=NOW)
    assert await store.forget_address_windows(tx, before=NOW, limit=2) == 0
    assert await store.forget_address_windows(tx, before=NOW + timedelta(1), limit=2) == 1
