"""SQL of clients, and of the assertions that they have used."""

from datetime import datetime

from asyncpg import Record

from libs.contracts.language import Text
from libs.database.transaction import Transaction
from services.identity.clients.rules import Client


async def insert_client(tx: Transaction, client: Client) -> bool:
    """Insert a client; return whether its id is new."""
    inserted = await tx.execute(
        """
        INSERT INTO clients (client_id, name_bn, name_en, redirect_uris, post_logout_redirect_uris,
                             scopes, sector, public_keys, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            ON CONFLICT DO NOTHING
        """,
        client.client_id,
        client.name.bn,
        client.name.en,
        client.redirect_uris,
        client.post_logout_redirect_uris,
        client.scopes,
        client.sector,
        client.public_keys,
        client.created_at,
    )
    return inserted == 1


async def read_client(tx: Transaction, client_id: str) -> Client | None:
    """Read a client; None if the id is unknown."""
    row = await tx.fetchrow(
        """
        SELECT client_id, name_bn, name_en, redirect_uris, post_logout_redirect_uris, scopes,
               sector, public_keys, created_at, disabled_at
          FROM clients
         WHERE client_id = $1
        """,
        client_id,
    )
    return _client(row) if row else None


async def read_clients(tx: Transaction) -> list[Client]:
    """Read all clients, by id."""
    rows = await tx.fetch(
        """
        SELECT client_id, name_bn, name_en, redirect_uris, post_logout_redirect_uris, scopes,
               sector, public_keys, created_at, disabled_at
          FROM clients
         ORDER BY client_id
        """
    )
    return [_client(row) for row in rows]


async def update_keys(tx: Transaction, client_id: str, public_keys: str) -> bool:
    """Store a client's keys; return whether the client is known."""
    updated = await tx.execute(
        "UPDATE clients SET public_keys = $2 WHERE client_id = $1", client_id, public_keys
    )
    return updated == 1


async def disable_client(tx: Transaction, client_id: str, at: datetime) -> bool:
    """Disable a client; return whether it was open until now."""
    updated = await tx.execute(
        "UPDATE clients SET disabled_at = $2 WHERE client_id = $1 AND disabled_at IS NULL",
        client_id,
        at,
    )
    return updated == 1


async def insert_assertion(
    tx: Transaction, client_id: str, assertion_hash: bytes, *, expires_at: datetime
) -> bool:
    """Insert a used assertion; return whether it is used for the first time."""
    inserted = await tx.execute(
        """
        INSERT INTO used_assertions (client_id, assertion_hash, expires_at) VALUES ($1, $2, $3)
            ON CONFLICT DO NOTHING
        """,
        client_id,
        assertion_hash,
        expires_at,
    )
    return inserted == 1


async def delete_assertions(tx: Transaction, *, before: datetime, limit: int) -> int:
    """Delete at most `limit` assertions that expired before a time; return how many."""
    return await tx.execute(
        """
        DELETE FROM used_assertions WHERE (client_id, assertion_hash) IN (
            SELECT client_id, assertion_hash FROM used_assertions WHERE expires_at < $1
             ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED)
        """,
        before,
        limit,
    )


def _client(row: Record) -> Client:
    return Client(
        client_id=row["client_id"],
        name=Text(bn=row["name_bn"], en=row["name_en"]),
        redirect_uris=tuple(row["redirect_uris"]),
        post_logout_redirect_uris=tuple(row["post_logout_redirect_uris"]),
        scopes=tuple(row["scopes"]),
        sector=row["sector"],
        public_keys=row["public_keys"],
        created_at=row["created_at"],
        disabled_at=row["disabled_at"],
    )
