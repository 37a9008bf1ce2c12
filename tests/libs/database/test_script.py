"""Files of SQL on one connection."""

import pytest

from libs.database.script import Script
from libs.embedded.postgres import EmbeddedPostgres


async def test_what_a_file_makes_for_itself_lasts_for_the_next_one(
    postgres: EmbeddedPostgres,
) -> None:
    """Settings that are told, temporary tables, several statements in a file, and a VACUUM."""
    dsn = await postgres.ensure_database("script_test", "only-for-tests")
    async with Script(dsn, {"filling.many": "3"}) as script:
        await script.run(
            "CREATE TEMPORARY TABLE heard (many bigint); CREATE TABLE IF NOT EXISTS a (b bigint)"
        )
        await script.run("INSERT INTO heard VALUES (current_setting('filling.many')::bigint)")
        await script.run("VACUUM (ANALYZE) a")
        await script.run("DO $$ BEGIN ASSERT (SELECT many FROM heard) = 3; END $$")


async def test_outside_of_its_connection_nothing_runs() -> None:
    """A script that was not entered has no connection to run on."""
    with pytest.raises(RuntimeError, match="connection"):
        await Script("", {}).run("SELECT 1")
