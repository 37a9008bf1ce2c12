"""SQL of the copied public services."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from pydantic import TypeAdapter

from libs.contracts.catalogue import FeeCase, PublicServiceChanged
from libs.contracts.language import Text
from libs.database.rows import columns
from libs.database.transaction import Transaction
from services.identity.public_services.rules import PublicService

_CASES = TypeAdapter(tuple[FeeCase, ...])
_DAY = TypeAdapter(Text | None)


class PublicServiceRow(NamedTuple):
    """A copy of a public service."""

    public_service_id: str
    name_bn: str
    name_en: str
    fee_bdt: int | None
    fee_status: str
    fee_cases: str
    fee_decided_by: str
    form_origin: str
    open: bool
    changed_at: datetime


async def save_public_services(tx: Transaction, changes: Sequence[PublicServiceChanged]) -> None:
    """Save the newest public services, where they are newer than the rows."""
    await tx.execute(
        """
        INSERT INTO public_services (
               public_service_id, name_bn, name_en, fee_bdt, fee_status, fee_cases,
               fee_decided_by, form_origin, open, changed_at)
        SELECT DISTINCT ON (public_service_id) *
          FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[],
                      $7::text[], $8::text[], $9::boolean[], $10::timestamptz[])
               AS saved (public_service_id, name_bn, name_en, fee_bdt, fee_status, fee_cases,
                         fee_decided_by, form_origin, open, changed_at)
         ORDER BY public_service_id, changed_at DESC
            ON CONFLICT (public_service_id) DO UPDATE
               SET name_bn = excluded.name_bn, name_en = excluded.name_en,
                   fee_bdt = excluded.fee_bdt, fee_status = excluded.fee_status,
                   fee_cases = excluded.fee_cases, fee_decided_by = excluded.fee_decided_by,
                   form_origin = excluded.form_origin, open = excluded.open,
                   changed_at = excluded.changed_at
             WHERE public_services.changed_at < excluded.changed_at
        """,
        *columns(
            PublicServiceRow,
            [
                PublicServiceRow(
                    public_service_id=change.public_service_id,
                    name_bn=change.name.bn,
                    name_en=change.name.en,
                    fee_bdt=change.fee_bdt,
                    fee_status=change.fee_status,
                    fee_cases=_CASES.dump_json(change.fee_cases).decode(),
                    fee_decided_by=_DAY.dump_json(change.fee_decided_by).decode(),
                    form_origin=change.form_origin,
                    open=change.open,
                    changed_at=change.occurred_at,
                )
                for change in changes
            ],
        ),
    )


async def read_public_services(tx: Transaction) -> list[PublicService]:
    """Read all public services, by id."""
    rows = await tx.fetch(
        """
        SELECT public_service_id, name_bn, name_en, fee_bdt, fee_status, fee_cases,
               fee_decided_by, open
          FROM public_services
         ORDER BY public_service_id
        """
    )
    return [
        PublicService(
            public_service_id=row["public_service_id"],
            name=Text(bn=row["name_bn"], en=row["name_en"]),
            open=row["open"],
            fee_bdt=row["fee_bdt"],
            fee_status=row["fee_status"],
            fee_cases=_CASES.validate_json(row["fee_cases"]),
            fee_decided_by=_DAY.validate_json(row["fee_decided_by"]),
        )
        for row in rows
    ]
