import asyncio
from collections.abc import Awaitable, Callable

from typer.testing import CliRunner, Result

from tools.commands.root import make_app


async def test_an_operator_connects_stops_and_resumes(
    dsn_for: Callable[[str], Awaitable[str]],
) -> None:
    """The command prints what holds now; what is wrong is said, and changes nothing."""
    environment = {
        "MINISTRIES_DSN": await dsn_for("ministries"),
        "MINISTRIES_MINISTRY_SECRET": "x" * 32,
    }

    async def run(*words: str) -> Result:
        return await asyncio.to_thread(
            lambda: CliRunner(env=environment).invoke(make_app(), ["admin", "ministries", *words])
        )

    why = ("--by", "rahima", "--reason", "new system")
    connected = await run("connect", "erd", "soap", "https://erd.example", *why)
    assert connected.exit_code == 0, connected.output
    assert "erd 1: soap https://erd.example, called" in connected.output
    assert "erd 2: soap https://erd.example, stopped" in (await run("stop", "erd", *why)).output
    assert "erd 3: soap https://erd.example, called" in (await run("resume", "erd", *why)).output
    history = (await run("connections", "erd")).output.splitlines()
    assert [line.partition(":")[0] for line in history] == ["erd 3", "erd 2", "erd 1"]
    assert "erd 3" in (await run("connections")).output
    wrong = await run("connect", "erd", "soap", "ftp://erd.example", *why)
    assert wrong.exit_code == 1
    assert "address" in wrong.output
    assert (await run("connect", "nobody", "soap", "https://a.example", *why)).exit_code == 1
    assert (await run("stop", "erd", "--by", "rahima")).exit_code == 2
