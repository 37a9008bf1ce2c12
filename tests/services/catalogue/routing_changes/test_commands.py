"""Commands on routing rules."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from typer.testing import CliRunner, Result

from libs.bangladesh.calendar import dhaka_date
from libs.clock import utc_now
from tools.commands.root import make_app


async def test_rules_are_shown_set_and_ended(dsn_for: Callable[[str], Awaitable[str]]) -> None:
    """With their versions, days and reasons; what is wrong with one is said."""
    runner = CliRunner(env={"CATALOGUE_DSN": await dsn_for("catalogue")})

    async def run(*words: str) -> Result:
        command = ["admin", "catalogue", *words]
        return await asyncio.to_thread(lambda: runner.invoke(make_app(), command))

    await run("load")
    assert "S020 passport version 1" in (await run("routing", "S020")).output
    day = (dhaka_date(utc_now()) + timedelta(days=1)).isoformat()
    why = ("--by", "rahima", "--reason", "gazette of May")
    office = (
        "--address", "present_address", "--office-kind", "passport_office",
        "--office-id", "agargaon", "--name-bn", "আগারগাঁও", "--name-en", "Agargaon", "--confirmed",
    )  # fmt: skip
    done = await run(
        "set-routing", "S020", "agargaon", "--from", day, "--area", "3026", *office, *why
    )
    assert (done.exit_code, "from " + day in done.output) == (0, True)
    shown = [(await run("routing", "S020", "--show", each)).output for each in ("now", "all")]
    assert ["gazette of May" in each for each in shown] == [False, True]
    assert [", confirmed, by rahima" in each for each in shown] == [False, True]
    assert "not confirmed, by reference" in shown[0]
    wrong = await run("set-routing", "S020", "b", "--from", day, "--area", "99", *office, *why)
    assert (wrong.exit_code, "area: no such code" in wrong.output) == (1, True)
    of_body = ("--match", "body", "--address", "present_address", "--adapter", "desk")
    names = ("--office-kind", "head_office", "--office-id", "b", "--name-bn", "ক", "--name-en", "A")
    by_body = await run(
        "set-routing", "S020", "b", "--from", day, *of_body, *names, "--not-confirmed", *why
    )
    assert "{body} stands in it" in by_body.output
    ended = await run("end-routing", "S020", "agargaon", "--from", day, *why)
    assert "version 2" in ended.output
    assert "ended" in ended.output
