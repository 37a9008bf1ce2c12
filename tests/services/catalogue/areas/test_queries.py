from libs.database.transaction import Transaction
from services.catalogue.areas import queries
from services.catalogue.public_services.reference import read_reference

REFERENCE = read_reference()


async def test_areas_are_read_as_they_were_stored(tx: Transaction) -> None:
    """All 5,105 are read by code; a repeat writes no row, a changed area one."""
    assert await queries.save_areas(tx, REFERENCE.areas) == 5105
    by_code = sorted(REFERENCE.areas, key=lambda area: area.code)
    assert await queries.read_areas(tx) == by_code
    assert await queries.save_areas(tx, REFERENCE.areas) == 0
    moved = REFERENCE.areas[9].model_copy(update={"latitude": 23.5})
    assert await queries.save_areas(tx, [moved]) == 1


async def test_post_offices_are_read_as_they_were_stored(tx: Transaction) -> None:
    """All 1,343 are read by code; a repeat writes no row."""
    await queries.save_areas(tx, REFERENCE.areas)
    assert await queries.save_postcodes(tx, REFERENCE.postcodes) == 1343
    by_code = sorted(REFERENCE.postcodes, key=lambda office: (office.postcode, office.office_en))
    assert await queries.read_postcodes(tx) == by_code
    assert await queries.save_postcodes(tx, REFERENCE.postcodes) == 0
