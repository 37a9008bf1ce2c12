"""The ministries of the sandbox that are connected in another way than by JSON over HTTP."""

from collections.abc import Mapping
from typing import Final

from libs.bangladesh.bodies import bodies
from libs.database.pool import Database
from libs.database.transaction import Transaction
from sandbox.files.keys import client_key, host_key
from services.ministries.connections.rules import AdapterName, Change, Connection
from services.ministries.connections.use_cases import connect, read_current

BY_SOAP: Final = ("ssd", "mofa")

CREDENTIALS: Final = "sandbox"
"""Name of the key by which the sandbox's file server knows the platform."""

_KINDS: Final[tuple[AdapterName, ...]] = ("http_json", "soap", "poll_json", "files")
_ASKED_EVERY_S: Final = 1.0
_FILES_EVERY_S: Final = 3.0


def kinds(*, mixed: bool) -> Mapping[str, AdapterName]:
    """Return the kind of every ministry: two by SOAP, or a quarter of each kind."""
    if mixed:
        return {body.body_id: _KINDS[place % 4] for place, body in enumerate(bodies())}
    return {body.body_id: "soap" if body.body_id in BY_SOAP else "http_json" for body in bodies()}


def ssh_key(secret: str) -> str:
    """Return the platform's private key for the file server of the sandbox with this secret."""
    return client_key(secret).export_private_key().decode()


async def connect_sandbox(
    dsn: str, sandbox: str, *, file_server: str, secret: str, mixed: bool = False
) -> None:
    """Set the connections of all ministries; those set already stay.

    Args:
        dsn: of the database of ministries.
        sandbox: base URL of the sandbox.
        file_server: its file server, host and port.
        secret: that ministries and sandbox share.
        mixed: whether the ministries have systems of all kinds.

    Raises:
        Unavailable: the database does not answer.
    """
    addresses: Mapping[AdapterName, str] = {
        "http_json": sandbox,
        "soap": f"{sandbox}/ministries/{{ministry}}/soap",
        "poll_json": f"{sandbox}/asked",
        "files": f"sftp://{{ministry}}@{file_server}",
    }
    pinned = host_key(secret).export_public_key().decode().strip()
    database = Database(dsn, connections=1)
    try:
        async with database.transaction() as tx:
            for ministry, kind in await _changed(tx, kinds(mixed=mixed)):
                connection = Connection(
                    adapter=kind,
                    address=addresses[kind].format(ministry=ministry),
                    credentials=CREDENTIALS if kind == "files" else None,
                    host_key=pinned if kind == "files" else None,
                    read_every_s=_FILES_EVERY_S if kind == "files" else _ASKED_EVERY_S,
                )
                await connect(tx, ministry, connection, Change("supervisor", "a kind of its own"))
    finally:
        await database.close()


async def _changed(
    tx: Transaction, wanted: Mapping[str, AdapterName]
) -> list[tuple[str, AdapterName]]:
    """Return the connections to set: those of another kind than JSON over HTTP, now or before."""
    connected = {version.ministry for version in await read_current(tx)}
    return [
        connection
        for connection in wanted.items()
        if connection[1] != "http_json" or connection[0] in connected
    ]
