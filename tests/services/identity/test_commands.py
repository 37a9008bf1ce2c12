import asyncio
import re
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner

from libs.bangladesh.calendar import dhaka_date
from libs.clock import utc_now
from libs.database.pool import Database
from libs.ids import new_id
from services.identity.citizens.rules import Citizen
from services.identity.citizens.use_cases import register_citizens, register_without_phone
from services.identity.mandates.queries import save_without_phone
from tests.services.identity.openid.running import CALLBACK, key_set, new_key
from tests.services.identity.running import PHONE
from tools.commands.root import make_app

Run = Callable[..., Awaitable[tuple[int, str]]]


@pytest.fixture
async def run(dsn_for: Callable[[str], Awaitable[str]]) -> Run:
    """Runs a command of operators, and returns its exit status and what it printed."""
    environment = {"IDENTITY_DSN": await dsn_for("identity")}

    async def run(*words: str, typed: str = "") -> tuple[int, str]:
        invoke = partial(
            CliRunner().invoke,
            make_app(),
            ("admin", "identity", *words),
            env=environment,
            input=typed,
        )
        result = await asyncio.to_thread(invoke)
        return result.exit_code, result.output

    return run


async def test_the_commands_run_from_the_shell(run: Run) -> None:
    """A command exits with 0; a refusal prints one line and exits with 1."""
    account = ("--username", "ops", "--by", "rahim")
    status, printed = await run("create-staff", *account, "--role", "operator")
    assert status == 0
    assert re.fullmatch("[a-z0-9]{5}(-[a-z0-9]{5}){3}", printed.splitlines()[2])  # the password
    assert await run("create-staff", *account, "--role", "operator") == (
        1,
        "Choose another username.\n",
    )
    officer = ("--username", "karim", "--by", "rahim", "--role", "officer")
    assert (await run("create-staff", *officer, "--ministry", "cabinet"))[0] == 0
    assert (await run("create-staff", *officer[:-1], "uddokta"))[0] == 2
    status, again = await run("set-password", *account)
    assert status == 0
    assert again.splitlines()[1] != printed.splitlines()[2]
    assert (await run("disable", *account))[0] == 0
    status, printed = await run("reset-second-factors", *account)
    assert status == 0
    assert "otpauth://totp/" in printed
    assert await run("logins", "--username", "ops") == (0, "")
    assert (await run("end-sessions", str(new_id()), "--by", "rahim"))[0] == 0


async def test_roles_are_given_and_taken_from_the_shell(run: Run) -> None:
    """Any role but an uddokta's; the list says who gave each, and until when."""
    account = ("--username", "karim", "--by", "rahim")
    assert (await run("create-staff", *account, "--role", "programme"))[0] == 0
    officer = (*account, "--role", "officer", "--until", "2999-12-31")
    assert await run("give-role", *officer) == (
        1,
        "Give an officer a ministry or division of the list, and an operator none.\n",
    )
    assert (await run("give-role", *officer, "--ministry", "lgd"))[0] == 0
    assert (await run("give-role", *account, "--role", "operator"))[0] == 0
    assert (await run("take-role", *account, "--role", "programme"))[0] == 0
    status, printed = await run("roles", "--username", "karim")
    today = dhaka_date(utc_now())
    assert (status, printed.splitlines()) == (
        0,
        [f"officer until 2999-12-31, by rahim on {today}", f"operator, by rahim on {today}"],
    )
    refused = "Some roles are given by an operator's command only. An uddokta's account has no "
    status, printed = await run("give-role", *account, "--role", "uddokta")
    assert (status, printed) == (1, f"{refused}other role.\n")


async def test_officers_have_offices_from_the_shell(run: Run) -> None:
    """An office is put, officers are created there and go elsewhere; lists say who is where."""
    office = ("--name-bn", "ইউনিয়ন", "--name-en", "Union", "--kind", "union", "--by", "rahim")
    officer = ("officers", "create", "karim", "--office", "union-U2393", "--by", "rahim")
    assert await run(*officer) == (1, "Check the id of the office.\n")
    put = ("--ministry", "lgd", "--area", "U2393")
    assert (await run("offices", "put", "union-U2393", *office, *put))[0] == 0
    assert (await run("offices", "put", "union-U1", *office, "--ministry", "lgd"))[0] == 0
    status, printed = await run(*officer)
    assert status == 0
    assert "otpauth://totp/" in printed
    place = ("officers", "place", "karim", "--office", "union-U1", "--by", "rahim")
    assert await run(*place) == (0, "karim works at union-U1\n")
    assert await run("officers", "list") == (0, "karim active: union-U1, lgd\n")
    assert "union-U2393 running: Union, lgd, U2393" in (await run("offices", "list"))[1]


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


async def test_an_account_is_erased_from_the_shell(run: Run, database: Database) -> None:
    """By the id or by the number, which is asked for; who and why is in the audit log."""
    citizen = Citizen(new_id(), PHONE, "bn")
    async with database.transaction() as tx:
        await register_citizens(tx, [(citizen, None)], utc_now())
    why = ("--by", "rahim", "--reason", "letter 12")
    status, printed = await run("erase", *why, typed="01712345678\n")
    assert status == 0
    assert f"{citizen.citizen_id} will be erased at " in printed
    assert (await run("erase", *why, typed="01812345678\n"))[0] == 1
    assert (await run("erase", *why, "--citizen", str(new_id())))[0] == 1
    assert await run("erasures") == (0, "")


async def test_an_account_without_a_phone_is_erased_by_the_number_of_its_papers(
    run: Run, database: Database
) -> None:
    """In any spelling; she cannot log in, and so cannot ask for it herself."""
    citizen = Citizen(new_id(), None, "bn", nid="1234567890")
    async with database.transaction() as tx:
        await register_without_phone(tx, citizen, utc_now())
        await save_without_phone(tx, "1234567890", citizen.citizen_id)
    why = ("--by", "rahim", "--reason", "letter 12")
    assert (await run("erase", *why, typed="1234567891\n"))[0] == 1
    status, printed = await run("erase", *why, typed="১২৩ ৪৫৬-৭৮৯০\n")
    assert status == 0
    assert f"{citizen.citizen_id} will be erased at " in printed


async def test_an_account_is_given_back_from_the_shell(run: Run) -> None:
    """The numbers are asked for, so that no log of commands has them."""
    typed = "01712345678\n01812345678\n\n"
    status, printed = await run("claim-account", "--by", "rahim", "--proof", "card", typed=typed)
    assert status == 1
    assert printed.endswith("Check both.\n")


async def test_clients_are_kept_from_the_shell(run: Run, tmp_path: Path) -> None:
    """A client is made once, listed, gets new keys, and is disabled once."""
    keys = tmp_path / "keys.json"
    keys.write_text(key_set(new_key("old")))
    new = ("--name-bn", "ভূমি", "--name-en", "Land records", "--keys", str(keys), "--by", "rahim")
    create = ("clients", "create", "land", *new, "--scope", "phone", "--redirect-uri")
    refused = await run(*create, "http://land.example/")
    assert refused[0] == 1
    assert "begins with https" in refused[1]
    assert await run(*create, CALLBACK) == (0, "client land created, sector land.example\n")
    assert (await run(*create, CALLBACK))[0] == 1
    keys.write_text(key_set(new_key("new")))
    change = ("--keys", str(keys), "--by", "rahim")
    assert (await run("clients", "set-keys", "land", *change))[0] == 0
    assert (await run("clients", "set-keys", "nobody", *change))[0] == 1
    listed = (await run("clients", "list"))[1]
    assert "land enabled since" in listed
    assert "scopes openid phone" in listed
    assert "keys new" in listed
    assert (await run("clients", "disable", "land", "--by", "rahim"))[0] == 0
    assert (await run("clients", "disable", "land", "--by", "rahim"))[0] == 1
    assert "land disabled" in (await run("clients", "list"))[1]
