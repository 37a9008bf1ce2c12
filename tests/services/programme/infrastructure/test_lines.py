"""The line that a device of a centre measured is what an area needs."""

from datetime import timedelta
from uuid import UUID

import pytest

from libs.contracts.identity import LineMeasured
from libs.database.pool import Database
from libs.ids import new_id
from services.programme.infrastructure.use_cases import save_lines
from tests.services.programme.rollout.scenes import announce, approve, centre, equip, propose, read
from tests.services.programme.running import NOW, Api

DEVICE = UUID(int=5)


def line(down_kbit_s: int = 2_400, round_trip_ms: int = 140, *, days_ago: int = 0) -> LineMeasured:
    return LineMeasured(
        event_id=new_id(),
        service_centre_id="nilkhet",
        device_id=DEVICE,
        down_kbit_s=down_kbit_s,
        round_trip_ms=round_trip_ms,
        occurred_at=NOW - timedelta(days=days_ago),
    )


async def measure(database: Database, *lines: LineMeasured) -> None:
    async with database.transaction() as tx:
        await save_lines(tx, lines)


async def state(api: Api) -> str:
    """What the list of the area says of the line."""
    checks = (await read(api))["centre"]["checks"]
    return next(str(check["state"]) for check in checks if check["check"] == "line")


async def test_an_area_opens_once_a_device_has_measured_the_line(database: Database) -> None:
    """With all else there, that is the last thing; the measure names the device."""
    api = Api(database)
    await announce(database, centre("nilkhet"))
    await equip(api, "nilkhet", without="line")
    assert (await state(api), (await propose(api)).status) == ("not_known", 409)
    measured = line()
    await measure(database, measured, measured)
    assert await state(api) == "green"
    assert (await approve(api, await propose(api))).status == 200
    path = "/v1/programme/centres/nilkhet/measures"
    listed = (await api.call("GET", path)).json()["items"]
    [seen] = [item for item in listed if item["kind"] == "line"]
    assert seen["evidence"] == f"device {DEVICE} of the centre"


@pytest.mark.parametrize(
    ("measured", "expected"),
    [
        (line(256, 1_000), "green"),
        (line(255, 1_000), "red"),
        (line(256, 1_001), "red"),
        (line(days_ago=90), "green"),
        (line(days_ago=91), "expired"),
    ],
)
async def test_a_line_must_be_enough_and_of_the_last_90_days(
    database: Database, measured: LineMeasured, expected: str
) -> None:
    """256 kbit/s, a second for a round trip."""
    api = Api(database)
    await announce(database, centre("nilkhet"))
    await measure(database, measured)
    assert await state(api) == expected


async def test_the_newest_measure_counts(database: Database) -> None:
    """Also a worse one, and in whichever order they come."""
    api = Api(database)
    await announce(database, centre("nilkhet"))
    await measure(database, line(100), line(days_ago=3))
    assert await state(api) == "red"
