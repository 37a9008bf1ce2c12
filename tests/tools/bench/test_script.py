"""Files of SQL on one connection."""

from tools.bench.script import script
from tools.embedded.postgres import EmbeddedPostgres


async def test_a_session_lasts_for_all_files(
    postgres: EmbeddedPostgres,
) -> None:
    """Settings that are told, temporary tables, several statements in a file, and a VACUUM."""
    await postgres.ensure_database("script_test", "only-for-tests")
    async with script(postgres.owner_dsn("script_test"), {"filling.many": "3"}) as run:
        await run(
            "CREATE TEMPORARY TABLE heard (many bigint); CREATE TABLE IF NOT EXISTS a (b bigint)"
        )
        await run("INSERT INTO heard VALUES (current_setting('filling.many')::bigint)")
        await run("VACUUM (ANALYZE) a")
        await run("DO $$ BEGIN ASSERT (SELECT many FROM heard) = 3; END $$")
