"""The right to print papers about what was sent with a mandate, at the centre that sent it."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from libs.bangladesh.text import Malformed
from libs.contracts.language import Text
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.ids import parse_tracking_number
from services.identity.centres import use_cases as centres
from services.identity.centres.rules import Device
from services.identity.mandates import queries
from services.identity.mandates.rules import Mandate
from services.identity.mandates.use_cases import stands_in
from services.identity.uddoktas import use_cases as uddoktas


class Printable(NamedTuple):
    """A mandate whose papers an uddokta may print, and how the centre is called."""

    mandate: Mandate
    service_centre_name: Text


async def read_for_printing(
    tx: Transaction, typed: str, uddokta_id: UUID, device: Device, at: datetime
) -> Printable:
    """Return the mandate of an application about which an uddokta may print papers.

    It is who sent the application and still works at that centre; where that one does not, each
    uddokta there: a citizen with a phone has no printer, either. A paused centre prints what was
    sent.

    Raises:
        Refused: nobody may print for this number here (`application_unknown`), the uddokta may not
            help now, or the device is another centre's.
    """
    uddokta = await uddoktas.read_uddokta(tx, uddokta_id)
    uddokta.check_may_help(at)
    mandate = await _find(tx, typed)
    if mandate is None or not (
        await stands_in(tx, mandate, uddokta_id, at)
        if mandate.uddokta_id != uddokta_id
        else mandate.service_centre_id == uddokta.service_centre_id
    ):
        raise Refused("application_unknown")
    if device.service_centre_id != mandate.service_centre_id:
        raise Refused("device_unknown")
    centre = await centres.read_centre(tx, mandate.service_centre_id)
    return Printable(mandate, centre.name)


async def _find(tx: Transaction, typed: str) -> Mandate | None:
    try:
        number = parse_tracking_number(typed)
    except Malformed:
        return None
    mandate_id = await queries.find_followed_up(tx, number)
    return None if mandate_id is None else await queries.lock_mandate(tx, mandate_id)
