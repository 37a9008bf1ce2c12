"""Centres, measures and areas for tests."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from typing_extensions import override

from libs.contracts.identity import ServiceCentreChanged
from libs.contracts.language import Text
from libs.contracts.rollout import MeasureKind
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.ids import new_id
from services.programme.bodies.overview import Overview
from services.programme.centres import use_cases as centres
from services.programme.figures.latest import Latest
from services.programme.infrastructure import queries
from services.programme.infrastructure.rules import Content, Measure
from services.programme.rollout import use_cases
from services.programme.rollout.qualified import Qualified
from tests.services.programme.running import NOW, Api

NORTH, SOUTH = "30262500", "30262000"
TODAY = NOW.date()
KARIM = "karim programme"
EVIDENCE = "seen by the programme officer of the district"


class Counted(Qualified):
    """As many at each centre as the test says."""

    def __init__(self, number: int = 2) -> None:
        self.number = number

    @override
    async def at_centres(
        self, tx: Transaction, service_centre_ids: Collection[str], today: date
    ) -> Mapping[str, int]:
        return dict.fromkeys(service_centre_ids, self.number)


def api_of(database: Database, number: int = 2) -> Api:
    """The programme, with so many qualified uddoktas at each centre."""
    return Api(database, provides=[Overview(), Latest(), Counted(number)])


def centre(centre_id: str, area: str = SOUTH, **more: Any) -> ServiceCentreChanged:
    """A centre that identity announces."""
    fields: dict[str, Any] = {"state": "planned", "occurred_at": datetime(2026, 6, 1, tzinfo=UTC)}
    return ServiceCentreChanged(
        service_centre_id=centre_id,
        name=Text(bn="কেন্দ্র", en=f"Centre {centre_id}"),
        area=area,
        **fields | more,
    )


async def announce(database: Database, *events: ServiceCentreChanged) -> None:
    async with database.transaction() as tx:
        await centres.save(tx, events)


async def first_areas(database: Database) -> None:
    async with database.transaction() as tx:
        await use_cases.add_first(tx, NOW)


def measure_of_day(kind: MeasureKind, day: date, **content: Any) -> Measure:
    """Something that was measured at Nilkhet."""
    return Measure(
        measure_id=new_id(),
        place="centre nilkhet",
        kind=kind,
        day=day,
        content=Content(**content),
        evidence="device",
        recorded_by="identity",
        recorded_at=NOW,
    )


async def measure_line(database: Database, centre_id: str) -> None:
    """A device of a centre measured its line."""
    measure = measure_of_day("line", TODAY, down_kbit_s=2_000, round_trip_ms=120)
    async with database.transaction() as tx:
        await queries.insert_measure(tx, replace(measure, place=f"centre {centre_id}"))


MEASURED: Mapping[str, Mapping[str, Any]] = {
    "power_backup": {"minutes": 90},
    "devices": {"count": 2},
    **{
        kind: {"passed": True}
        for kind in (
            "printer", "premises", "prices", "price_list", "test_application", "complaint_line"
        )
    },
}  # fmt: skip


async def equip(api: Api, centre_id: str, *, without: str = "", **more: Any) -> None:
    """Record that a centre has all that is needed, or all but one thing."""
    path = f"/v1/programme/centres/{centre_id}/measures"
    for kind, fields in MEASURED.items():
        if kind != without:
            body = {"kind": kind, "day": str(TODAY), "evidence": EVIDENCE, **fields, **more}
            answer = await api.call("POST", path, body)
            assert answer.status == 201, answer.body
    if without != "line":
        await measure_line(api.database, centre_id)


async def propose(api: Api, area: str = SOUTH, who: str = "salma programme") -> Any:
    body = {"reason": "all is there"}
    return await api.call("POST", f"/v1/programme/areas/{area}/openings", body, who=who)


async def approve(api: Api, proposed: Any, who: str = KARIM) -> Any:
    path = f"/v1/programme/openings/{proposed.json()['act_id']}/approval"
    return await api.call("POST", path, who=who)


async def read(api: Api, area: str = SOUTH) -> Any:
    return (await api.call("GET", f"/v1/programme/areas/{area}")).json()


async def pause(api: Api, area: str, stops: Any = None, who: str = "salma programme") -> Any:
    stops = stops or (await read(api, area))["stops"]
    body = {"reason": "overcharging was proved", "stops": stops}
    return await api.call("POST", f"/v1/programme/areas/{area}/pause", body, who=who)
