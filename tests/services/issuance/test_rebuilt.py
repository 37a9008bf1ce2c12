"""Issuance's database is lost, made anew, and rebuilt from what the topics still have."""

from contextlib import AsyncExitStack

from libs.database.migrate import migrate
from libs.database.pool import Database
from libs.ids import new_id
from tests.backups import run_program
from tests.ciphers import make_cipher
from tests.services.issuance.scenes import granted, in_place_of, issued, own_papers, revoked
from tests.waiting import PATIENCE_S
from tools.embedded.postgres import EmbeddedPostgres


async def test_papers_have_their_numbers_where_the_keys_of_the_database_were_kept(
    postgres: EmbeddedPostgres,
) -> None:
    """What was withdrawn is withdrawn again; without these keys each paper in a hand is unknown.

    The commands are those of `deploy/runbooks/database-loss.md`.
    """
    names = [f"issuance_{new_id().hex}" for _ in range(3)]
    before, rebuilt, without_keys = names
    first, second = granted(), granted()
    decisions = (first, second, granted(), in_place_of(first), revoked(second))
    states: dict[str, dict[str, str]] = {}
    async with AsyncExitStack() as opened:
        for name in names:
            dsn = await postgres.ensure_database(name, "only-for-tests")
            owner = postgres.owner_dsn(name)
            await migrate(owner, "issuance")
            if name == rebuilt:
                kept = await run_program(
                    "pg_dump", "-Fc", "-t", "data_keys", postgres.owner_dsn(before)
                )
                await run_program("pg_restore", "--data-only", "-d", owner, given=kept)
            database = Database(dsn, connections=1, cipher=make_cipher(), wait_s=PATIENCE_S)
            await database.open()
            opened.push_async_callback(database.close)
            await issued(database, *decisions)
            states[name] = {paper.number: paper.state for paper in await own_papers(database)}
    assert sorted(states[before].values()) == ["replaced", "valid", "valid", "withdrawn"]
    assert states[rebuilt] == states[before]
    assert not states[without_keys].keys() & states[before].keys()
