import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

import pytest
from typer.testing import CliRunner

from libs.ids import new_id
from tools.commands.root import make_app

Run = Callable[..., Awaitable[tuple[int, str]]]


@pytest.fixture
async def run(dsn_for: Callable[[str], Awaitable[str]]) -> Run:
    """Runs a command of operators, and returns its exit status and what it printed."""
    environment = {"IDENTITY_DSN": await dsn_for("identity")}

    async def run(*words: str) -> tuple[int, str]:
        invoke = partial(
            CliRunner().invoke, make_app(), ("admin", "identity", *words), env=environment
        )
        result = await asyncio.to_thread(invoke)
        return result.exit_code, result.output

    return run


async def test_the_commands_run_from_the_shell(run: Run) -> None:
    """A command exits with 0; a refusal prints one line and exits with 1."""
    account = ("--username", "ops", "--by", "rahim")
    status, printed = await run("create-operator", *account)
    assert status == 0
    assert len(printed.splitlines()[2]) == 20  # the initial password
    assert await run("create-operator", *account) == (1, "Choose another username.\n")
    officer = ("--username", "karim", "--by", "rahim", "--ministry", "cabinet")
    assert (await run("create-officer", *officer))[0] == 0
    status, again = await run("set-password", *account)
    assert status == 0
    assert again.splitlines()[1] != printed.splitlines()[2]
    assert (await run("disable", *account))[0] == 0
    status, printed = await run("reset-second-factors", *account)
    assert status == 0
    assert "otpauth://totp/" in printed
    assert await run("logins", "--username", "ops") == (0, "")
    assert (await run("end-sessions", str(new_id()), "--by", "rahim"))[0] == 0


async def test_keys_are_rotated_and_revoked_from_the_shell(run: Run) -> None:
    """A rotation ends before the next begins; a revoked key is gone, and another signs."""
    status, printed = await run("keys", "rotate", "--by", "rahim")
    assert status == 0
    kid = printed.split()[1]
    assert f"{kid} next from " in (await run("keys", "list"))[1]
    assert (await run("keys", "rotate", "--by", "rahim"))[0] == 1
    assert (await run("keys", "revoke", kid, "--by", "rahim"))[0] == 0
    assert (await run("keys", "revoke", kid, "--by", "rahim"))[0] == 1
    assert " signs from " in (await run("keys", "list"))[1]
