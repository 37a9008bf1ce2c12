import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

import pytest
from argon2 import PasswordHasher
from typer.testing import CliRunner

from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.ids import new_id
from services.identity import store
from services.identity.commands import (
    change_password,
    create_staff,
    disable_staff,
    make_app,
    rotate_signing_keys,
)
from services.identity.domain.sessions import RefreshToken, SessionRules, begin
from services.identity.settings import Settings
from tests.services.identity.running import Clock

PASSWORD = "correct horse battery"
MINISTRY = "cabinet"


async def audited(tx: Transaction) -> list[tuple[str, str, str]]:
    rows = await tx.fetch("SELECT actor, action, subject FROM audit ORDER BY audit_id")
    return [(row["actor"], row["action"], row["subject"]) for row in rows]


async def test_an_officer_is_made_with_a_hashed_password_and_an_audit_row(
    tx: Transaction,
) -> None:
    """Who made whom is written down, the password is not."""
    made = await create_staff(tx, "karim", "officer", MINISTRY, PASSWORD, by="rahim")
    kept = await store.lock_staff(tx, "karim")
    assert kept == made
    assert kept is not None
    assert kept.password_hash.startswith("$argon2id$")
    assert PasswordHasher().verify(kept.password_hash, PASSWORD)
    assert await audited(tx) == [("rahim", "create officer", str(made.staff_id))]


async def test_a_viewer_is_a_role_of_its_own(tx: Transaction) -> None:
    """Who may look at dead letters in full is neither officer nor operator."""
    made = await create_staff(tx, "nadia", "dead_letter_viewer", None, PASSWORD, by="rahim")
    assert await store.lock_staff(tx, "nadia") == made
    assert await audited(tx) == [("rahim", "create dead_letter_viewer", str(made.staff_id))]


async def test_a_username_is_given_once(tx: Transaction) -> None:
    """A second account of the same name is refused, and the first stays as it is."""
    first = await create_staff(tx, "karim", "operator", None, PASSWORD, by="rahim")
    with pytest.raises(Refused, match="staff_username_taken"):
        await create_staff(tx, "karim", "officer", MINISTRY, PASSWORD, by="rahim")
    assert await store.lock_staff(tx, "karim") == first


async def test_a_new_password_and_a_closed_account_end_the_sessions(tx: Transaction) -> None:
    """Whoever holds the old password, or has left, is out."""
    staff = await create_staff(tx, "karim", "operator", None, PASSWORD, by="rahim")
    for n, end in enumerate([change_password, None]):
        token = RefreshToken(bytes([n]) * 16, b"s" * 32)
        rules = SessionRules(idle_s=3600, most_s=7200, grace_s=60)
        session = begin(new_id(), staff.staff_id, ("operator",), token, rules, Clock()())
        await store.add_sessions(tx, [session])
        if end is not None:
            await end(tx, "karim", "another long password", by="rahim")
        else:
            await disable_staff(tx, "karim", by="rahim")
        kept = await store.lock_sessions(tx, [token.family_hash])
        assert kept[token.family_hash].ended_at is not None
    closed = await store.lock_staff(tx, "karim")
    assert closed is not None
    assert not closed.active
    assert [action for _, action, _ in await audited(tx)][1:] == ["set password", "disable"]


async def test_nobody_unknown_is_changed(tx: Transaction) -> None:
    """A mistyped username is said to be unknown."""
    with pytest.raises(Refused, match="staff_unknown"):
        await disable_staff(tx, "nobody", by="rahim")


async def test_a_rotation_is_audited(tx: Transaction) -> None:
    """Who rotated the keys is written down with the key."""
    key = await rotate_signing_keys(tx, Settings(), by="rahim")
    assert await audited(tx) == [("rahim", "rotate keys", key.kid)]


async def test_the_commands_work_from_the_shell(
    dsn_for: Callable[[str], Awaitable[str]],
) -> None:
    """A command says what it did; a refusal is one plain line and a failing exit status."""
    environment = {"IDENTITY_DSN": await dsn_for("identity")}

    async def run(*words: str) -> tuple[int, str]:
        invoke = partial(CliRunner().invoke, make_app(), words, env=environment)
        done = await asyncio.to_thread(invoke)
        return done.exit_code, done.output

    account = ("--username", "ops", "--by", "rahim")
    weak = await run("create-operator", *account, "--password", "short")
    assert weak == (1, "A password has 12 to 200 characters.\n")
    assert (await run("create-operator", *account, "--password", PASSWORD))[0] == 0
    officer = ("--username", "karim", "--by", "rahim", "--ministry", MINISTRY)
    assert (await run("create-officer", *officer, "--password", PASSWORD))[0] == 0
    assert (await run("set-password", *account, "--password", PASSWORD[::-1]))[0] == 0
    assert (await run("disable", *account))[0] == 0
    assert (await run("rotate-keys", "--by", "rahim"))[0] == 0
