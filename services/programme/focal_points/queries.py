"""SQL of people who were named."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from libs.contracts.programme import NamedPerson
from libs.database.transaction import Transaction
from services.programme.focal_points.encrypted import PERSON


async def insert_person(tx: Transaction, fact_id: UUID, person: NamedPerson) -> None:
    """Store the person of a fact; a repeat changes nothing."""
    await tx.execute(
        """
        INSERT INTO named_people (fact_id, person)
        VALUES ($1, $2)
            ON CONFLICT (fact_id) DO NOTHING
        """,
        fact_id,
        tx.cipher.seal(PERSON, fact_id, person.model_dump_json()),
    )


async def read_people(tx: Transaction, fact_ids: Sequence[UUID]) -> dict[UUID, NamedPerson]:
    """Read the people of facts; one that is damaged is left out, and an operator is told."""
    rows = await tx.fetch(
        "SELECT fact_id, person FROM named_people WHERE fact_id = ANY($1)", list(fact_ids)
    )
    opened = {
        row["fact_id"]: tx.cipher.try_open(PERSON, row["fact_id"], row["person"])[0] for row in rows
    }
    return {
        fact_id: NamedPerson.model_validate_json(person)
        for fact_id, person in opened.items()
        if person is not None
    }


async def read_named(tx: Transaction) -> list[UUID]:
    """Read the facts of which a person is stored."""
    return [row["fact_id"] for row in await tx.fetch("SELECT fact_id FROM named_people")]


async def delete_people(tx: Transaction, fact_ids: Collection[UUID]) -> int:
    """Delete the people of facts; return how many."""
    return await tx.execute(
        "DELETE FROM named_people WHERE fact_id = ANY($1::uuid[])", list(fact_ids)
    )


async def read_announced(tx: Transaction) -> dict[str, str]:
    """Read who was announced last, by body, as the ids of facts."""
    rows = await tx.fetch("SELECT body, named FROM announced_focal_points")
    return {row["body"]: row["named"] for row in rows}


async def save_announced(tx: Transaction, named: Mapping[str, str]) -> None:
    """Store who was announced, by body."""
    await tx.execute(
        """
        INSERT INTO announced_focal_points (body, named)
        SELECT *
          FROM unnest($1::text[], $2::text[]) AS given (body, named)
            ON CONFLICT (body) DO UPDATE SET named = excluded.named
        """,
        list(named),
        list(named.values()),
    )
