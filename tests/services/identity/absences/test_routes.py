"""An officer is away and a colleague stands in: from the first to the last day, and never twice."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from libs.bangladesh.calendar import dhaka_date
from libs.clock import Clock
from libs.contracts.identity import OfficerChanged
from libs.ids import new_id
from services.identity.absences import queries as absences
from services.identity.absences.rules import Absence
from services.identity.duties import queries as duties
from services.identity.duties.use_cases import announce_officers
from services.identity.offices import use_cases as offices
from services.identity.offices.queries import save_office
from services.identity.staff.use_cases import dismiss_officer, place_officer
from tests.services.identity.proposals.running import Programme
from tests.services.identity.running import Identity, Reply, announced
from tests.services.identity.staff.scenes import ZONE, Account
from tests.waiting import until

PEOPLE = ("karim", "mina", "nasrin")
ORDER = "order 12 of the office"
OTHER = replace(ZONE, office_id="zone-7")


class Office:
    """Three officers of an office; Karim has a duty."""

    def __init__(self, identity: Identity, accounts: dict[str, Account]) -> None:
        self.identity = identity
        self.ids = {name: account.staff.staff_id for name, account in accounts.items()}
        self.tokens: dict[str, str] = {}
        self._accounts = accounts
        self.today = dhaka_date(Clock(identity.time).now())

    def day(self, days: int) -> date:
        """A day, counted from today."""
        return self.today + timedelta(days=days)

    async def token(self, name: str) -> str:
        """The token of an officer, who logs in once."""
        if name not in self.tokens:
            self.tokens[name] = (await self._accounts[name].log_in()).body["access_token"]
        return self.tokens[name]

    async def away(
        self,
        who: str,
        deputy: str,
        since: int = 0,
        last: int = 9,
        *,
        other: dict[str, str] | None = None,
    ) -> Reply:
        """Record an absence as the officer who is away."""
        body = {
            "since": self.day(since).isoformat(),
            "until": self.day(last).isoformat(),
            "deputy_id": str(self.ids[deputy]),
            "reason": ORDER,
            **(other or {}),
        }
        return await self.identity.call("POST", "/v1/absences", body, token=await self.token(who))

    async def page(self, who: str) -> Any:
        """What an officer sees of absences."""
        return (await self.identity.call("GET", "/v1/absences", token=await self.token(who))).body

    async def end(self, absence_id: str, who: str) -> Reply:
        """End an absence."""
        path = f"/v1/absences/{absence_id}"
        return await self.identity.call("DELETE", path, token=await self.token(who))

    async def heard(self, who: str) -> list[tuple[str, date, date, UUID]]:
        """What others hear that an officer has for colleagues."""
        found = [
            event
            for event in await announced(self.identity.database)
            if isinstance(event, OfficerChanged) and event.officer_id == self.ids[who]
        ]
        return [
            (held.duty, held.since, held.until, held.absent_id)
            for held in (found[-1].stands_in if found else ())
        ]

    async def announce(self, on: date) -> dict[UUID, tuple[str, ...]]:
        """What is announced of duties for colleagues on a day, of officers who have changed."""
        async with self.identity.database.transaction() as tx:
            changed = await duties.read_changed_officers(tx, on, 99)
        return {officer.officer_id: officer.stand_ins for officer in changed}


@pytest.fixture
async def office(identity: Identity) -> Office:
    accounts = {name: await Account.made(identity, name, role="officer") for name in PEOPLE}
    at = Clock(identity.time).now()
    async with identity.database.transaction() as tx:
        await save_office(tx, ZONE)
        await save_office(tx, OTHER)
        for name in PEOPLE:
            await place_officer(tx, name, ZONE.office_id, ZONE.ministry, by="rahim")
        karim = accounts["karim"].staff.staff_id
        await duties.insert_duty(tx, karim, ZONE.office_id, "secretary", None, at)
    return Office(identity, accounts)


async def test_a_deputy_has_the_duties_for_the_days_of_the_absence(office: Office) -> None:
    """Others hear of it at once with both days, also before the first one, and of no name."""
    assert (await office.away("karim", "mina", since=2)).status == 201
    held = ("secretary", office.day(2), office.day(9), office.ids["karim"])

    async def is_heard() -> bool:
        return await office.heard("mina") == [held]

    await until(is_heard)
    assert [
        e for e in await announced(office.identity.database) if "mina" in e.model_dump_json()
    ] == []
    (own,) = (await office.page("karim"))["own"]
    (other,) = (await office.page("mina"))["stands_in"]
    assert own == other
    assert (own["deputy"], own["state"], own["deputy_acts"]) == ("mina", "coming", True)
    assert [one["username"] for one in (await office.page("karim"))["colleagues"]] == [
        "mina", "nasrin",
    ]  # fmt: skip


async def test_the_days_end_with_the_duty_of_who_is_away(office: Office) -> None:
    """A duty that ends before the absence does so for the deputy; one of another office is none."""
    async with office.identity.database.transaction() as tx:
        at, karim = Clock(office.identity.time).now(), office.ids["karim"]
        await duties.insert_duty(tx, karim, ZONE.office_id, "secretary", office.day(3), at)
        await duties.insert_duty(tx, karim, OTHER.office_id, "head", None, at)
    assert (await office.away("karim", "mina")).status == 201

    async def is_heard() -> bool:
        heard = await office.heard("mina")
        return [(held[0], held[2]) for held in heard] == [("secretary", office.day(3))]

    await until(is_heard)


async def test_an_absence_that_is_over_is_announced_no_more(office: Office) -> None:
    """After a week in which the deputy is told why; nobody has to end it."""
    assert (await office.away("karim", "mina")).status == 201
    async with office.identity.database.transaction() as tx:
        await announce_officers(tx, Clock(office.identity.time).now())
    assert await office.announce(office.day(16)) == {}
    assert await office.announce(office.day(17)) == {office.ids["mina"]: ()}


@pytest.mark.parametrize(
    ("since", "last", "problem"),
    [(0, -1, "absence_days_wrong"), (5, 4, "absence_days_wrong"), (0, 366, "absence_days_wrong"),
     (-3, 0, None), (0, 365, None), (4, 4, None)],
    ids=["over", "ends before it begins", "longer than a year", "began before", "a year", "a day"],
)  # fmt: skip
async def test_the_days_of_an_absence(
    office: Office, since: int, last: int, problem: str | None
) -> None:
    """It ends today or later, in order, and within a year."""
    reply = await office.away("karim", "mina", since, last)
    if problem is None:
        assert reply.status == 201
    else:
        assert reply.problem == problem


async def test_nobody_is_her_own_deputy(office: Office) -> None:
    """Nor is somebody of another office, without an office, without an account, or not officer."""
    async with office.identity.database.transaction() as tx:
        await offices.place_officer(tx, "nasrin", OTHER.office_id, by="salma")
    assert (await office.away("karim", "karim")).problem == "deputy_unfit"
    assert (await office.away("karim", "nasrin")).problem == "deputy_unfit"
    async with office.identity.database.transaction() as tx:
        await dismiss_officer(tx, "mina", by="salma")
    assert (await office.away("karim", "mina")).problem == "deputy_unfit"
    nobody = {"deputy_id": str(UUID(int=9))}
    assert (await office.away("karim", "mina", other=nobody)).problem == "not_found"
    async with office.identity.database.transaction() as tx:
        with pytest.raises(Exception, match="deputy_is_another"):
            await tx.execute(
                "INSERT INTO officer_absences VALUES ($1, $2, $3, $2, $4, $4, now())",
                UUID(int=1), office.ids["karim"], ZONE.office_id, office.today,
            )  # fmt: skip


async def test_a_deputy_is_qualified_to_the_last_day(office: Office) -> None:
    """Where a course is needed; who is not on that day acts no more, and the page says so."""
    async with office.identity.database.transaction() as tx:
        await tx.execute(
            "INSERT INTO qualifications (holder_id, course, until, changed_at) "
            "VALUES ($1, 'officers', $2, now())",
            office.ids["mina"],
            office.day(5),
        )
        await tx.execute(
            "INSERT INTO needed_courses (course, audience, needed_from, changed_at) "
            "VALUES ('officers', 'officer', $1, now())",
            office.day(-1),
        )
    assert (await office.away("karim", "mina", last=6)).problem == "deputy_unfit"
    assert (await office.away("karim", "mina", last=5)).status == 201
    async with office.identity.database.transaction() as tx:
        await tx.execute("UPDATE qualifications SET until = $1", office.day(-1))
    (own,) = (await office.page("karim"))["own"]
    assert own["deputy_acts"] is False


async def test_there_is_no_deputy_of_a_deputy(office: Office) -> None:
    """In the same days nobody is away and a deputy, whichever was recorded first."""
    assert (await office.away("karim", "mina", 0, 5)).status == 201
    assert (await office.away("mina", "nasrin", 5, 8)).problem == "deputy_of_deputy"
    assert (await office.away("nasrin", "karim", 2, 3)).problem == "deputy_away"
    assert (await office.away("mina", "nasrin", 6, 8)).status == 201
    assert (await office.away("nasrin", "mina", 1, 2)).status == 201  # a deputy of two


async def test_two_absences_of_an_officer_share_no_day(office: Office) -> None:
    """Also recorded at once: one of both holds."""
    assert (await office.away("karim", "mina", 0, 5)).status == 201
    assert (await office.away("karim", "nasrin", 5, 6)).problem == "absence_overlaps"
    (own,) = (await office.page("karim"))["own"]
    assert (await office.end(own["absence_id"], "karim")).status == 204
    assert (await office.away("karim", "nasrin", 5, 6)).status == 201


async def test_an_absence_ends_early(office: Office) -> None:
    """By who is away; the deputy ends none, and has the duties no more."""
    absence_id = (await office.away("karim", "mina")).body["absence_id"]
    assert (await office.end(absence_id, "mina")).problem == "not_found"
    assert (await office.end(absence_id, "karim")).status == 204
    assert (await office.end(absence_id, "karim")).problem == "not_found"
    assert (await office.page("mina"))["stands_in"] == []

    async def is_heard() -> bool:
        return await office.heard("mina") == []

    await until(is_heard)


async def test_who_goes_to_another_office_leaves_absences_behind(office: Office) -> None:
    """Also for the day of coming back: who is away is so no more, and a deputy is none."""
    assert (await office.away("karim", "mina")).status == 201
    async with office.identity.database.transaction() as tx:
        for office_id in (OTHER.office_id, ZONE.office_id):
            await offices.place_officer(tx, "mina", office_id, by="salma")
    (own,) = (await office.page("karim"))["own"]
    assert own["deputy_acts"] is False
    assert (await office.announce(office.today)).get(office.ids["mina"], ()) == ()
    async with office.identity.database.transaction() as tx:
        await offices.place_officer(tx, "karim", OTHER.office_id, by="salma")
    office.tokens.clear()
    office.identity.time.forward(seconds=60)
    assert (await office.page("karim"))["own"] == []


async def test_two_people_of_the_programme_record_an_absence(office: Office) -> None:
    """For who cannot: one proposes, another approves; neither of whom it is about."""
    programme = await Programme.opened(office.identity)
    body = {
        "officer_id": str(office.ids["karim"]),
        "since": office.today.isoformat(),
        "until": office.day(3).isoformat(),
        "deputy_id": str(office.ids["mina"]),
        "reason": ORDER,
    }
    proposed = await programme.call("/v1/absences", body)
    assert (proposed.status, proposed.body["absence_id"]) == (201, None)
    assert (await programme.call("/v1/absences", body)).body == proposed.body
    assert (await office.page("mina"))["stands_in"] == []
    (waiting,) = await programme.waiting()
    assert waiting["kind"] == f"absence:{office.today} {office.day(3)} mina"
    assert (waiting["username"], waiting["office_id"]) == ("karim", ZONE.office_id)
    alone = await programme.answer(proposed, who="salma")
    assert alone.problem == "second_person_needed"
    assert (await programme.answer(proposed)).status == 200
    (held,) = (await office.page("mina"))["stands_in"]
    assert held["officer"] == "karim"
    listed = await office.identity.call(
        "GET", f"/v1/absences?officer_id={office.ids['karim']}", token=programme.tokens["salma"]
    )
    assert [one["deputy"] for one in listed.body["own"]] == ["mina"]
    path = f"/v1/absences/{held['absence_id']}"
    ended = await office.identity.call("DELETE", path, token=programme.tokens["salma"])
    assert ended.status == 204


async def test_an_officer_reads_the_names_of_the_own_ministry_only(office: Office) -> None:
    """By their ids; of another ministry, of no officer, and of nobody there is none."""
    operator = await Account.made(office.identity, "rahim")
    async with office.identity.database.transaction() as tx:
        await tx.execute(
            "UPDATE staff SET ministry = 'minland', office_id = NULL WHERE username = 'nasrin'"
        )
    ids = [*office.ids.values(), operator.staff.staff_id, UUID(int=9)]
    path = f"/v1/officer-names?ids={','.join(map(str, ids))},-"
    reply = await office.identity.call("GET", path, token=await office.token("karim"))
    names = {str(office.ids[name]): name for name in ("karim", "mina")}
    assert reply.body == {"names": names}
    other = await Programme.opened(office.identity)
    assert (await other.call(path)).status in {403, 405}


async def test_an_officer_records_and_reads_no_other_ones(office: Office) -> None:
    """That is for the programme."""
    other = {"officer_id": str(office.ids["karim"])}
    assert (await office.away("mina", "nasrin", other=other)).problem == "role_missing"
    path = f"/v1/absences?officer_id={office.ids['karim']}"
    reply = await office.identity.call("GET", path, token=await office.token("mina"))
    assert reply.problem == "role_missing"


async def test_very_many_absences_to_come_leave_others_announced(office: Office) -> None:
    """Those of the nearest days are announced, as many as an event holds."""
    at = Clock(office.identity.time).now()
    async with office.identity.database.transaction() as tx:
        for day in range(2 * 101):
            karim, mina = office.ids["karim"], office.ids["mina"]
            since = office.day(10 + day)
            absence = Absence(new_id(), karim, ZONE.office_id, mina, since, since)
            await absences.insert_absence(tx, absence, at)
        await announce_officers(tx, at)
    heard = await office.heard("mina")
    assert [since for _, since, _, _ in heard] == [office.day(10 + day) for day in range(200)]
