"""Bringing the reference into the database, and telling the others what has changed.

Both happen in one transaction, which holds the catalogue's version: replicas that start together
take turns, and the second finds nothing left to do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from libs.database.transaction import Transaction
from libs.messaging import outbox
from services.catalogue.announcing import Announcement, announce
from services.catalogue.domain import PublicService, as_it_stands
from services.catalogue.forms import forms_for
from services.catalogue.reference_files import Reference
from services.catalogue.store import changes, offer, places


@dataclass(frozen=True, slots=True)
class Loaded:
    """How many rows of each table were new or different, and how many services were told of."""

    rows: Mapping[str, int]
    told: int


async def load(tx: Transaction, reference: Reference, at: datetime) -> Loaded:
    """Write what is new or different, and tell of the services that are; a repeat does nothing.

    What operators laid down stays. Nothing is ever removed: a service that is no longer given is
    closed by command.

    Args:
        tx: one transaction for all of it.
        reference: what to load.
        at: now; the time of the events.
    """
    await changes.hold_version(tx)
    rows = {
        "bodies": await places.save_bodies(tx, reference.bodies),
        "areas": await places.save_areas(tx, reference.areas),
        "postcodes": await places.save_postcodes(tx, reference.postcodes),
        "public_services": await offer.save_public_services(tx, reference.services),
    }
    told = await tell_changes(tx, at)
    if any(rows.values()):
        await changes.raise_version(tx)
    return Loaded(rows, told)


async def tell_changes(tx: Transaction, at: datetime) -> int:
    """Tell of every service that reads differently from what was last told; return how many."""
    new = [each for each in await _announcements(tx, at) if each.is_new]
    return await _tell(tx, new)


async def tell_all(tx: Transaction, at: datetime) -> int:
    """Tell of every service again; an unchanged one as the very event that it was before."""
    return await _tell(tx, await _announcements(tx, at))


async def services_as_they_stand(tx: Transaction) -> list[PublicService]:
    """Read all public services: the reference, and above it what operators laid down."""
    rulings = await offer.read_rulings(tx)
    services = await offer.read_public_services(tx)
    return [as_it_stands(service, rulings.get(service.public_service_id)) for service in services]


async def _announcements(tx: Transaction, at: datetime) -> list[Announcement]:
    await changes.hold_version(tx)
    services = await services_as_they_stand(tx)
    forms = forms_for([service.public_service_id for service in services])
    return announce(services, forms, await changes.read_announced(tx), at)


async def _tell(tx: Transaction, announcements: Sequence[Announcement]) -> int:
    await changes.save_announced(tx, [each.announced for each in announcements])
    await outbox.add(tx, [each.event for each in announcements])
    return len(announcements)
