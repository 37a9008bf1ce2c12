"""The encrypted columns of all services, and the tables that an erasure looks at."""

from collections import Counter
from collections.abc import Awaitable

from libs.database.transaction import Transaction
from operations.reencrypt import encrypted_columns
from services.registry import REGISTRY, entry_of

# Columns that name a citizen; a number is found by the hash of its digits.
_NAMING = ("applicant_id", "citizen_id", "phone_index", "subject_id")
_LEADING = ("application_id", "case_id", "document_id", "mandate_id", "paper_id", "upload_id")


async def left_alone(tx: Transaction, service: str, erasure: Awaitable[object]) -> set[str]:
    """Erase a citizen; return the tables with persons that no statement has scanned or changed.

    A table has persons if a column names a citizen, or is in the `COLUMNS` of an `encrypted.py`.

    Args:
        tx: the transaction of the erasure. The citizen has an application or a delivery where the
            erasure finds rows of other tables by it.
        service: whose database it is.
        erasure: a call of the service's use case, not yet awaited.
    """
    before = await _uses(tx)
    await erasure
    return await with_persons(tx, service) - set(await _uses(tx) - before)


async def with_persons(tx: Transaction, service: str, *, more: bool = False) -> set[str]:
    """Return the tables of a service that name a citizen or have an encrypted column.

    Args:
        tx: in its database.
        service: whose database it is.
        more: also those that lead to one, such as by an application or a case.
    """
    rows = await tx.fetch(
        """
        SELECT DISTINCT table_name::text
          FROM information_schema.columns
         WHERE table_schema = 'public' AND column_name = ANY($1)
        """,
        [*_NAMING, *(_LEADING if more else ())],
    )
    encrypted = encrypted_columns(entry_of(service).package)
    return {row["table_name"] for row in rows} | {column.table for column in encrypted}


async def _uses(tx: Transaction) -> Counter[str]:
    """How often this transaction has scanned or changed each table."""
    rows = await tx.fetch(
        """
        SELECT relname::text,
               coalesce(seq_scan, 0) + coalesce(idx_scan, 0)
               + n_tup_ins + n_tup_upd + n_tup_del AS uses
          FROM pg_stat_xact_user_tables
        """
    )
    return Counter({row["relname"]: row["uses"] for row in rows})


ENCRYPTED = [entry.name for entry in REGISTRY if any(secret.key_id for secret in entry.secrets)]
GOES_BY_ITSELF = {"codes.phone", "codes.code"}
