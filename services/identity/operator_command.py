"""What every command of identity's operators shares: `--by`, and one transaction."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer

from libs.contracts.problems import PROBLEMS
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.errors import Refused
from services.identity.settings import Settings

Result = TypeVar("Result")
# A shell account is often shared, so the person is named.
By = Annotated[str, typer.Option("--by", help="Your name, for the audit log.", min=1)]


def run(use_case: Callable[[Transaction], Awaitable[Result]]) -> Result:
    """Run a use case in a transaction; print a refusal.

    Raises:
        Exit: the use case refused; with status 1.
    """
    try:
        return asyncio.run(_in_transaction(use_case))
    except Refused as refusal:
        typer.echo(PROBLEMS[refusal.code].detail.en, err=True)
        raise typer.Exit(1) from None


async def _in_transaction(use_case: Callable[[Transaction], Awaitable[Result]]) -> Result:
    database = Database(Settings().dsn, connections=1)
    try:
        async with database.transaction() as tx:
            return await use_case(tx)
    finally:
        await database.close()
