"""SQL of the replica that lists the store."""

from typing import Final

import asyncpg

_SWEEP: Final = 7_262_422  # advisory lock of the replica that lists the objects


async def lock_sweep(connection: "asyncpg.Connection[asyncpg.Record]") -> bool:
    """Lock the listing of the store until the connection ends; return whether it was free."""
    is_locked: bool = await connection.fetchval("SELECT pg_try_advisory_lock($1)", _SWEEP)
    return is_locked
