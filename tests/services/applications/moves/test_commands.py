"""Commands on moves of open applications."""

import asyncio
from collections.abc import Awaitable, Callable

from typer.testing import CliRunner, Result

from libs.database.pool import Database
from services.applications.moves import use_cases
from services.applications.public_services.consumers import router
from tests.ciphers import make_cipher
from tests.consuming import consuming
from tests.services.applications.moves.scenes import Town, rule
from tests.services.applications.scenes import NOW, public_service, service_changed
from tools.commands.root import make_app


async def test_a_move_is_planned_started_and_shown(
    dsn_for: Callable[[str], Awaitable[str]],
) -> None:
    """The plan has the counts; a start with another number is refused."""
    dsn = await dsn_for("applications")
    database = Database(dsn, connections=2, cipher=make_cipher())
    town = Town(database)
    await town.submit()
    changed = service_changed("S001", routing=(rule("office-a", 1),))
    async with database.transaction() as tx, consuming(router, tx) as consume:
        await consume(changed)
    runner = CliRunner(env={"APPLICATIONS_DSN": dsn})

    async def run(*words: str) -> Result:
        command = ["admin", "applications", *words]
        return await asyncio.to_thread(lambda: runner.invoke(make_app(), command))

    planned = await run("plan-move", "S001", "--by", "rahima", "--reason", "zones")
    assert planned.exit_code == 0, planned.output
    first, change, total = planned.output.splitlines()[:3]
    assert change.strip() == "1: lgd (no office) -> lgd office-a"
    assert total.strip() == "would move: 1"
    move_id = first.split()[0]
    assert (await run("start-move", move_id, "--expected", "2", "--by", "karim")).exit_code == 1
    started = await run("start-move", move_id, "--expected", "1", "--by", "karim")
    assert "moving" in started.output
    assert "cancelled" in (await run("cancel-move", move_id)).output
    assert f"{move_id} S001 cancelled" in (await run("moves")).output
    await database.close()


async def test_a_plan_leaves_other_moves_alone(dsn_for: Callable[[str], Awaitable[str]]) -> None:
    """One that was planned before is the service's: the command would wait for it, or do it."""
    dsn = await dsn_for("applications")
    database = Database(dsn, connections=2, cipher=make_cipher())
    town = Town(database)
    town.services.put([public_service("S005")])
    async with database.transaction() as tx:
        other = await use_cases.plan(
            tx, town.services, "S005", on_day=None, reason="zones", by="karim", at=NOW
        )
    async with database.transaction() as tx, consuming(router, tx) as consume:
        await consume(service_changed("S001", routing=(rule("office-a", 1),)))
    runner = CliRunner(env={"APPLICATIONS_DSN": dsn})
    command = ["admin", "applications", "plan-move", "S001", "--by", "rahima", "--reason", "zones"]
    planned = await asyncio.to_thread(lambda: runner.invoke(make_app(), command))
    assert "S001 counted" in planned.output
    assert (await town.read(other.move_id)).state == "counting"
    await database.close()
