"""Centres created and changed, their charges and devices; proofs of devices checked."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from pydantic import TypeAdapter

from libs.audit.queries import record_action
from libs.bangladesh.calendar import dhaka_date
from libs.bangladesh.geography import areas_by_code
from libs.bangladesh.places import children, trail
from libs.contracts.centres import CentresQuery, Charge, PutCentre
from libs.contracts.language import Text
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.ids import new_id, new_typed_secret
from libs.messaging.writing import outbox
from libs.web.callers.dpop import Proof
from libs.web.callers.used_proofs import use_proof
from services.identity.areas import use_cases as areas
from services.identity.centres import queries, rules
from services.identity.centres.rules import ENROLMENT_VALID, Centre, Device
from services.identity.public_services import use_cases as public_services


class ReferenceCentre(PutCentre):
    """A centre of the file `reference.json`."""

    service_centre_id: str


REFERENCE = TypeAdapter(list[ReferenceCentre])


async def add_first_centres(tx: Transaction, reference: bytes) -> int:
    """Store and announce the centres of the reference that are not known yet."""
    known = areas_by_code()
    centres = [
        rules.centre_of(
            centre.service_centre_id,
            PutCentre(**centre.model_dump(exclude={"service_centre_id"})),
            known,
        )
        for centre in REFERENCE.validate_json(reference)
    ]
    await areas.add_first(tx)
    added = await queries.insert_centres(tx, centres)
    await outbox.add(
        tx, [centre.event() for centre in centres if centre.service_centre_id in added]
    )
    return 0


async def put_centre(
    tx: Transaction, service_centre_id: str, body: PutCentre, *, by: str
) -> Centre:
    """Create or change a centre, announce it, and record who did it.

    Raises:
        Refused: the centre is malformed, or would begin to run in a closed area or without a ward.
    """
    wanted = rules.centre_of(service_centre_id, body, areas_by_code())
    is_open = bool(await areas.find_open(tx, [wanted.place]))
    before = await queries.lock_centre(tx, service_centre_id)
    centre = rules.opened(wanted, before, is_open=is_open)
    if not await queries.insert_centres(tx, [centre]):
        await queries.update_centre(tx, centre)
    await outbox.add(tx, [centre.event()])
    await record_action(
        tx, actor=by, action=f"put centre: {centre.state}", subject=service_centre_id
    )
    return centre


async def follow_areas(tx: Transaction, changed: Collection[str]) -> list[Centre]:
    """Let centres run or stop with the areas that were opened or paused, and announce them.

    Returns:
        The centres that stopped.
    """
    named = {name for area in changed for name in _named(area)}
    found = await queries.lock_centres(tx, named) if named else []
    open_places = await areas.find_open(tx, {centre.place for centre in found})
    followed = [
        replace(centre, is_area_open=not centre.is_area_open)
        for centre in found
        if centre.is_area_open != (centre.place in open_places)
    ]
    await queries.save_are_open(tx, followed)
    seen = [centre for centre in followed if centre.state == "running"]
    await outbox.add(tx, [centre.event() for centre in seen])
    return [centre for centre in seen if not centre.is_area_open]


def _named(area: str) -> list[str]:
    """Return the upazilas and city corporations in which an area lies, or which it contains."""
    around = trail(area)
    return list(around[1:2]) or [place.code for place in children(area)]


async def read_centres(tx: Transaction, query: CentresQuery | None = None) -> list[Centre]:
    """Return centres by id: one more than a page of those that are asked for, or all of them."""
    wanted = query or CentresQuery()
    return await queries.read_centres(
        tx,
        pattern=wanted.pattern,
        state=wanted.state,
        after=wanted.after,
        limit=query.one_more if query else None,
    )


async def read_names(tx: Transaction, service_centre_ids: Collection[str]) -> dict[str, Text]:
    """Return the names of centres, by id."""
    return await queries.read_names(tx, service_centre_ids)


async def read_centre(tx: Transaction, service_centre_id: str) -> Centre:
    """Return a centre, which does not change until the transaction ends.

    Raises:
        Refused: there is no such centre.
    """
    centre = await queries.read_centre(tx, service_centre_id)
    if centre is None:
        raise Refused("service_centre_unknown")
    return centre


async def read_area(tx: Transaction, service_centre_id: str) -> str:
    """Return the upazila or city corporation of a centre; the centre is not locked.

    Raises:
        Refused: there is no such centre.
    """
    area = await queries.read_area(tx, service_centre_id)
    if area is None:
        raise Refused("service_centre_unknown")
    return area


async def set_charge(
    tx: Transaction,
    service_centre_id: str,
    public_service_id: str,
    charge_bdt: int,
    *,
    cap_bdt: int,
    by: str,
) -> None:
    """Set a centre's charge for a public service.

    Raises:
        Refused: the centre or the service is unknown, or the charge is above the cap.
    """
    rules.check_charge(charge_bdt, cap_bdt)
    await read_centre(tx, service_centre_id)
    await public_services.find_public_service(tx, public_service_id)
    await queries.save_charge(tx, service_centre_id, public_service_id, charge_bdt, cap_bdt)
    await record_action(
        tx, actor=by, action=f"set charge of {public_service_id}", subject=service_centre_id
    )


async def read_charge(
    tx: Transaction, service_centre_id: str, public_service_id: str, *, usual_bdt: int, cap_bdt: int
) -> int:
    """Return a centre's charge for an application for a public service, in whole taka."""
    own = await queries.read_charges(tx, service_centre_id)
    return rules.charge_of(public_service_id, own, usual_bdt=usual_bdt, cap_bdt=cap_bdt)


async def save_told_fee(
    tx: Transaction,
    service_centre_id: str,
    public_service_id: str,
    case: str,
    fee_bdt: int,
    at: datetime,
) -> bool:
    """Store the fee that an office told a centre for a case.

    Returns:
        Whether other centres were told something, and none of them this.
    """
    await queries.save_told_fee(tx, service_centre_id, public_service_id, case, fee_bdt, at)
    others = await queries.read_told_elsewhere(tx, service_centre_id, public_service_id, case)
    return bool(others) and fee_bdt not in others


async def read_rate_board(
    tx: Transaction, service_centre_id: str, *, usual_bdt: int, cap_bdt: int
) -> list[Charge]:
    """Return the prices of a centre, for all open public services."""
    own = await queries.read_charges(tx, service_centre_id)
    told_fees = await queries.read_told_fees(tx, service_centre_id)
    services = await public_services.read_public_services(tx)
    return [
        Charge(
            public_service_id=service.public_service_id,
            name=service.name,
            fee_bdt=service.fixed_fee_bdt,
            fee_status=service.fee_status,
            fee_cases=list(service.fee_cases),
            fee_decided_by=service.fee_decided_by,
            told_fee_bdt=told_fee.fee_bdt if told_fee else None,
            told_on=dhaka_date(told_fee.told_at) if told_fee else None,
            charge_bdt=rules.charge_of(
                service.public_service_id, own, usual_bdt=usual_bdt, cap_bdt=cap_bdt
            ),
            cap_bdt=cap_bdt,
        )
        for service in services.values()
        if service.open
        for told_fee in [told_fees.get(service.public_service_id) if service.is_told else None]
    ]


async def add_device(
    tx: Transaction, service_centre_id: str, name: str, at: datetime, *, by: str
) -> tuple[Device, str]:
    """Let a device of a centre be enrolled; return it with its code, stored as a hash only.

    Raises:
        Refused: there is no such centre.
    """
    await read_centre(tx, service_centre_id)
    device, code = Device(new_id(), service_centre_id, name), new_typed_secret()
    await queries.insert_device(tx, device, rules.hash_of(code), at + ENROLMENT_VALID)
    await record_action(tx, actor=by, action="add device", subject=str(device.device_id))
    return device, code


async def enrol_device(tx: Transaction, code: str, proof: Proof, at: datetime) -> Device:
    """Enrol the device whose key signed a proof.

    Raises:
        Refused: the code is unknown, used or expired, the proof was shown before, or the key
            belongs to another device.
    """
    await use_proof(tx, proof, at)
    if await queries.find_device(tx, proof.thumbprint) is not None:
        raise Refused("device_enrolled_before")
    device = await queries.enrol_device(tx, rules.hash_of(code.strip()), proof.thumbprint, at)
    if device is None:
        raise Refused("enrolment_code_wrong", pointer="/enrolment_code")
    await record_action(
        tx,
        actor=f"device:{device.device_id}",
        action="enrol device",
        subject=device.service_centre_id,
    )
    return device


async def find_device(tx: Transaction, proof: Proof, at: datetime) -> Device:
    """Return the enrolled device whose key signed a proof; the proof is used up.

    Raises:
        Refused: the device is not enrolled, or the proof was shown before.
    """
    await use_proof(tx, proof, at)
    device = await queries.find_device(tx, proof.thumbprint)
    if device is None:
        raise Refused("device_unknown")
    return device


async def read_devices(tx: Transaction, service_centre_id: str) -> list[Device]:
    """Return the devices of a centre, by name."""
    return await queries.read_devices(tx, service_centre_id)


async def find_thumbprint(tx: Transaction, device_id: UUID) -> str | None:
    """Return the thumbprint of a device's key, also of a removed one; None before its enrolment."""
    return await queries.find_thumbprint(tx, device_id)


async def remove_device(
    tx: Transaction, service_centre_id: str, device_id: UUID, at: datetime, *, by: str
) -> None:
    """Remove a device; no mandate can be used on it any more.

    Raises:
        Refused: the centre has no such device.
    """
    if not await queries.remove_device(tx, service_centre_id, device_id, at):
        raise Refused("not_found")
    await record_action(tx, actor=by, action="remove device", subject=str(device_id))
