"""SQL of areas and post offices."""

from collections.abc import Sequence

from libs.bangladesh.geography import Postcode
from libs.contracts.catalogue import Area
from libs.contracts.language import Text
from libs.database.transaction import Transaction


async def save_areas(tx: Transaction, areas: Sequence[Area]) -> int:
    """Store the areas that are new or changed; return how many."""
    return await tx.execute(
        """
        INSERT INTO areas AS stored
               (code, kind, parent, name_bn, name_en, alt_bn, alt_en, latitude, longitude,
                ward_count)
        SELECT *
          FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
                      $7::text[], $8::double precision[], $9::double precision[], $10::bigint[])
            ON CONFLICT (code) DO UPDATE
               SET kind = excluded.kind, parent = excluded.parent, name_bn = excluded.name_bn,
                   name_en = excluded.name_en, alt_bn = excluded.alt_bn,
                   alt_en = excluded.alt_en, latitude = excluded.latitude,
                   longitude = excluded.longitude, ward_count = excluded.ward_count
             WHERE stored IS DISTINCT FROM excluded
        """,
        [area.code for area in areas],
        [area.kind for area in areas],
        [area.parent for area in areas],
        [area.name.bn for area in areas],
        [area.name.en for area in areas],
        [area.other_name_bn for area in areas],
        [area.other_name_en for area in areas],
        [area.latitude for area in areas],
        [area.longitude for area in areas],
        [area.ward_count for area in areas],
    )


async def save_postcodes(tx: Transaction, postcodes: Sequence[Postcode]) -> int:
    """Store the post offices that are new or changed; return how many."""
    return await tx.execute(
        """
        INSERT INTO postcodes AS stored
               (postcode, office_en, office_bn, thana_en, thana_bn, district_code)
        SELECT *
          FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
            ON CONFLICT (postcode, office_en) DO UPDATE
               SET office_bn = excluded.office_bn, thana_en = excluded.thana_en,
                   thana_bn = excluded.thana_bn, district_code = excluded.district_code
             WHERE stored IS DISTINCT FROM excluded
        """,
        [postcode.postcode for postcode in postcodes],
        [postcode.office_en for postcode in postcodes],
        [postcode.office_bn for postcode in postcodes],
        [postcode.thana_en for postcode in postcodes],
        [postcode.thana_bn for postcode in postcodes],
        [postcode.district_code for postcode in postcodes],
    )


async def read_areas(tx: Transaction) -> list[Area]:
    """Read all areas, ordered by code."""
    rows = await tx.fetch(
        """
        SELECT code, kind, parent, name_bn, name_en, alt_bn AS other_name_bn,
               alt_en AS other_name_en, latitude, longitude, ward_count
          FROM areas
         ORDER BY code COLLATE "C"
        """
    )
    return [Area(name=Text(bn=row["name_bn"], en=row["name_en"]), **row) for row in rows]


async def read_postcodes(tx: Transaction) -> list[Postcode]:
    """Read all post offices, ordered by code."""
    rows = await tx.fetch(
        """
        SELECT postcode, district_code, thana_en, thana_bn, office_en, office_bn
          FROM postcodes
         ORDER BY postcode COLLATE "C", office_en COLLATE "C"
        """
    )
    return [Postcode(**row) for row in rows]
