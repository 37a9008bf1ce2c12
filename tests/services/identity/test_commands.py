import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from typer.testing import CliRunner

from tools.commands.root import make_app

PASSWORD = "correct horse battery"


async def test_the_commands_run_from_the_shell(
    dsn_for: Callable[[str], Awaitable[str]],
) -> None:
    """A command exits with 0; a refusal prints one line and exits with 1."""
    environment = {"IDENTITY_DSN": await dsn_for("identity")}

    async def run(*words: str) -> tuple[int, str]:
        invoke = partial(
            CliRunner().invoke, make_app(), ("admin", "identity", *words), env=environment
        )
        result = await asyncio.to_thread(invoke)
        return result.exit_code, result.output

    account = ("--username", "ops", "--by", "rahim")
    weak = await run("create-operator", *account, "--password", "short")
    assert weak == (1, "A password has 12 to 200 characters.\n")
    assert (await run("create-operator", *account, "--password", PASSWORD))[0] == 0
    officer = ("--username", "karim", "--by", "rahim", "--ministry", "cabinet")
    assert (await run("create-officer", *officer, "--password", PASSWORD))[0] == 0
    assert (await run("set-password", *account, "--password", PASSWORD[::-1]))[0] == 0
    assert (await run("disable", *account))[0] == 0
    assert (await run("rotate-keys", "--by", "rahim"))[0] == 0
