"""Bodies, areas and post offices come back from the database as they went in."""

from dataclasses import replace

from libs.database.transaction import Transaction
from services.catalogue.reference_files import read_reference
from services.catalogue.store import places

REFERENCE = read_reference()


async def test_bodies_keep_their_order(tx: Transaction) -> None:
    """A body comes after its parent, as in the reference."""
    assert await places.save_bodies(tx, REFERENCE.bodies) == 67
    assert await places.read_bodies(tx) == list(REFERENCE.bodies)
    assert await places.save_bodies(tx, REFERENCE.bodies) == 0


async def test_areas_come_back_by_code(tx: Transaction) -> None:
    """All 5,105, every field; a repetition touches none, a moved one is one row."""
    assert await places.save_areas(tx, REFERENCE.areas) == 5105
    by_code = sorted(REFERENCE.areas, key=lambda area: area.code)
    assert await places.read_areas(tx) == by_code
    assert await places.save_areas(tx, REFERENCE.areas) == 0
    moved = replace(REFERENCE.areas[9], latitude=23.5)
    assert await places.save_areas(tx, [moved]) == 1


async def test_post_offices_come_back_by_code(tx: Transaction) -> None:
    """All 1,343; a repetition touches none."""
    await places.save_areas(tx, REFERENCE.areas)
    assert await places.save_postcodes(tx, REFERENCE.postcodes) == 1343
    by_code = sorted(REFERENCE.postcodes, key=lambda each: (each.postcode, each.office_en))
    assert await places.read_postcodes(tx) == by_code
    assert await places.save_postcodes(tx, REFERENCE.postcodes) == 0
