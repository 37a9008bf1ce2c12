"""Commands of the operators of ministries: what failed for good, and handing it over again."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import orjson
import typer

from libs.bangladesh.bodies import bodies_by_id
from libs.database.pool import Database
from libs.database.transaction import Transaction
from services.ministries import worker
from services.ministries.settings import Settings
from services.ministries.store import deliveries

Found = TypeVar("Found")
Ministry = Annotated[str, typer.Argument(help="Id of the ministry, ministry division or office.")]

_LISTED_AT_ONCE = 1000


def make_app() -> typer.Typer:
    """Put the commands under one name."""
    app = typer.Typer(help="Deliveries that failed for good.", no_args_is_help=True)
    app.command()(failed)
    app.command()(requeue)
    return app


def failed(ministry: Ministry) -> None:
    """Print the failed deliveries to a ministry, oldest first, one JSON object a line."""
    _check(ministry)
    found = asyncio.run(
        in_transaction(
            Settings(),
            lambda tx: deliveries.read_failed(tx, ministry, limit=_LISTED_AT_ONCE),
        )
    )
    for delivery in found:
        typer.echo(orjson.dumps(delivery, default=str).decode())


def requeue(ministry: Ministry) -> None:
    """Hand over again what failed for good; a running service begins within a second."""
    _check(ministry)
    count = asyncio.run(in_transaction(Settings(), lambda tx: worker.requeue(tx, ministry)))
    typer.echo(f"{count} deliveries are due again", err=True)


async def in_transaction(
    settings: Settings, work: Callable[[Transaction], Awaitable[Found]]
) -> Found:
    """Do work in one transaction on the service's database, and return what it found."""
    database = Database(settings.dsn, connections=1)
    try:
        async with database.transaction() as tx:
            return await work(tx)
    finally:
        await database.close()


def _check(ministry: str) -> None:
    if ministry not in bodies_by_id():
        raise typer.BadParameter(f"there is no ministry {ministry!r}")


if __name__ == "__main__":
    make_app()()
