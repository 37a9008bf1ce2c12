"""Public services and rulings come back from the database as they went in."""

from dataclasses import replace

from libs.database.transaction import Transaction
from services.catalogue.domain import FeeRuling, Ruling
from services.catalogue.reference_files import read_reference
from services.catalogue.store import offer, places

REFERENCE = read_reference()


async def test_services_come_back_as_they_went_in(tx: Transaction) -> None:
    """Every field of all 81, documents in their order, nothing where nothing was."""
    await places.save_bodies(tx, REFERENCE.bodies)
    none_needed = replace(REFERENCE.services[0], docs_bn=())
    given = [none_needed, *REFERENCE.services[1:]]
    assert await offer.save_public_services(tx, given) == 81
    assert await offer.read_public_services(tx) == given


async def test_only_what_differs_is_written(tx: Transaction) -> None:
    """A repetition touches no row, a single changed field one."""
    await places.save_bodies(tx, REFERENCE.bodies)
    await offer.save_public_services(tx, REFERENCE.services)
    assert await offer.save_public_services(tx, REFERENCE.services) == 0
    service = REFERENCE.services[5]
    for changed in (
        replace(service, days=99),
        replace(service, fee_note="x"),
        replace(service, docs_bn=("x",)),
        replace(service, open=False),
    ):
        assert await offer.save_public_services(tx, [changed]) == 1


async def test_rulings_come_back_as_they_went_in(tx: Transaction) -> None:
    """What was not ruled on stays None, and a ruled fee may be no number."""
    await places.save_bodies(tx, REFERENCE.bodies)
    await offer.save_public_services(tx, REFERENCE.services)
    rulings = [
        Ruling("S001", open=False),
        Ruling("S002", fee=FeeRuling(75, None, "gazette")),
        Ruling("S003", open=True, fee=FeeRuling(None, "by age", None)),
    ]
    await offer.save_rulings(tx, rulings)
    await offer.save_rulings(tx, rulings[:1])
    assert await offer.read_rulings(tx) == {each.public_service_id: each for each in rulings}
