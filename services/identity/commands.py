"""Commands of identity's operators: accounts of officers and operators, and signing keys.

Each writes down who did it: `--by` names the person, since a shell account is often shared.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, TypeVar

import typer
from argon2 import PasswordHasher

from libs.bangladesh.bodies import bodies_by_id
from libs.contracts.problems import PROBLEMS
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.ids import new_id
from services.identity import store
from services.identity.domain.signing import KeyRules, StoredKey
from services.identity.domain.staff import Staff, StaffRole, check_account, check_password
from services.identity.keys import Wrapping, add_next_key, derive_key
from services.identity.settings import Settings

Done = TypeVar("Done")
By = Annotated[str, typer.Option("--by", help="Who does this; kept in the audit.", min=1)]
Username = Annotated[str, typer.Option(help="3 to 40 small letters, digits, dots, hyphens.")]
Password = Annotated[
    str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True, help="12 or more.")
]


def make_app() -> typer.Typer:
    """Put the commands under one name."""
    app = typer.Typer(help="Officers, operators and signing keys.", no_args_is_help=True)
    accounts = (create_officer, create_operator, create_viewer, set_password, disable)
    for command in (*accounts, rotate_keys):
        app.command()(command)
    return app


def create_officer(
    username: Username,
    by: By,
    ministry: Annotated[str, typer.Option(help="Id of the ministry or division.")],
    password: Password,
) -> None:
    """Make an account for an officer of a ministry."""
    _run(lambda tx: create_staff(tx, username, "officer", ministry, password, by=by))
    typer.echo(f"officer {username} may log in")


def create_operator(username: Username, by: By, password: Password) -> None:
    """Make an account for an operator of the platform."""
    _run(lambda tx: create_staff(tx, username, "operator", None, password, by=by))
    typer.echo(f"operator {username} may log in")


def create_viewer(username: Username, by: By, password: Password) -> None:
    """Make an account for who may look at dead letters in full; each look is journalled."""
    _run(lambda tx: create_staff(tx, username, "dead_letter_viewer", None, password, by=by))
    typer.echo(f"viewer {username} may log in")


def set_password(username: Username, by: By, password: Password) -> None:
    """Give an account a new password, and end its sessions."""
    _run(lambda tx: change_password(tx, username, password, by=by))
    typer.echo(f"{username} has a new password")


def disable(username: Username, by: By) -> None:
    """Close an account and end its sessions; its tokens run out within their 15 minutes."""
    _run(lambda tx: disable_staff(tx, username, by=by))
    typer.echo(f"{username} can no longer log in")


def rotate_keys(by: By) -> None:
    """Add a signing key; it takes over when every service has had time to fetch it."""
    settings = Settings()
    key = _run(lambda tx: rotate_signing_keys(tx, settings, by=by))
    typer.echo(f"key {key.kid} signs from {key.signs_from.isoformat(timespec='seconds')}")


async def create_staff(
    tx: Transaction,
    username: str,
    role: StaffRole,
    ministry: str | None,
    password: str,
    *,
    by: str,
) -> Staff:
    """Add an account.

    Raises:
        Refused: the account or the password will not do, or the username is taken.
    """
    check_account(username, role, ministry, bodies_by_id())
    check_password(password)
    staff = Staff(new_id(), username, role, ministry, PasswordHasher().hash(password))
    if not await store.add_staff(tx, staff):
        raise Refused("staff_username_taken")
    await store.add_audit(tx, actor=by, action=f"create {role}", subject=str(staff.staff_id))
    return staff


async def change_password(tx: Transaction, username: str, password: str, *, by: str) -> None:
    """Replace a password; whoever was logged in with the old one no longer is."""
    check_password(password)
    staff = await _known(tx, username)
    password_hash = PasswordHasher().hash(password)
    await store.save_staff(tx, replace(staff, password_hash=password_hash))
    await store.end_sessions(tx, staff.staff_id)
    await store.add_audit(tx, actor=by, action="set password", subject=str(staff.staff_id))


async def disable_staff(tx: Transaction, username: str, *, by: str) -> None:
    """Close an account; repeating is harmless."""
    staff = await _known(tx, username)
    await store.save_staff(tx, replace(staff, active=False))
    await store.end_sessions(tx, staff.staff_id)
    await store.add_audit(tx, actor=by, action="disable", subject=str(staff.staff_id))


async def rotate_signing_keys(tx: Transaction, settings: Settings, *, by: str) -> StoredKey:
    """Add a signing key that takes over after the lead time."""
    wrapping = Wrapping(derive_key(settings.key_secret.get_secret_value(), "wrapping"))
    rules = KeyRules(lead_s=settings.key_lead_s, token_life_s=settings.access_token_s)
    key = await add_next_key(tx, wrapping, rules, datetime.now(UTC))
    await store.add_audit(tx, actor=by, action="rotate keys", subject=key.kid)
    return key


async def _known(tx: Transaction, username: str) -> Staff:
    staff = await store.lock_staff(tx, username)
    if staff is None:
        raise Refused("staff_unknown")
    return staff


def _run(work: Callable[[Transaction], Awaitable[Done]]) -> Done:
    try:
        return asyncio.run(_in_transaction(work))
    except Refused as refusal:
        typer.echo(PROBLEMS[refusal.code].detail.en, err=True)
        raise typer.Exit(1) from None


async def _in_transaction(work: Callable[[Transaction], Awaitable[Done]]) -> Done:
    database = Database(Settings().dsn, connections=1)
    try:
        async with database.transaction() as tx:
            return await work(tx)
    finally:
        await database.close()
