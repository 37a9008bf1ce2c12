import asyncio
from collections.abc import Awaitable, Callable

from typer.testing import CliRunner, Result

from libs.database.pool import Database
from tests.services.catalogue.scenes import announced
from tools.commands.root import make_app


async def test_the_commands_run_from_the_shell(
    dsn_for: Callable[[str], Awaitable[str]],
) -> None:
    """A command prints its result and traces its events; a refusal exits with 1."""
    dsn = await dsn_for("catalogue")
    database = Database(dsn, connections=1)

    async def run(*words: str) -> Result:
        runner = CliRunner(env={"CATALOGUE_DSN": dsn})
        return await asyncio.to_thread(
            lambda: runner.invoke(make_app(), ["admin", "catalogue", *words])
        )

    try:
        assert "81 public services announced" in (await run("load")).output
        assert "\n0 public services announced" in (await run("load")).output
        closed = await run("set-open", "S001", "--closed", "--by", "rahima")
        assert (closed.exit_code, closed.output.strip()) == (0, "S001 is closed")
        priced = await run("set-fee", "S002", "75", "--source", "gazette", "--by", "rahima")
        assert (priced.exit_code, priced.output.strip()) == (0, "S002: Tk 75, sourced, gazette")
        assert "81 public services announced" in (await run("publish-all")).output
        unknown = await run("set-open", "S999", "--closed", "--by", "rahima")
        assert unknown.exit_code == 1
        assert "no public service with this id" in unknown.output
        assert (await run("set-fee", "S001", "-5", "--by", "rahima")).exit_code != 0
        async with database.transaction() as tx:
            events = await announced(tx)
            traced = await tx.fetchval(
                "SELECT count(*) FROM outbox WHERE position('traceparent' in encode(headers,"
                " 'escape')) > 0"
            )
        assert len(events) == traced == 81 + 2 + 81
    finally:
        await database.close()


async def test_an_operator_sets_the_adapter_of_a_ministry(
    dsn_for: Callable[[str], Awaitable[str]],
) -> None:
    """The command prints what serves the ministry now; an unknown ministry exits with 1."""
    dsn = await dsn_for("catalogue")

    async def run(*words: str) -> Result:
        runner = CliRunner(env={"CATALOGUE_DSN": dsn})
        return await asyncio.to_thread(
            lambda: runner.invoke(make_app(), ["admin", "catalogue", *words])
        )

    await run("load")
    despite = ("--despite", "a trial with one office", "--by", "rahima")
    own = await run("set-adapter", "erd", "own", *despite)
    assert (own.exit_code, own.output.strip()) == (0, "erd: own, 0 public services announced")
    assert (await run("set-adapter", "nobody", "none-yet", "--by", "rahima")).exit_code == 1
    assert (await run("set-adapter", "erd", "ours", "--by", "rahima")).exit_code == 2
