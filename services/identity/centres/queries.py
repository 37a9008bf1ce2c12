"""SQL of service centres, their charges and devices, and of proofs that were shown."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from libs.contracts.centres import CentreState
from libs.contracts.language import Text
from libs.database.transaction import Transaction
from services.identity.centres.rules import Centre, Device, ToldFee


async def insert_centres(tx: Transaction, centres: Sequence[Centre]) -> set[str]:
    """Insert centres whose id is new; return their ids."""
    inserted = set()
    for centre in centres:
        row = await tx.fetchrow(
            """
            INSERT INTO service_centres (
                   service_centre_id, name_bn, name_en, address_bn, address_en, area, opens_at,
                   closes_at, open_days, state, source, directions_bn, directions_en, union_id,
                   ward, is_area_open)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
                ON CONFLICT (service_centre_id) DO NOTHING
            RETURNING service_centre_id
            """,
            *_values(centre),
        )
        inserted |= {row["service_centre_id"]} if row else set()
    return inserted


async def update_centre(tx: Transaction, centre: Centre) -> None:
    """Store a centre that exists."""
    await tx.execute(
        """
        UPDATE service_centres
           SET name_bn = $2, name_en = $3, address_bn = $4, address_en = $5, area = $6,
               opens_at = $7, closes_at = $8, open_days = $9, state = $10, source = $11,
               directions_bn = $12, directions_en = $13, union_id = $14, ward = $15,
               is_area_open = $16
         WHERE service_centre_id = $1
        """,
        *_values(centre),
    )


async def read_centres(
    tx: Transaction,
    *,
    pattern: str | None,
    state: CentreState | None,
    after: str | None,
    limit: int | None,
) -> list[Centre]:
    """Read centres by id: those behind `after` that have a pattern in id, name or address."""
    rows = await tx.fetch(
        """
        SELECT service_centre_id, name_bn, name_en, address_bn, address_en, area, opens_at,
               closes_at, open_days, state, source, directions_bn, directions_en, union_id, ward,
               is_area_open
          FROM service_centres
         WHERE service_centre_id > coalesce($1, '')
           AND ($2::text IS NULL
                OR concat_ws(' ', service_centre_id, name_bn, name_en, address_bn, address_en)
                   ILIKE $2)
           AND ($3::text IS NULL
                OR CASE WHEN state = 'running' AND NOT is_area_open THEN 'paused' ELSE state END
                   = $3)
         ORDER BY service_centre_id
         LIMIT $4
        """,
        after,
        pattern,
        state,
        limit,
    )
    return [_centre(row) for row in rows]


async def read_names(tx: Transaction, service_centre_ids: Collection[str]) -> dict[str, Text]:
    """Read the names of centres, by id."""
    rows = await tx.fetch(
        """
        SELECT service_centre_id, name_bn, name_en
          FROM service_centres
         WHERE service_centre_id = ANY($1::text[])
        """,
        list(service_centre_ids),
    )
    return {row["service_centre_id"]: Text(bn=row["name_bn"], en=row["name_en"]) for row in rows}


async def read_centre(tx: Transaction, service_centre_id: str) -> Centre | None:
    """Read a centre, and keep its row as it is until the transaction ends."""
    row = await tx.fetchrow(
        """
        SELECT service_centre_id, name_bn, name_en, address_bn, address_en, area, opens_at,
               closes_at, open_days, state, source, directions_bn, directions_en, union_id, ward,
               is_area_open
          FROM service_centres
         WHERE service_centre_id = $1
           FOR SHARE
        """,
        service_centre_id,
    )
    return _centre(row) if row else None


async def read_area(tx: Transaction, service_centre_id: str) -> str | None:
    """Read the area of a centre, and lock nothing."""
    area: str | None = await tx.fetchval(
        "SELECT area FROM service_centres WHERE service_centre_id = $1", service_centre_id
    )
    return area


async def lock_centre(tx: Transaction, service_centre_id: str) -> Centre | None:
    """Read a centre, and lock its row until the transaction ends."""
    row = await tx.fetchrow(
        """
        SELECT service_centre_id, name_bn, name_en, address_bn, address_en, area, opens_at,
               closes_at, open_days, state, source, directions_bn, directions_en, union_id, ward,
               is_area_open
          FROM service_centres
         WHERE service_centre_id = $1
           FOR UPDATE
        """,
        service_centre_id,
    )
    return _centre(row) if row else None


async def lock_centres(tx: Transaction, areas: Collection[str]) -> list[Centre]:
    """Read the centres of upazilas and city corporations, and lock their rows."""
    rows = await tx.fetch(
        """
        SELECT service_centre_id, name_bn, name_en, address_bn, address_en, area, opens_at,
               closes_at, open_days, state, source, directions_bn, directions_en, union_id, ward,
               is_area_open
          FROM service_centres
         WHERE area = ANY($1::text[])
         ORDER BY service_centre_id
           FOR UPDATE
        """,
        list(areas),
    )
    return [_centre(row) for row in rows]


async def save_are_open(tx: Transaction, centres: Sequence[Centre]) -> None:
    """Store of centres whether their areas are open."""
    await tx.execute(
        """
        UPDATE service_centres
           SET is_area_open = given.is_area_open
          FROM unnest($1::text[], $2::boolean[]) AS given (service_centre_id, is_area_open)
         WHERE service_centres.service_centre_id = given.service_centre_id
        """,
        [centre.service_centre_id for centre in centres],
        [centre.is_area_open for centre in centres],
    )


async def save_charge(
    tx: Transaction, service_centre_id: str, public_service_id: str, charge_bdt: int, cap_bdt: int
) -> None:
    """Store a centre's charge for a public service."""
    await tx.execute(
        """
        INSERT INTO service_charges (service_centre_id, public_service_id, charge_bdt, cap_bdt)
        VALUES ($1, $2, $3, $4)
            ON CONFLICT (service_centre_id, public_service_id) DO UPDATE
           SET charge_bdt = excluded.charge_bdt, cap_bdt = excluded.cap_bdt
        """,
        service_centre_id,
        public_service_id,
        charge_bdt,
        cap_bdt,
    )


async def read_charges(tx: Transaction, service_centre_id: str) -> dict[str, int]:
    """Read a centre's own charges, by public service."""
    rows = await tx.fetch(
        "SELECT public_service_id, charge_bdt FROM service_charges WHERE service_centre_id = $1",
        service_centre_id,
    )
    return {row["public_service_id"]: row["charge_bdt"] for row in rows}


async def save_told_fee(
    tx: Transaction,
    service_centre_id: str,
    public_service_id: str,
    case: str,
    fee_bdt: int,
    at: datetime,
) -> None:
    """Store the fee that an office told a centre for a case; it replaces the last amount."""
    await tx.execute(
        """
        INSERT INTO told_fees (public_service_id, fee_case, service_centre_id, fee_bdt, told_at)
        VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (public_service_id, fee_case, service_centre_id) DO UPDATE
           SET fee_bdt = excluded.fee_bdt, told_at = excluded.told_at
        """,
        public_service_id,
        case,
        service_centre_id,
        fee_bdt,
        at,
    )


async def read_told_elsewhere(
    tx: Transaction, service_centre_id: str, public_service_id: str, case: str
) -> set[int]:
    """Read the fees that offices told other centres for a case."""
    rows = await tx.fetch(
        """
        SELECT fee_bdt FROM told_fees
         WHERE public_service_id = $1 AND fee_case = $2 AND service_centre_id <> $3
        """,
        public_service_id,
        case,
        service_centre_id,
    )
    return {row["fee_bdt"] for row in rows}


async def read_told_fees(tx: Transaction, service_centre_id: str) -> dict[str, ToldFee]:
    """Read the fees that offices told a centre last, by public service."""
    rows = await tx.fetch(
        """
        SELECT public_service_id, fee_bdt, told_at FROM told_fees
         WHERE service_centre_id = $1
         ORDER BY told_at
        """,
        service_centre_id,
    )
    return {row["public_service_id"]: ToldFee(row["fee_bdt"], row["told_at"]) for row in rows}


async def insert_device(
    tx: Transaction, device: Device, code_hash: bytes, code_expires_at: datetime
) -> None:
    """Insert a device that waits for its enrolment."""
    await tx.execute(
        """
        INSERT INTO centre_devices (device_id, service_centre_id, name, code_hash, code_expires_at)
        VALUES ($1, $2, $3, $4, $5)
        """,
        device.device_id,
        device.service_centre_id,
        device.name,
        code_hash,
        code_expires_at,
    )


async def enrol_device(
    tx: Transaction, code_hash: bytes, thumbprint: str, at: datetime
) -> Device | None:
    """Enrol the device that waits for a code; the code is used up.

    Returns None if no device waits for it any more.
    """
    row = await tx.fetchrow(
        """
        UPDATE centre_devices
           SET thumbprint = $2, enrolled_at = $3, code_hash = NULL
         WHERE code_hash = $1 AND code_expires_at > $3 AND removed_at IS NULL
        RETURNING device_id, service_centre_id, name, thumbprint, enrolled_at
        """,
        code_hash,
        thumbprint,
        at,
    )
    return Device(**row) if row else None


async def find_device(tx: Transaction, thumbprint: str) -> Device | None:
    """Read an enrolled device by its key."""
    row = await tx.fetchrow(
        """
        SELECT device_id, service_centre_id, name, thumbprint, enrolled_at
          FROM centre_devices
         WHERE thumbprint = $1 AND removed_at IS NULL
        """,
        thumbprint,
    )
    return Device(**row) if row else None


async def read_devices(tx: Transaction, service_centre_id: str) -> list[Device]:
    """Read the devices of a centre that were not removed, by name."""
    rows = await tx.fetch(
        """
        SELECT device_id, service_centre_id, name, thumbprint, enrolled_at
          FROM centre_devices
         WHERE service_centre_id = $1 AND removed_at IS NULL
         ORDER BY name
        """,
        service_centre_id,
    )
    return [Device(**row) for row in rows]


async def remove_device(
    tx: Transaction, service_centre_id: str, device_id: UUID, at: datetime
) -> bool:
    """Mark a device as removed; return whether there was one."""
    changed = await tx.execute(
        """
        UPDATE centre_devices SET removed_at = $3, code_hash = NULL
         WHERE service_centre_id = $1 AND device_id = $2 AND removed_at IS NULL
        """,
        service_centre_id,
        device_id,
        at,
    )
    return changed == 1


def _values(centre: Centre) -> tuple[Any, ...]:
    return (
        centre.service_centre_id,
        centre.name.bn,
        centre.name.en,
        centre.address.bn,
        centre.address.en,
        centre.area,
        centre.opens_at,
        centre.closes_at,
        list(centre.open_days),
        centre.state,
        centre.source,
        centre.directions and centre.directions.bn,
        centre.directions and centre.directions.en,
        centre.union_id,
        centre.ward,
        centre.is_area_open,
    )


def _centre(row: Any) -> Centre:
    values = dict(row)
    bn, en = values.pop("directions_bn"), values.pop("directions_en")
    return Centre(
        name=Text(bn=values.pop("name_bn"), en=values.pop("name_en")),
        directions=Text(bn=bn, en=en) if bn and en else None,
        address=Text(bn=values.pop("address_bn"), en=values.pop("address_en")),
        open_days=tuple(values.pop("open_days")),
        **values,
    )


async def find_thumbprint(tx: Transaction, device_id: UUID) -> str | None:
    """Return the thumbprint of a device's key, also of a removed one; None before its enrolment."""
    thumbprint: str | None = await tx.fetchval(
        "SELECT thumbprint FROM centre_devices WHERE device_id = $1", device_id
    )
    return thumbprint
