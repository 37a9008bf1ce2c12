from dataclasses import replace

from libs.database.transaction import Transaction
from services.catalogue.public_services import queries
from services.catalogue.public_services.reference import read_reference
from services.catalogue.public_services.rules import FeeOverride, Override

REFERENCE = read_reference()


async def test_services_are_read_as_they_were_stored(tx: Transaction) -> None:
    """Every field of all 81 is read back, documents in order, None as None."""
    await queries.save_bodies(tx, REFERENCE.bodies)
    none_needed = replace(REFERENCE.services[0], docs_bn=())
    services = [none_needed, *REFERENCE.services[1:]]
    assert await queries.save_public_services(tx, services) == 81
    assert await queries.read_public_services(tx) == services


async def test_only_changed_services_are_written(tx: Transaction) -> None:
    """A repeat writes no row; a changed field writes one."""
    await queries.save_bodies(tx, REFERENCE.bodies)
    await queries.save_public_services(tx, REFERENCE.services)
    assert await queries.save_public_services(tx, REFERENCE.services) == 0
    service = REFERENCE.services[5]
    for changed in (
        replace(service, days=99),
        replace(service, fee_note="x"),
        replace(service, fee_note_bn="x"),
        replace(service, docs_bn=("x",)),
        replace(service, open=False),
    ):
        assert await queries.save_public_services(tx, [changed]) == 1


async def test_overrides_are_read_as_they_were_stored(tx: Transaction) -> None:
    """A value that is not overridden is None; an overridden fee may have no amount."""
    await queries.save_bodies(tx, REFERENCE.bodies)
    await queries.save_public_services(tx, REFERENCE.services)
    overrides = [
        Override("S001", open=False),
        Override("S002", fee=FeeOverride(75, None, "gazette")),
        Override("S003", open=True, fee=FeeOverride(None, "by age", None, "বয়স অনুযায়ী")),
    ]
    await queries.save_overrides(tx, overrides)
    await queries.save_overrides(tx, overrides[:1])
    assert await queries.read_overrides(tx) == {
        override.public_service_id: override for override in overrides
    }


async def test_bodies_are_stored_in_order(tx: Transaction) -> None:
    """All 67 are read in order; a repeat writes no row."""
    assert await queries.save_bodies(tx, REFERENCE.bodies) == 67
    assert await queries.read_bodies(tx) == list(REFERENCE.bodies)
    assert await queries.save_bodies(tx, REFERENCE.bodies) == 0


async def test_the_version_starts_at_zero_and_grows(tx: Transaction) -> None:
    """An empty database has version 0."""
    assert await queries.read_version(tx) == 0
    assert await queries.lock_version(tx) == 0
    await queries.raise_version(tx)
    assert await queries.lock_version(tx) == await queries.read_version(tx) == 1
