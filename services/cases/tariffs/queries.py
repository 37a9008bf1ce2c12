"""SQL of the copied tariffs."""

import json
from collections.abc import Sequence

from libs.contracts.catalogue import TariffChanged
from libs.database.transaction import Transaction


async def save_tariffs(tx: Transaction, tariffs: Sequence[TariffChanged]) -> None:
    """Store the rows of tariffs; one that is stored in a later version stays."""
    await tx.execute(
        """
        INSERT INTO tariffs (tariff_id, version, tariff_rows)
        SELECT tariff_id, version, tariff_rows
          FROM unnest($1::text[], $2::bigint[], $3::text[])
               AS given (tariff_id, version, tariff_rows)
            ON CONFLICT (tariff_id) DO UPDATE
           SET version = excluded.version, tariff_rows = excluded.tariff_rows
         WHERE tariffs.version <= excluded.version
        """,
        [tariff.tariff_id for tariff in tariffs],
        [tariff.version for tariff in tariffs],
        [json.dumps(list(tariff.rows)) for tariff in tariffs],
    )


async def read_tariffs(tx: Transaction) -> list[str]:
    """Read the rows of all tariffs, as JSON."""
    rows = await tx.fetch("SELECT tariff_rows FROM tariffs ORDER BY tariff_id")
    return [row["tariff_rows"] for row in rows]
