"""Centres, measures and areas for tests."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from libs.contracts.identity import OfficerChanged, ServiceCentreChanged
from libs.contracts.language import Text
from libs.contracts.rollout import MeasureKind
from libs.database.pool import Database
from libs.ids import new_id
from services.programme.centres import use_cases as centres
from services.programme.infrastructure import queries
from services.programme.infrastructure.rules import Content, Measure
from services.programme.people.queries import save_people
from services.programme.people.rules import Person
from services.programme.people.use_cases import save
from services.programme.rollout import use_cases
from services.programme.training.queries import insert_qualification
from services.programme.training.rules import Qualification
from tests.services.programme.running import NOW, Api, account_of

NORTH, SOUTH = "30262500", "30262000"
ROLE = "district_staff"
DHAKA, CHATTOGRAM = "3026", "2015"
TODAY = NOW.date()
KARIM = "karim programme"
EVIDENCE = "seen by the programme officer of the district"


async def joins(database: Database, centre: str, *, active: bool = True) -> UUID:
    """An uddokta who was announced."""
    person = Person(new_id(), "uddokta", centre, None, active, NOW)
    async with database.transaction() as tx:
        await save_people(tx, [person])
    return person.holder_id


async def works(database: Database, office: str, area: str | None, *, active: bool = True) -> None:
    """An officer who was announced."""
    officer = OfficerChanged(
        officer_id=new_id(), ministry="lgd", office_id=office, area=area, duties=(), active=active,
        occurred_at=NOW,
    )  # fmt: skip
    async with database.transaction() as tx:
        await save(tx, [officer])


async def passes(
    database: Database, holder_id: UUID, *, days: int = 10, course: str = "cyber_security"
) -> None:
    """A test that was passed, whose qualification holds for some days more."""
    session_id, test_id = new_id(), new_id()
    async with database.transaction() as tx:
        await tx.execute(
            """
            INSERT INTO training_sessions (session_id, course, version, audience, day, place,
                        district, trainer_id, seats, created_by, created_at)
            VALUES ($1, $2, 1, 'uddokta', $3, 'Dhaka', '3026', $4, 20, 'test', $5)
            """,
            session_id, course, TODAY, new_id(), NOW,
        )  # fmt: skip
        await tx.execute(
            "INSERT INTO training_seats (session_id, holder_id, taken_at) VALUES ($1, $2, $3)",
            session_id, holder_id, NOW,
        )  # fmt: skip
        await tx.execute(
            """
            INSERT INTO training_tests (test_id, session_id, holder_id, opened_by, opened_at)
            VALUES ($1, $2, $3, 'test', $4)
            """,
            test_id, session_id, holder_id, NOW,
        )  # fmt: skip
        await insert_qualification(
            tx,
            Qualification(
                number=str(test_id)[-12:],
                test_id=test_id,
                holder_id=holder_id,
                audience="uddokta",
                course=course,
                version=1,
                valid_from=TODAY - timedelta(days=30),
                valid_until=TODAY + timedelta(days=days),
            ),
        )


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


async def equip(
    api: Api, centre_id: str, *, without: str = "", uddoktas: int = 2, **more: Any
) -> None:
    """Record that a centre has all that is needed, or all but one thing, and qualified uddoktas."""
    for _ in range(uddoktas):
        await passes(api.database, await joins(api.database, centre_id), days=365)
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


_SESSION = {
    "course": "cyber_security",
    "audience": "uddokta",
    "day": "2026-07-12",
    "trainer_id": str(account_of("karim")),
    "seats": 25,
}


@dataclass
class Place:
    """What is in a district, by the name of a parameter, and words that answers about it have."""

    values: Mapping[str, str]
    words: frozenset[str] = field(default_factory=frozenset)


async def made(api: Api, district: str, city: str, centre_id: str) -> Place:
    """A district with a centre, something that was measured there, an office, and a session."""
    await announce(api.database, centre(centre_id, city))
    office_id = f"zone-of-{centre_id}"
    await works(api.database, office_id, city)
    measure = {"kind": "printer", "day": "2026-06-22", "evidence": f"seen at {centre_id}"}
    path = f"/v1/programme/centres/{centre_id}/measures"
    assert (await api.call("POST", path, {**measure, "passed": True})).status == 201
    session = {**_SESSION, "district": district, "place": f"Hall of {centre_id}"}
    found = await api.call("POST", "/v1/training/sessions", session)
    session_id = found.json()["session_id"]
    values = {
        "area": city,
        "service_centre_id": centre_id,
        "office_id": office_id,
        "session_id": session_id,
    }
    return Place(values, frozenset({*values.values(), district}))
