"""SQL of citizens."""

from collections.abc import Sequence
from uuid import UUID

from asyncpg import Record

from libs.database.transaction import Transaction
from services.identity.citizens.rules import Citizen
from services.identity.encrypted import BIRTH_NUMBER, NID, PHONE


async def insert_citizens(tx: Transaction, citizens: Sequence[Citizen]) -> set[UUID]:
    """Insert the citizens whose phone is new; return their ids."""
    rows = await tx.fetch(
        """
        INSERT INTO citizens (citizen_id, phone, language, phone_index)
        SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bytea[])
            ON CONFLICT DO NOTHING
        RETURNING citizen_id
        """,
        [citizen.citizen_id for citizen in citizens],
        [tx.cipher.seal(PHONE, citizen.citizen_id, citizen.phone) for citizen in citizens],
        [citizen.language for citizen in citizens],
        [tx.cipher.index(citizen.phone) for citizen in citizens],
    )
    return {row["citizen_id"] for row in rows}


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
