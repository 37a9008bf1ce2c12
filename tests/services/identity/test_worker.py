import asyncio
from datetime import UTC, datetime, timedelta

from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.ids import new_id
from services.identity import store
from services.identity.domain.sessions import RefreshToken, SessionRules, begin
from services.identity.domain.signing import KeyRules
from services.identity.keys import Wrapping, make_key
from services.identity.worker import Forgetting

DAY = timedelta(days=1)
RULES = SessionRules(idle_s=3600, most_s=7200, grace_s=60)


def forgetting(database: Database) -> Forgetting:
    key_rules = KeyRules(lead_s=900, token_life_s=900)
    return Forgetting(database, every_s=60, window_s=600, key_rules=key_rules)


async def left(tx: Transaction, table: str) -> int:
    return int(await tx.fetchval(f"SELECT count(*) FROM {table}"))  # noqa: S608


async def test_only_what_has_run_out_is_forgotten(database: Database) -> None:
    """A challenge that still counts for a limit, a live session and the keys in use stay."""
    now = datetime.now(UTC)
    async with database.transaction() as tx:
        for phone, forget_at in (("+8801712345678", now - DAY), ("+8801812345678", now + DAY)):
            opened = await store.open_challenges(tx, [phone], [new_id()])
            challenges = [challenge for challenge, _ in opened.values()]
            await store.save_challenges(tx, challenges, forget_at=forget_at)
        for at in (now, now - DAY):
            await store.count_addresses(tx, ["203.0.113.7"], window_start=at)
            token = RefreshToken(new_id().bytes, b"s" * 32)
            session = begin(new_id(), new_id(), ("citizen",), token, RULES, at)
            await store.add_sessions(tx, [session])
            await store.add_key(tx, make_key(Wrapping(b"k" * 32), at))
        await store.add_key(tx, make_key(Wrapping(b"k" * 32), now - 2 * DAY))
    await forgetting(database).clean(asyncio.Event())
    async with database.transaction() as tx:
        counts = [
            await left(tx, table)
            for table in ("challenges", "address_windows", "sessions", "signing_keys")
        ]
    assert counts == [1, 1, 1, 2]


async def test_a_backlog_is_forgotten_in_one_round(database: Database) -> None:
    """More rows than one transaction takes are deleted in several."""
    old = datetime.now(UTC) - DAY
    async with database.transaction() as tx:
        addresses = [f"10.0.{n // 250}.{n % 250}" for n in range(2_500)]
        await store.count_addresses(tx, addresses, window_start=old)
    await forgetting(database).clean(asyncio.Event())
    async with database.transaction() as tx:
        assert await left(tx, "address_windows") == 0


async def test_the_loop_survives_a_database_that_is_away() -> None:
    """Nobody waits for forgetting: without a database it says so and stays ready."""
    part = forgetting(Database("postgresql://nobody@127.0.0.1:1/none"))
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(part.run(stop))
        async with asyncio.timeout(5):
            while not part.health().detail:
                await asyncio.sleep(0.01)
        stop.set()
    assert part.health().ready
