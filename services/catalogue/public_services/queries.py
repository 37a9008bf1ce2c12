"""SQL of public services: reference, overrides, announced versions, catalogue version."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from asyncpg import Record

from libs.bangladesh.bodies import Body
from libs.contracts.catalogue import MinistryAdapter, ServiceAdapter
from libs.database.rows import columns
from libs.database.transaction import Transaction
from services.catalogue.public_services.announcements import AnnouncedVersion
from services.catalogue.public_services.reference import with_fee_cases
from services.catalogue.public_services.rules import FeeOverride, Override, PublicService


class PublicServiceRow(NamedTuple):
    """A public service of the reference."""

    public_service_id: str
    name_bn: str
    name_en: str
    body: str
    agency_en: str
    category: str
    fee_bdt: int | None
    fee_note: str | None
    fee_note_bn: str | None
    days: int | None
    docs_bn: str
    fee_basis: str
    days_basis: str
    docs_basis: str
    fee_source: str | None
    days_source: str | None
    docs_source: str | None
    open: bool


async def save_public_services(tx: Transaction, services: Sequence[PublicService]) -> int:
    """Store the public services that are new or changed; return how many."""
    return await tx.execute(
        """
        INSERT INTO public_services AS stored
               (public_service_id, name_bn, name_en, body, agency_en, category, fee_bdt, fee_note,
                fee_note_bn, days, docs_bn, fee_basis, days_basis, docs_basis, fee_source,
                days_source, docs_source, open)
        SELECT public_service_id, name_bn, name_en, body, agency_en, category, fee_bdt, fee_note,
               fee_note_bn, days, string_to_array(docs_bn, chr(10)), fee_basis, days_basis,
               docs_basis, fee_source, days_source, docs_source, open
          FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
                      $7::bigint[], $8::text[], $9::text[], $10::bigint[], $11::text[],
                      $12::text[], $13::text[], $14::text[], $15::text[], $16::text[],
                      $17::text[], $18::boolean[])
               AS given (public_service_id, name_bn, name_en, body, agency_en, category, fee_bdt,
                         fee_note, fee_note_bn, days, docs_bn, fee_basis, days_basis, docs_basis,
                         fee_source, days_source, docs_source, open)
            ON CONFLICT (public_service_id) DO UPDATE
               SET name_bn = excluded.name_bn, name_en = excluded.name_en, body = excluded.body,
                   agency_en = excluded.agency_en, category = excluded.category,
                   fee_bdt = excluded.fee_bdt, fee_note = excluded.fee_note,
                   fee_note_bn = excluded.fee_note_bn,
                   days = excluded.days, docs_bn = excluded.docs_bn,
                   fee_basis = excluded.fee_basis, days_basis = excluded.days_basis,
                   docs_basis = excluded.docs_basis, fee_source = excluded.fee_source,
                   days_source = excluded.days_source, docs_source = excluded.docs_source,
                   open = excluded.open
             WHERE stored IS DISTINCT FROM excluded
        """,
        *columns(
            PublicServiceRow,
            [
                PublicServiceRow(
                    public_service_id=service.public_service_id,
                    name_bn=service.name_bn,
                    name_en=service.name_en,
                    body=service.body,
                    agency_en=service.agency_en,
                    category=service.category,
                    fee_bdt=service.fee_bdt,
                    fee_note=service.fee_note,
                    fee_note_bn=service.fee_note_bn,
                    days=service.days,
                    docs_bn="\n".join(service.docs_bn),
                    fee_basis=service.fee_basis,
                    days_basis=service.days_basis,
                    docs_basis=service.docs_basis,
                    fee_source=service.fee_source,
                    days_source=service.days_source,
                    docs_source=service.docs_source,
                    open=service.open,
                )
                for service in services
            ],
        ),
    )


async def read_public_services(tx: Transaction) -> list[PublicService]:
    """Read the public services of the reference with the cases of their fees, ordered by id."""
    rows = await tx.fetch(
        """
        SELECT public_service_id, name_bn, name_en, body, agency_en, category, fee_bdt, fee_note,
               fee_note_bn, days, docs_bn, fee_basis, days_basis, docs_basis, fee_source,
               days_source, docs_source, open
          FROM public_services
         ORDER BY public_service_id COLLATE "C"
        """
    )
    services = [PublicService(**{**row, "docs_bn": tuple(row["docs_bn"])}) for row in rows]
    return [with_fee_cases(service) for service in services]


async def read_overrides(tx: Transaction) -> dict[str, Override]:
    """Read all overrides, by public service."""
    rows = await tx.fetch(
        """
        SELECT public_service_id, open, fee_overridden, fee_bdt, fee_note, fee_source,
               fee_note_bn
          FROM overrides
        """
    )
    return {row["public_service_id"]: _override(row) for row in rows}


async def save_overrides(tx: Transaction, overrides: Collection[Override]) -> None:
    """Store overrides; they replace earlier ones."""
    fees = [override.fee or FeeOverride(None, None, None) for override in overrides]
    await tx.execute(
        """
        INSERT INTO overrides
               (public_service_id, open, fee_overridden, fee_bdt, fee_note, fee_source, fee_note_bn)
        SELECT *
          FROM unnest($1::text[], $2::boolean[], $3::boolean[], $4::bigint[], $5::text[],
                      $6::text[], $7::text[])
            ON CONFLICT (public_service_id) DO UPDATE
               SET open = excluded.open, fee_overridden = excluded.fee_overridden,
                   fee_bdt = excluded.fee_bdt, fee_note = excluded.fee_note,
                   fee_source = excluded.fee_source, fee_note_bn = excluded.fee_note_bn
        """,
        [override.public_service_id for override in overrides],
        [override.open for override in overrides],
        [override.fee is not None for override in overrides],
        [fee.amount_bdt for fee in fees],
        [fee.note for fee in fees],
        [fee.source for fee in fees],
        [fee.note_bn for fee in fees],
    )


async def save_bodies(tx: Transaction, bodies: Sequence[Body]) -> int:
    """Store the bodies that are new or changed; return how many."""
    return await tx.execute(
        """
        INSERT INTO bodies AS stored
               (body_id, position, kind, parent, name_bn, name_en, nothi_code, website)
        SELECT *
          FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[],
                      $7::text[], $8::text[])
            ON CONFLICT (body_id) DO UPDATE
               SET position = excluded.position, kind = excluded.kind, parent = excluded.parent,
                   name_bn = excluded.name_bn, name_en = excluded.name_en,
                   nothi_code = excluded.nothi_code, website = excluded.website
             WHERE stored IS DISTINCT FROM excluded
        """,
        [body.body_id for body in bodies],
        list(range(len(bodies))),
        [body.kind for body in bodies],
        [body.parent for body in bodies],
        [body.name_bn for body in bodies],
        [body.name_en for body in bodies],
        [body.nothi_code for body in bodies],
        [body.website for body in bodies],
    )


async def read_bodies(tx: Transaction) -> list[Body]:
    """Read all bodies; a body follows its parent."""
    rows = await tx.fetch(
        """
        SELECT body_id, kind, parent, name_en, name_bn, nothi_code, website
          FROM bodies
         ORDER BY position
        """
    )
    return [Body(**row) for row in rows]


async def read_ministry_adapters(tx: Transaction) -> dict[str, MinistryAdapter]:
    """Read which adapter serves a body, by body; a body without a row has none yet."""
    rows = await tx.fetch("SELECT body_id, adapter FROM ministry_adapters")
    return {row["body_id"]: row["adapter"] for row in rows}


async def read_passed_adapters(tx: Transaction) -> set[str]:
    """Read the bodies whose own adapter passed when it was checked last."""
    rows = await tx.fetch("SELECT body_id FROM ministry_adapters WHERE own_passed")
    return {row["body_id"] for row in rows}


async def read_takers_of_appeals(tx: Transaction) -> set[str]:
    """Read the bodies whose own adapter passed with objections when it was checked last."""
    rows = await tx.fetch(
        "SELECT body_id FROM ministry_adapters WHERE own_passed AND own_takes_appeals"
    )
    return {row["body_id"] for row in rows}


async def save_passed_adapter(
    tx: Transaction,
    body_id: str,
    adapter: MinistryAdapter,
    *,
    passed: bool,
    takes_appeals: bool,
) -> None:
    """Store whether a body's own adapter passed; `adapter` serves it if none was set."""
    await tx.execute(
        """
        INSERT INTO ministry_adapters (body_id, adapter, own_passed, own_takes_appeals)
        VALUES ($1, $2, $3, $4)
            ON CONFLICT (body_id) DO UPDATE
           SET own_passed = excluded.own_passed, own_takes_appeals = excluded.own_takes_appeals
        """,
        body_id,
        adapter,
        passed,
        takes_appeals,
    )


async def insert_ministry_adapters(
    tx: Transaction, body_ids: Sequence[str], adapter: MinistryAdapter
) -> int:
    """Store which adapter serves bodies of which none is known; return how many there were."""
    return await tx.execute(
        """
        INSERT INTO ministry_adapters (body_id, adapter)
        SELECT body_id, $2
          FROM unnest($1::text[]) AS loaded (body_id)
            ON CONFLICT (body_id) DO NOTHING
        """,
        body_ids,
        adapter,
    )


async def save_ministry_adapter(tx: Transaction, body_id: str, adapter: MinistryAdapter) -> None:
    """Store which adapter serves a body; it replaces an earlier one."""
    await tx.execute(
        """
        INSERT INTO ministry_adapters (body_id, adapter)
        VALUES ($1, $2)
            ON CONFLICT (body_id) DO UPDATE SET adapter = excluded.adapter
        """,
        body_id,
        adapter,
    )


async def read_service_adapters(tx: Transaction) -> dict[str, list[ServiceAdapter]]:
    """Read all versions of the adapters of public services that have one of their own."""
    rows = await tx.fetch(
        """
        SELECT public_service_id, version, valid_from, adapter
          FROM service_adapters
         ORDER BY public_service_id, version
        """
    )
    found: dict[str, list[ServiceAdapter]] = {}
    for row in rows:
        version = ServiceAdapter(
            version=row["version"], valid_from=row["valid_from"], adapter=row["adapter"]
        )
        found.setdefault(row["public_service_id"], []).append(version)
    return found


async def insert_service_adapter(
    tx: Transaction, public_service_id: str, version: ServiceAdapter
) -> None:
    """Insert the next version of the adapter of a public service."""
    await tx.execute(
        """
        INSERT INTO service_adapters (public_service_id, version, valid_from, adapter)
        VALUES ($1, $2, $3, $4)
        """,
        public_service_id,
        version.version,
        version.valid_from,
        version.adapter,
    )


async def lock_version(tx: Transaction) -> int:
    """Return the catalogue's version, and block other writers until the transaction ends."""
    version: int = await tx.fetchval(
        """
        INSERT INTO catalogue_version (version)
        VALUES (0)
            ON CONFLICT (one) DO UPDATE SET version = catalogue_version.version
        RETURNING version
        """
    )
    return version


async def read_version(tx: Transaction) -> int:
    """Return the catalogue's version, which grows with every change; 0 before the first."""
    version: int = await tx.fetchval("SELECT coalesce(max(version), 0) FROM catalogue_version")
    return version


async def raise_version(tx: Transaction) -> None:
    """Increment the catalogue's version, so that every replica reads the change."""
    await tx.execute("UPDATE catalogue_version SET version = version + 1")


async def read_announced(tx: Transaction) -> dict[str, AnnouncedVersion]:
    """Read the last announced version of every public service, by id."""
    rows = await tx.fetch(
        "SELECT public_service_id, version, digest, valid_from FROM announced_versions"
    )
    return {row["public_service_id"]: AnnouncedVersion(**row) for row in rows}


async def save_announced(tx: Transaction, versions: Sequence[AnnouncedVersion]) -> None:
    """Store announced versions."""
    await tx.execute(
        """
        INSERT INTO announced_versions (public_service_id, version, digest, valid_from)
        SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::timestamptz[])
            ON CONFLICT (public_service_id) DO UPDATE
               SET version = excluded.version, digest = excluded.digest,
                   valid_from = excluded.valid_from
        """,
        [version.public_service_id for version in versions],
        [version.version for version in versions],
        [version.digest for version in versions],
        [version.valid_from for version in versions],
    )


def _override(row: Record) -> Override:
    fee = FeeOverride(row["fee_bdt"], row["fee_note"], row["fee_source"], row["fee_note_bn"])
    return Override(row["public_service_id"], row["open"], fee if row["fee_overridden"] else None)
