"""SQL of what is offered: public services, and what operators laid down above the reference."""

from collections.abc import Collection, Sequence

from asyncpg import Record

from libs.database.transaction import Transaction
from services.catalogue.domain import FeeRuling, PublicService, Ruling, Sourcing


async def save_public_services(tx: Transaction, services: Sequence[PublicService]) -> int:
    """Write the public services that are new or read differently, and return how many."""
    return await tx.execute(
        """
        INSERT INTO public_services AS known
               (public_service_id, name_bn, name_en, body, agency_en, category, fee_bdt, fee_note,
                days, docs_bn, fee_basis, days_basis, docs_basis, fee_source, days_source,
                docs_source, open)
        SELECT public_service_id, name_bn, name_en, body, agency_en, category, fee_bdt, fee_note,
               days, string_to_array(docs_bn, chr(10)), fee_basis, days_basis, docs_basis,
               fee_source, days_source, docs_source, open
          FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
                      $7::bigint[], $8::text[], $9::bigint[], $10::text[], $11::text[],
                      $12::text[], $13::text[], $14::text[], $15::text[], $16::text[],
                      $17::boolean[])
               AS given (public_service_id, name_bn, name_en, body, agency_en, category, fee_bdt,
                         fee_note, days, docs_bn, fee_basis, days_basis, docs_basis, fee_source,
                         days_source, docs_source, open)
            ON CONFLICT (public_service_id) DO UPDATE
               SET name_bn = excluded.name_bn, name_en = excluded.name_en, body = excluded.body,
                   agency_en = excluded.agency_en, category = excluded.category,
                   fee_bdt = excluded.fee_bdt, fee_note = excluded.fee_note,
                   days = excluded.days, docs_bn = excluded.docs_bn,
                   fee_basis = excluded.fee_basis, days_basis = excluded.days_basis,
                   docs_basis = excluded.docs_basis, fee_source = excluded.fee_source,
                   days_source = excluded.days_source, docs_source = excluded.docs_source,
                   open = excluded.open
             WHERE known IS DISTINCT FROM excluded
        """,
        [service.public_service_id for service in services],
        [service.name_bn for service in services],
        [service.name_en for service in services],
        [service.body for service in services],
        [service.agency_en for service in services],
        [service.category for service in services],
        [service.fee_bdt for service in services],
        [service.fee_note for service in services],
        [service.days for service in services],
        ["\n".join(service.docs_bn) for service in services],
        [service.sourcing.fee for service in services],
        [service.sourcing.days for service in services],
        [service.sourcing.docs for service in services],
        [service.sourcing.fee_source for service in services],
        [service.sourcing.days_source for service in services],
        [service.sourcing.docs_source for service in services],
        [service.open for service in services],
    )


async def read_public_services(tx: Transaction) -> list[PublicService]:
    """Read all public services as the reference has them."""
    rows = await tx.fetch(
        """
        SELECT public_service_id, name_bn, name_en, body, agency_en, category, fee_bdt, fee_note,
               days, docs_bn, fee_basis, days_basis, docs_basis, fee_source, days_source,
               docs_source, open
          FROM public_services
         ORDER BY public_service_id COLLATE "C"
        """
    )
    return [_public_service(row) for row in rows]


async def read_rulings(tx: Transaction) -> dict[str, Ruling]:
    """Read what operators laid down, under the public service's id."""
    rows = await tx.fetch(
        """
        SELECT public_service_id, open, fee_ruled, fee_bdt, fee_note, fee_source
          FROM rulings
        """
    )
    return {row["public_service_id"]: _ruling(row) for row in rows}


async def save_rulings(tx: Transaction, rulings: Collection[Ruling]) -> None:
    """Write what operators laid down, in the place of what stood before."""
    fees = [ruling.fee or FeeRuling(None, None, None) for ruling in rulings]
    await tx.execute(
        """
        INSERT INTO rulings (public_service_id, open, fee_ruled, fee_bdt, fee_note, fee_source)
        SELECT *
          FROM unnest($1::text[], $2::boolean[], $3::boolean[], $4::bigint[], $5::text[],
                      $6::text[])
            ON CONFLICT (public_service_id) DO UPDATE
               SET open = excluded.open, fee_ruled = excluded.fee_ruled,
                   fee_bdt = excluded.fee_bdt, fee_note = excluded.fee_note,
                   fee_source = excluded.fee_source
        """,
        [ruling.public_service_id for ruling in rulings],
        [ruling.open for ruling in rulings],
        [ruling.fee is not None for ruling in rulings],
        [fee.amount_bdt for fee in fees],
        [fee.note for fee in fees],
        [fee.source for fee in fees],
    )


def _public_service(row: Record) -> PublicService:
    return PublicService(
        public_service_id=row["public_service_id"],
        name_bn=row["name_bn"],
        name_en=row["name_en"],
        body=row["body"],
        agency_en=row["agency_en"],
        category=row["category"],
        fee_bdt=row["fee_bdt"],
        fee_note=row["fee_note"],
        days=row["days"],
        docs_bn=tuple(row["docs_bn"]),
        sourcing=Sourcing(
            fee=row["fee_basis"],
            days=row["days_basis"],
            docs=row["docs_basis"],
            fee_source=row["fee_source"],
            days_source=row["days_source"],
            docs_source=row["docs_source"],
        ),
        open=row["open"],
    )


def _ruling(row: Record) -> Ruling:
    fee = FeeRuling(row["fee_bdt"], row["fee_note"], row["fee_source"])
    return Ruling(row["public_service_id"], row["open"], fee if row["fee_ruled"] else None)
