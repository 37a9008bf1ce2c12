"""The newest measure of each kind, kept beside all measures."""

from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from libs.contracts.rollout import MeasureKind
from libs.database.pool import Database
from libs.database.transaction import Transaction
from services.programme.infrastructure import queries
from tests.services.programme.rollout.scenes import TODAY, measure_of_day

DAY = timedelta(days=1)
MIGRATION = (
    Path(queries.__file__).parent.joinpath("migrations/0019_newest_measures.sql").read_text()
)
CONTENTS: list[tuple[MeasureKind, dict[str, Any]]] = [
    *(("power_backup", {"minutes": number}) for number in (59, 60)),
    *(("devices", {"count": number}) for number in (1, 2)),
    *(("printer", {"passed": passed}) for passed in (True, False)),
    *(
        ("line", {"down_kbit_s": kbit_s, "round_trip_ms": ms})
        for kbit_s, ms in product((255, 256), (1_000, 1_001))
    ),
]


async def stored(tx: Transaction) -> Any:
    return await tx.fetch("SELECT * FROM newest_measures ORDER BY place, kind")


@pytest.mark.parametrize(("kind", "content"), CONTENTS)
async def test_the_newest_row_is_the_same_for_measures_of_before(
    database: Database, kind: MeasureKind, content: dict[str, Any]
) -> None:
    """What was recorded before there was a row for it has the one that it would have got."""
    async with database.transaction() as tx:
        for days in (2, 0, 1):
            measure = measure_of_day(kind, TODAY - days * DAY, **content)
            assert await queries.insert_measure(tx, measure)
            assert not await queries.insert_measure(tx, measure)
        before = await stored(tx)
        assert [row["day"] for row in before] == [TODAY]
        await tx.execute("DELETE FROM newest_measures")
        await tx.execute(MIGRATION[MIGRATION.index("INSERT INTO") :])
        assert await stored(tx) == before


async def test_green_is_what_is_enough_until_its_last_day(database: Database) -> None:
    """For 90 days; what is not enough never is."""
    async with database.transaction() as tx:
        await queries.insert_measure(tx, measure_of_day("printer", TODAY, passed=True))
        await queries.insert_measure(tx, measure_of_day("devices", TODAY, count=1))
        for days, expected in ((0, {"centre nilkhet": 1}), (90, {"centre nilkhet": 1}), (91, {})):
            day = TODAY + days * DAY
            assert await queries.count_green(tx, ["centre nilkhet"], day) == expected
