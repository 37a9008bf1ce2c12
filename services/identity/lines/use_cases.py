"""Measures of lines, announced."""

from datetime import datetime
from uuid import UUID

from libs.contracts.centres import MeasureLine
from libs.contracts.identity import LineMeasured
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.messaging.writing import outbox
from libs.web.callers.dpop import Proof
from services.identity.centres import use_cases as centres
from services.identity.uddoktas import use_cases as uddoktas


async def announce(
    tx: Transaction, uddokta_id: UUID, proof: Proof, wanted: MeasureLine, at: datetime
) -> LineMeasured:
    """Announce what a device of the uddokta's centre measured there.

    The centre need not run: an area opens by a centre that waits for it.

    Raises:
        Refused: the uddokta may not help now, or the device is not enrolled at the same centre.
    """
    uddokta = await uddoktas.read_uddokta(tx, uddokta_id)
    uddokta.check_may_help(at)
    device = await centres.find_device(tx, proof, at)
    if device.service_centre_id != uddokta.service_centre_id:
        raise Refused("device_unknown")
    measured = LineMeasured(
        service_centre_id=device.service_centre_id,
        device_id=device.device_id,
        down_kbit_s=wanted.down_kbit_s,
        round_trip_ms=wanted.round_trip_ms,
        occurred_at=at,
    )
    await outbox.add(tx, [measured])
    return measured
