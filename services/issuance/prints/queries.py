"""SQL of the journal of prints."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from uuid import UUID

from libs.contracts.language import Text
from libs.database.transaction import Transaction
from services.issuance.prints.rules import Print


async def insert_print(tx: Transaction, made: Print) -> None:
    """Add a print."""
    await tx.execute(
        """
        INSERT INTO paper_prints (
               print_id, paper_id, mandate_id, uddokta_id, service_centre_id, centre_bn, centre_en,
               printed_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        made.print_id,
        made.paper_id,
        made.mandate_id,
        made.uddokta_id,
        made.service_centre_id,
        made.service_centre_name.bn,
        made.service_centre_name.en,
        made.printed_at,
    )


async def read_prints(tx: Transaction, paper_ids: Collection[UUID]) -> Mapping[UUID, list[Print]]:
    """Read the prints of papers, the newest first, by paper."""
    rows = await tx.fetch(
        """
        SELECT print_id, paper_id, mandate_id, uddokta_id, service_centre_id, centre_bn, centre_en,
               printed_at
          FROM paper_prints
         WHERE paper_id = ANY($1::uuid[])
         ORDER BY print_id DESC
        """,
        list(paper_ids),
    )
    found: defaultdict[UUID, list[Print]] = defaultdict(list)
    for row in rows:
        values = dict(row)
        name = Text(bn=values.pop("centre_bn"), en=values.pop("centre_en"))
        found[row["paper_id"]].append(Print(**values, service_centre_name=name))
    return found
