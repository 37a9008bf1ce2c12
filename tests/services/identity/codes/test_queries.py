from dataclasses import replace
from datetime import UTC, datetime, timedelta

from libs.database.transaction import Transaction
from libs.ids import new_id
from services.identity.citizens.rules import Citizen
from services.identity.citizens.use_cases import register_citizens
from services.identity.codes import queries
from services.identity.codes.rules import PLATFORM, Source, Usage
from tests.services.identity.running import PHONE

NOW = datetime(2026, 12, 16, 9, 0, tzinfo=UTC)


async def test_a_challenge_is_read_as_it_was_stored(tx: Transaction) -> None:
    """Hash, expiry, attempts and all request times are read back."""
    opened = await queries.open_challenges(tx, [PHONE], [new_id()])
    challenge, language = opened[PHONE]
    assert (challenge.attempts_left, challenge.requested_at, language) == (0, (), None)
    changed = replace(
        challenge,
        salt=b"salt",
        code_hash=b"hash",
        expires_at=NOW,
        attempts_left=5,
        requested_at=(NOW - timedelta(hours=1), NOW),
    )
    await queries.save_challenges(tx, [changed], delete_after=NOW)
    assert await queries.lock_challenges(tx, [PHONE, "+8801812345678"]) == {PHONE: changed}
    tried = replace(changed, attempts_left=4, wrong_at=(NOW, NOW + timedelta(seconds=1)))
    await queries.save_attempts(tx, [tried])
    assert await queries.lock_challenges(tx, [PHONE]) == {PHONE: tried}


async def test_a_known_phone_gets_its_citizen_and_language(tx: Transaction) -> None:
    """A new challenge of a known phone has its citizen's id and language."""
    citizen = Citizen(new_id(), PHONE, "en")
    await register_citizens(tx, [(citizen, None)], NOW)
    opened = await queries.open_challenges(tx, [PHONE], [new_id()])
    challenge, language = opened[PHONE]
    assert (challenge.citizen_id, language) == (citizen.citizen_id, "en")


async def test_usage_is_counted_by_source_and_hour(tx: Transaction) -> None:
    """Hours add up from the oldest one that is asked for; sources are counted separately."""
    one, other = Source("address", "203.0.113.7"), Source("network", "203.0.113.7")
    for hours in (0, 1, 2):
        hour = NOW + timedelta(hours=hours)
        await queries.lock_usage(tx, {one, other}, hour=hour, since=hour)
        await queries.lock_usage(tx, {one}, hour=hour, since=hour)
        await queries.add_usage(tx, {one: Usage(1, 2, 3, 4)}, hour=hour)
    since = NOW + timedelta(hours=1)
    usage = await queries.read_usage(tx, [one, other, PLATFORM], since=since)
    assert usage == {one: Usage(2, 4, 6, 8), other: Usage()}
    last = NOW + timedelta(hours=2)
    assert await queries.lock_usage(tx, [one, other], hour=last, since=since) == usage


async def test_old_challenges_are_deleted_oldest_first(tx: Transaction) -> None:
    """At most `limit` challenges are deleted, and only after their `delete_after`."""
    phones = [f"+88017123456{n:02d}" for n in range(4)]
    for n, phone in enumerate(phones):
        opened = await queries.open_challenges(tx, [phone], [new_id()])
        delete_after = datetime.now(UTC) + timedelta(days=n - 3, hours=1)
        await queries.save_challenges(tx, [opened[phone][0]], delete_after=delete_after)
    assert await queries.delete_challenges(tx, limit=2) == 2
    assert set(await queries.lock_challenges(tx, phones)) == set(phones[2:])
    assert await queries.delete_challenges(tx, limit=2) == 1
