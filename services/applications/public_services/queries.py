"""SQL of the copied public services."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import orjson

from libs.database.rows import columns
from libs.database.transaction import Transaction
from services.applications.public_services.rules import ADAPTERS, ROUTING, PublicService


class PublicServiceRow(NamedTuple):
    """A copy of a public service."""

    public_service_id: str
    ministry: str
    name_bn: str
    name_en: str
    service_deadline_days: int | None
    form_version: int
    form_schema: str
    form_rules: str
    open: bool
    changed_at: datetime
    event_id: UUID
    ministry_adapter: str
    routing: str
    form_origin: str
    adapters: str
    own_takes_appeals: bool


async def save_public_services(tx: Transaction, public_services: Sequence[PublicService]) -> None:
    """Store public services; a stored one with a later change stays."""
    await tx.execute(
        """
        INSERT INTO public_services (
               public_service_id, ministry, name_bn, name_en, service_deadline_days, form_version,
               form_schema, form_rules, open, changed_at, event_id, ministry_adapter, routing,
               form_origin, adapters, own_takes_appeals)
        SELECT *
          FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[],
                      $7::text[], $8::text[], $9::boolean[], $10::timestamptz[], $11::uuid[],
                      $12::text[], $13::text[], $14::text[], $15::text[], $16::boolean[])
            AS given (public_service_id, ministry, name_bn, name_en, service_deadline_days,
                      form_version, form_schema, form_rules, open, changed_at, event_id,
                      ministry_adapter, routing, form_origin, adapters, own_takes_appeals)
            ON CONFLICT (public_service_id) DO UPDATE
           SET ministry = excluded.ministry, name_bn = excluded.name_bn,
               name_en = excluded.name_en,
               service_deadline_days = excluded.service_deadline_days,
               form_version = excluded.form_version, form_schema = excluded.form_schema,
               form_rules = excluded.form_rules, open = excluded.open,
               changed_at = excluded.changed_at, event_id = excluded.event_id,
               ministry_adapter = excluded.ministry_adapter, routing = excluded.routing,
               form_origin = excluded.form_origin, adapters = excluded.adapters,
               own_takes_appeals = excluded.own_takes_appeals
         WHERE public_services.changed_at <= excluded.changed_at
        """,
        *columns(
            PublicServiceRow,
            [
                PublicServiceRow(
                    public_service_id=public_service.public_service_id,
                    ministry=public_service.ministry,
                    name_bn=public_service.name.bn,
                    name_en=public_service.name.en,
                    service_deadline_days=public_service.service_deadline_days,
                    form_version=public_service.form_version,
                    form_schema=orjson.dumps(public_service.form_schema).decode(),
                    form_rules=orjson.dumps(public_service.form_rules).decode(),
                    open=public_service.open,
                    changed_at=public_service.changed_at,
                    event_id=public_service.event_id,
                    ministry_adapter=public_service.ministry_adapter,
                    routing=ROUTING.dump_json(public_service.routing).decode(),
                    form_origin=public_service.form_origin,
                    adapters=ADAPTERS.dump_json(public_service.adapters).decode(),
                    own_takes_appeals=public_service.own_takes_appeals,
                )
                for public_service in public_services
            ],
        ),
    )


async def public_service_versions(tx: Transaction) -> dict[str, UUID]:
    """Return the id of the event that each public service was copied from."""
    rows = await tx.fetch("SELECT public_service_id, event_id FROM public_services")
    return {row["public_service_id"]: row["event_id"] for row in rows}


async def read_public_services(
    tx: Transaction, public_service_ids: Collection[str]
) -> list[PublicService]:
    """Read public services with their forms."""
    rows = await tx.fetch(
        """
        SELECT public_service_id, ministry, name_bn, name_en, service_deadline_days, form_version,
               form_schema, form_rules, open, changed_at, event_id, ministry_adapter, routing,
               form_origin, adapters, own_takes_appeals
          FROM public_services
         WHERE public_service_id = ANY($1::text[])
        """,
        list(public_service_ids),
    )
    return [PublicService.from_row(row) for row in rows]


async def read_takers_of_appeals(tx: Transaction, ministries: Collection[str]) -> set[str]:
    """Return those ministries whose own adapters take objections to refusals."""
    rows = await tx.fetch(
        """
        SELECT DISTINCT ministry
          FROM public_services
         WHERE own_takes_appeals AND ministry = ANY($1::text[])
        """,
        list(ministries),
    )
    return {row["ministry"] for row in rows}
