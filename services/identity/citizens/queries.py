"""SQL of citizens."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from libs.database.transaction import Transaction
from services.identity.citizens.encrypted import BIRTH_NUMBER, NID, PHONE
from services.identity.citizens.rules import Citizen


async def insert_citizens(
    tx: Transaction, citizens: Sequence[Citizen], *, seen_at: datetime
) -> set[UUID]:
    """Insert the citizens whose phone is new; return their ids.

    The id of an account that is closed to be erased is never used again.
    """
    rows = await tx.fetch(
        """
        INSERT INTO citizens (citizen_id, phone, language, phone_index, seen_at)
        SELECT citizen_id, phone, language, phone_index, $5
          FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bytea[])
            AS new (citizen_id, phone, language, phone_index)
         WHERE NOT EXISTS (SELECT
                             FROM erasures
                            WHERE erasures.citizen_id = new.citizen_id AND closed_at IS NOT NULL)
            ON CONFLICT DO NOTHING
        RETURNING citizen_id
        """,
        [citizen.citizen_id for citizen in citizens],
        [tx.cipher.seal(PHONE, citizen.citizen_id, citizen.phone) for citizen in citizens],
        [citizen.language for citizen in citizens],
        [tx.cipher.index(citizen.phone or "") for citizen in citizens],
        seen_at,
    )
    return {row["citizen_id"] for row in rows}


async def insert_without_phone(tx: Transaction, citizen: Citizen, *, seen_at: datetime) -> None:
    """Insert a citizen who has no phone."""
    await tx.execute(
        """
        INSERT INTO citizens (citizen_id, language, nid, birth_registration_number, seen_at)
        VALUES ($1, $2, $3, $4, $5)
        """,
        citizen.citizen_id,
        citizen.language,
        tx.cipher.seal(NID, citizen.citizen_id, citizen.nid),
        tx.cipher.seal(BIRTH_NUMBER, citizen.citizen_id, citizen.birth_registration_number),
        seen_at,
    )


async def read_citizen(tx: Transaction, citizen_id: UUID) -> Citizen | None:
    """Read a citizen; None if the id is unknown."""
    row = await tx.fetchrow(
        """
        SELECT citizen_id, phone, language, nid, birth_registration_number
          FROM citizens
         WHERE citizen_id = $1
        """,
        citizen_id,
    )
    return _citizen(tx, row) if row else None


async def lock_citizen(tx: Transaction, citizen_id: UUID) -> Citizen | None:
    """Read a citizen and lock the row until the transaction ends."""
    row = await tx.fetchrow(
        """
        SELECT citizen_id, phone, language, nid, birth_registration_number
          FROM citizens
         WHERE citizen_id = $1
           FOR NO KEY UPDATE
        """,
        citizen_id,
    )
    return _citizen(tx, row) if row else None


async def update_citizen(tx: Transaction, citizen: Citizen) -> None:
    """Store a citizen's language and numbers."""
    await tx.execute(
        """
        UPDATE citizens
           SET language = $2, nid = $3, birth_registration_number = $4, updated_at = now()
         WHERE citizen_id = $1
        """,
        citizen.citizen_id,
        citizen.language,
        tx.cipher.seal(NID, citizen.citizen_id, citizen.nid),
        tx.cipher.seal(BIRTH_NUMBER, citizen.citizen_id, citizen.birth_registration_number),
    )


def _citizen(tx: Transaction, row: Record) -> Citizen:
    citizen_id = row["citizen_id"]
    return Citizen(
        citizen_id=citizen_id,
        phone=tx.cipher.open(PHONE, citizen_id, row["phone"]),
        language=row["language"],
        nid=tx.cipher.open(NID, citizen_id, row["nid"]),
        birth_registration_number=tx.cipher.open(
            BIRTH_NUMBER, citizen_id, row["birth_registration_number"]
        ),
    )


async def delete_citizen(tx: Transaction, citizen_id: UUID) -> None:
    """Delete a citizen."""
    await tx.execute("DELETE FROM citizens WHERE citizen_id = $1", citizen_id)


async def touch_citizens(
    tx: Transaction, citizens: Sequence[Citizen], *, at: datetime, since: datetime
) -> dict[UUID, datetime | None]:
    """Store the logins of citizens who were seen since a time.

    Returns for each when the account will be erased, or None; the same statement reads it, to save
    a round trip per login. Citizens who are unknown, silent or have another number are left out.
    """
    rows = await tx.fetch(
        """
        UPDATE citizens
           SET seen_at = $3
          FROM unnest($1::uuid[], $2::bytea[]) AS login (citizen_id, phone_index)
         WHERE citizens.citizen_id = login.citizen_id
           AND citizens.phone_index = login.phone_index
           AND seen_at >= $4
        RETURNING citizens.citizen_id,
                  (SELECT due_at FROM erasures
                    WHERE erasures.citizen_id = citizens.citizen_id) AS erasure_due_at
        """,
        [citizen.citizen_id for citizen in citizens],
        [tx.cipher.index(citizen.phone or "") for citizen in citizens],
        at,
        since,
    )
    return {row["citizen_id"]: row["erasure_due_at"] for row in rows}


async def read_wrong_proofs(tx: Transaction, citizen_id: UUID) -> int:
    """Read how many wrong proofs of ownership were typed for an account."""
    wrong: int = await tx.fetchval(
        "SELECT wrong_proofs FROM citizens WHERE citizen_id = $1", citizen_id
    )
    return wrong


async def count_wrong_proof(tx: Transaction, citizen_id: UUID) -> None:
    """Count a wrong proof of ownership."""
    await tx.execute(
        "UPDATE citizens SET wrong_proofs = wrong_proofs + 1 WHERE citizen_id = $1", citizen_id
    )


async def find_by_phone(tx: Transaction, phone: str) -> UUID | None:
    """Return whose account has a number."""
    return await find_by_phone_index(tx, tx.cipher.index(phone))


async def find_by_phone_index(tx: Transaction, phone_index: bytes) -> UUID | None:
    """Return whose account has the number with this keyed hash."""
    citizen_id: UUID | None = await tx.fetchval(
        "SELECT citizen_id FROM citizens WHERE phone_index = $1", phone_index
    )
    return citizen_id


async def update_phone(tx: Transaction, citizen_id: UUID, phone: str, *, at: datetime) -> None:
    """Give an account a number, as from a login of its owner."""
    await tx.execute(
        """
        UPDATE citizens
           SET phone = $2, phone_index = $3, seen_at = $4, wrong_proofs = 0,
               set_aside_from = NULL, set_aside_at = NULL, updated_at = now()
         WHERE citizen_id = $1
        """,
        citizen_id,
        tx.cipher.seal(PHONE, citizen_id, phone),
        tx.cipher.index(phone),
        at,
    )


async def set_aside(tx: Transaction, citizen_id: UUID, phone_hash: bytes, *, at: datetime) -> None:
    """Take the number from an account; its hash stays, to find the account by."""
    await tx.execute(
        """
        UPDATE citizens
           SET phone = NULL, phone_index = NULL, set_aside_from = $2, set_aside_at = $3,
               updated_at = now()
         WHERE citizen_id = $1
        """,
        citizen_id,
        phone_hash,
        at,
    )


async def find_set_aside(tx: Transaction, phone_hash: bytes) -> list[UUID]:
    """Return the accounts that had a number until it was taken, the newest first."""
    rows = await tx.fetch(
        """
        SELECT citizen_id
          FROM citizens
         WHERE set_aside_from = $1
         ORDER BY set_aside_at DESC
        """,
        phone_hash,
    )
    return [row["citizen_id"] for row in rows]
