"""The roll-out on the real platform: the pilot passes, a district opens, and a pause stops help.

In a district that no other test needs; in the end its centre is closed.
"""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from time import perf_counter
from typing import Any, Final

import pytest

from libs.bangladesh.calendar import DHAKA, dhaka_date
from libs.clock import utc_now
from libs.contracts.applications import DayRecounted
from libs.contracts.identity import MandateClosed
from libs.contracts.pilot import PilotPlan
from libs.ids import new_id
from libs.messaging.writing import outbox
from services.programme.figures.queries import add_counts
from services.programme.figures.rules import Key
from services.programme.training.courses import courses
from tests.pipeline.conftest import TAX_NUMBER, logged_in
from tests.pipeline.platform import Platform
from tests.pipeline.running import command_of
from tests.waiting import until
from tools.virtual_users.citizen import Accepted, Api, NotServed
from tools.virtual_users.counter import (
    AssistedCitizen,
    Counter,
    answers_on_fee,
    consent,
    staff_of,
)

DISTRICT, UPAZILA, UNION, WARD = "5577", "557704", "U3678", "U3678-4"
NORTH: Final = "30262500"
CENTRE: Final = "rollout-test"
COURSE: Final = "cyber_security"
EVIDENCE: Final = "seen by the programme officer of the district"
MEASURED: Final[Mapping[str, Mapping[str, Any]]] = {
    "power_backup": {"minutes": 90},
    "devices": {"count": 2},
    **{
        kind: {"passed": True}
        for kind in (
            "printer", "premises", "prices", "price_list", "test_application", "complaint_line"
        )
    },
}  # fmt: skip
PILOT_DAY: Final = dhaka_date(utc_now()) - timedelta(days=3)
"""The only day of the pilot, of which nothing else on this platform knows."""
CRITERIA: Final = {
    "in_time": 90, "satisfaction": 75, "lost": 0, "overcharging": 0, "open_days": 1, "cost": 80,
}  # fmt: skip
MOVED: Final = timedelta(days=10)
LOG: Final = logging.getLogger(__name__)


async def call(
    who: Counter, method: str, path: str, body: Any = None
) -> tuple[int, Mapping[str, Any]]:
    headers = {"authorization": f"Bearer {who.token}"}
    return await who.api.request(method, path, headers=headers, body=body)


async def done(who: Counter, method: str, path: str, body: Any = None) -> Any:
    status, answer = await call(who, method, path, body)
    assert status < 300, (method, path, status, answer)
    return answer


def problem(answer: tuple[int, Mapping[str, Any]]) -> str:
    status, said = answer
    return str(said.get("type", status)).removeprefix("/problems/")


@dataclass
class Place:
    """A district with a centre in a ward, and the people who are there.

    Args:
        platform: the platform.
        salma: of the programme.
        karim: of the programme, the second person.
        counter: the counter of the centre.
    """

    platform: Platform
    salma: Counter
    karim: Counter
    counter: Counter

    async def put_centre(self, state: str) -> tuple[int, Mapping[str, Any]]:
        """Set the state of the centre, in its union and ward."""
        name = {"bn": "পরীক্ষা কেন্দ্র", "en": "Centre of the roll-out"}
        body = {
            "name": name, "address": name, "area": UPAZILA, "opens_at": "00:00",
            "closes_at": "23:59", "open_days": [1, 2, 3, 4, 5, 6, 7], "state": state,
            "union_id": UNION, "ward": 4,
        }  # fmt: skip
        return await call(self.salma, "PUT", f"/v1/centres/{CENTRE}", body)

    async def area(self, area: str) -> Any:
        return await done(self.salma, "GET", f"/v1/programme/areas/{area}")

    async def propose(self, area: str) -> tuple[int, Mapping[str, Any]]:
        path = f"/v1/programme/areas/{area}/openings"
        return await call(self.salma, "POST", path, {"reason": "all is there"})

    async def open(self, area: str) -> None:
        """Let two people open an area that is not open."""
        if (await self.area(area))["summary"]["stage"] == "open":
            return
        status, proposed = await self.propose(area)
        assert status == 201, (area, proposed)
        path = f"/v1/programme/openings/{proposed['act_id']}/approval"
        assert problem(await call(self.salma, "POST", path)) == "second_person_needed"
        await done(self.karim, "POST", path)

    async def open_all(self) -> None:
        """Open the district and what is around the centre, and let the centre run."""
        for area in (DISTRICT, UPAZILA, UNION, WARD):
            await self.open(area)

        async def runs() -> bool:
            status, centre = await self.put_centre("running")
            return status == 200 and centre["state"] == "running"

        await until(runs, every_s=0.2)

    async def pause(self, area: str) -> None:
        """Pause an area, with what its page says that this stops."""
        stops = (await self.area(area))["stops"]
        body = {"reason": "the line is dark", "stops": stops}
        await done(self.salma, "POST", f"/v1/programme/areas/{area}/pause", body)

    def citizen(self) -> AssistedCitizen:
        """Somebody who comes to the centre."""
        codes, tracing = self.platform.ledger, self.platform.tracing("citizen")
        return AssistedCitizen(self.counter.api, self.counter, codes, tracing)

    async def refusal(self) -> str:
        """Ask somebody who comes for a consent; return why that is refused, or nothing."""
        visitor = self.citizen()
        _, service = await visitor.get(f"/v1/services/{TAX_NUMBER}")
        wanted = {"public_service_id": TAX_NUMBER, "phone": visitor.phone}
        wanted |= answers_on_fee(service["fee"])
        return await refusal_of(self.counter.post("/v1/mandates", wanted, status=201))


async def qualify(place: Place, uddokta: Counter) -> None:
    """Let an uddokta take part in a session, and pass its test before another person."""
    [row] = await place.platform.rows(
        "identity", "SELECT uddokta_id FROM uddoktas WHERE username = $1", uddokta.username
    )
    [trainer] = await place.platform.rows(
        "identity", "SELECT staff_id FROM staff WHERE username = $1", place.karim.username
    )
    session = await done(
        place.salma,
        "POST",
        "/v1/training/sessions",
        {
            "course": COURSE,
            "audience": "uddokta",
            "day": str(dhaka_date(utc_now())),
            "place": "Hall of the district",
            "district": DISTRICT,
            "trainer_id": str(trainer["staff_id"]),
            "seats": 2,
        },
    )
    path, holder = f"/v1/training/sessions/{session['session_id']}", str(row["uddokta_id"])
    await done(uddokta, "POST", f"{path}/seat")
    await done(place.salma, "POST", f"{path}/attendance", {"holder_id": holder})
    test = await done(place.salma, "POST", f"{path}/tests", {"holder_id": holder})
    right = {question.text.en: question.options[0].en for question in courses()[COURSE].questions}
    answers = [
        [option["en"] for option in question["options"]].index(right[question["text"]["en"]])
        for question in test["questions"]
    ]
    path = f"/v1/training/tests/{test['test_id']}/answers"
    assert (await done(place.salma, "POST", path, {"answers": answers}))["number"]


async def equip(place: Place) -> None:
    """Measure the line with the centre's own device, and record all else that is needed."""
    await place.counter.post(
        "/v1/uddokta/lines", {"down_kbit_s": 2_400, "round_trip_ms": 140}, status=201
    )
    path, day = f"/v1/programme/centres/{CENTRE}/measures", str(dhaka_date(utc_now()))
    for kind, fields in MEASURED.items():
        body = {"kind": kind, "day": day, "evidence": EVIDENCE, **fields}
        await done(place.salma, "POST", path, body)

    async def is_green() -> bool:
        return bool((await place.area(WARD))["is_green"])

    await until(is_green, every_s=0.2)


async def end_pilot(place: Place) -> None:
    """Let two people set the criteria; then its only day lies three days back.

    What was counted on that day is counted as ever: help at centres, and the recount, by their
    topics.
    """
    ahead = str(dhaka_date(utc_now()) + timedelta(days=1))
    plan = {"first_day": ahead, "last_day": ahead, **CRITERIA, "reason": "letter 05.00"}
    proposed = await done(place.salma, "POST", "/v1/programme/pilot/proposals", plan)
    path = f"/v1/programme/pilot/proposals/{proposed['act_id']}/approval"
    await done(place.karim, "POST", path)
    at = datetime.combine(PILOT_DAY, time(12), DHAKA)
    async with place.platform.transaction("programme") as tx:
        past = PilotPlan(first_day=PILOT_DAY, last_day=PILOT_DAY, **CRITERIA)
        await tx.execute(
            "UPDATE pilot_plans SET plan = $2 WHERE act_id = $1",
            proposed["act_id"],
            past.model_dump_json(),
        )
        await tx.execute(
            "UPDATE stage_facts SET at = at - $2::interval WHERE area = $1", NORTH, MOVED
        )
        counts = {"in_time": 9, "late": 1, "rated_5": 3, "rated_2": 1, "assisted": 2}
        await add_counts(
            tx, {Key(PILOT_DAY, TAX_NUMBER, "ird", name): n for name, n in counts.items()}
        )
    async with place.platform.transaction("applications") as tx:
        await outbox.add(tx, [DayRecounted(day=PILOT_DAY, occurred_at=utc_now(), counts=())])
    async with place.platform.transaction("identity") as tx:
        sent = MandateClosed(
            service_centre_id="gulshan", area=NORTH, public_service_id=TAX_NUMBER,
            outcome="used", fee_bdt=50, charge_bdt=30, occurred_at=at,
        )  # fmt: skip
        await outbox.add(tx, [sent, sent.model_copy(update={"event_id": new_id()})])

    async def has_passed() -> bool:
        return bool((await done(place.salma, "GET", "/v1/programme/pilot"))["has_passed"])

    await until(has_passed, every_s=0.2)


@pytest.fixture(scope="module")
async def place(platform: Platform) -> AsyncIterator[Place]:
    """The district before anything is open there; its centre has all that is needed.

    In the end all is as before, but that the centre is closed.
    """
    run, api = command_of(platform), Api(platform.http, platform.plan.url("gateway"))
    people = [await staff_of("programme", api, run) for _ in range(2)]
    here = Place(platform, people[0], people[1], Counter(api, ""))
    status, centre = await here.put_centre("planned")
    assert status == 200, centre
    here.counter, second = [await Counter.opened(api, CENTRE, run) for _ in range(2)]
    for uddokta in (here.counter, second):
        await qualify(here, uddokta)
    await equip(here)
    yield here
    await forget_pilot(platform)
    await here.put_centre("closed")


async def forget_pilot(platform: Platform) -> None:
    """Take away what `end_pilot` wrote."""
    async with platform.transaction("programme") as tx:
        for table in ("counts", "assistance_counts", "recounts", "recounted_days"):
            await tx.execute(f"DELETE FROM {table} WHERE day = $1", PILOT_DAY)  # noqa: S608
        await tx.execute("DELETE FROM pilot_plans WHERE plan LIKE $1", f'%"{PILOT_DAY}"%')
        await tx.execute(
            "UPDATE stage_facts SET at = at + $2::interval WHERE area = $1", NORTH, MOVED
        )


async def test_help_is_refused_before_the_area_is_open(place: Place) -> None:
    """With the reason, at each step: no centre runs, and nothing opens before what is around it."""
    assert problem(await place.put_centre("running")) == "area_not_open"
    assert "service_centre_not_running" in await place.refusal()
    for area in (DISTRICT, UPAZILA, UNION, WARD):
        assert problem(await place.propose(area)) == "area_parent_closed"
    assert (await place.area(WARD))["is_green"]


async def test_after_the_pilot_a_district_opens_and_help_goes_up_to_the_sms(
    place: Place, form: dict[str, Any], answered: Callable[[Accepted], Awaitable[None]]
) -> None:
    """Then what is within it, each by two people; nothing opens in an area that is paused."""
    await end_pilot(place)
    for area in (DISTRICT, UPAZILA, UNION):
        await place.open(area)
    _, proposed = await place.propose(WARD)
    await place.pause(UNION)
    path = f"/v1/programme/openings/{proposed['act_id']}/approval"
    assert problem(await call(place.karim, "POST", path)) == "area_parent_closed"
    await place.open_all()
    accepted = await place.citizen().apply(TAX_NUMBER, form)
    await answered(accepted)
    assert place.platform.received(accepted).messages

    async def is_counted() -> bool:
        return bool((await place.area(WARD))["assistance"]["whole"]["sent"] == 1)

    await until(is_counted, every_s=0.2)
    assert (await place.area(DISTRICT))["assistance"]["whole"]["sent"] == 1


async def test_a_pause_stops_help_and_nothing_else(
    place: Place,
    form: dict[str, Any],
    answered: Callable[[Accepted], Awaitable[None]],
    behave: Callable[..., Awaitable[None]],
) -> None:
    """It counts first; a consent of before is worth nothing then. Open cases go on.

    A citizen with a phone applies as ever.
    """
    if not (await done(place.salma, "GET", "/v1/programme/pilot"))["has_passed"]:
        await end_pilot(place)
    await place.open_all()
    await behave(mode="answer", correction_rate=1.0, refusal_rate=0.0)
    accepted = await place.citizen().apply(TAX_NUMBER, form)
    mandate_id = await consent(place.counter, place.citizen(), TAX_NUMBER, place.platform.ledger)
    token = (await place.counter.post(f"/v1/mandates/{mandate_id}/tokens"))["access_token"]
    assert await place.refusal() == ""
    try:
        await pause_until_refused(place)
        await until(lambda: is_known_to_applications(place.platform), every_s=0.1)
        refusal = await refusal_of(send(place.counter, mandate_id, token, form))
        assert "service_centre_not_running" in refusal or "mandate_ended" in refusal, refusal
        await correct(place, accepted, form)
        await answered(accepted)
        await behave(mode="answer", refusal_rate=0.0)
        await answered(await (await logged_in(place.platform)).apply(TAX_NUMBER, form))
    finally:
        await place.open_all()
    assert await place.refusal() == ""


async def pause_until_refused(place: Place) -> None:
    """Pause the upazila with what its page has counted; say how long that takes."""
    stops = (await place.area(UPAZILA))["stops"]
    assert stops == {"areas": 3, "centres": 1}
    path = f"/v1/programme/areas/{UPAZILA}/pause"
    wrong = {"reason": "the line is dark", "stops": {"areas": 3, "centres": 2}}
    assert problem(await call(place.salma, "POST", path, wrong)) == "stops_changed"
    began_s = perf_counter()
    await place.pause(UPAZILA)
    await until(lambda: is_refused(place), every_s=0.1)
    LOG.info("a pause was in force after %.2f s", perf_counter() - began_s)
    assert problem(await place.propose(f"{UNION}-5")) == "area_parent_closed"


async def refusal_of(asked: Awaitable[Any]) -> str:
    """What a refused request was answered; nothing if it was taken."""
    try:
        await asked
    except NotServed as refused:
        return str(refused)
    return ""


async def is_refused(place: Place) -> bool:
    return "service_centre_not_running" in await place.refusal()


async def is_known_to_applications(platform: Platform) -> bool:
    """Whether applications has read that the centre was stopped."""
    sql = "SELECT FROM stops WHERE subject_id = $1 AND problem IS NOT NULL"
    return bool(await platform.rows("applications", sql, CENTRE))


async def send(counter: Counter, mandate_id: str, token: str, form: dict[str, Any]) -> None:
    """Send the application of a mandate."""
    await counter.post(
        f"/v1/mandates/{mandate_id}/application",
        {"form": form, "documents": []},
        status=201,
        mandate_token=token,
        headers={"idempotency-key": mandate_id},
    )


async def correct(place: Place, accepted: Accepted, form: dict[str, Any]) -> None:
    """Answer as the uddokta what the ministry has asked for, once it has."""
    path = f"/v1/assisted-applications/{accepted.tracking_number}/corrections"
    body = {"form": form, "documents": []}

    async def is_taken() -> bool:
        refusal = await refusal_of(place.counter.post(path, body))
        assert not refusal or "correction_not_asked" in refusal, refusal
        return not refusal

    await until(is_taken, every_s=0.2)
