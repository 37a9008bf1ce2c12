"""The ministries of the sandbox that are connected in another way than by JSON over HTTP."""

from typing import Final

from libs.database.pool import Database
from services.ministries.connections.rules import Change, Connection
from services.ministries.connections.use_cases import connect

BY_SOAP: Final = ("ssd", "mofa")


async def connect_sandbox(dsn: str, sandbox: str) -> None:
    """Set the connections of these ministries; a repeat changes nothing.

    Args:
        dsn: of the database of ministries.
        sandbox: base URL of the sandbox.

    Raises:
        Unavailable: the database does not answer.
    """
    database = Database(dsn, connections=1)
    try:
        async with database.transaction() as tx:
            for ministry in BY_SOAP:
                address = f"{sandbox}/ministries/{ministry}/soap"
                connection = Connection(adapter="soap", address=address)
                await connect(tx, ministry, connection, Change("supervisor", "a kind of its own"))
    finally:
        await database.close()
