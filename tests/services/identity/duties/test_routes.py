"""Two people give an officer a duty; others hear of the officer without a name."""

from dataclasses import replace
from datetime import timedelta

import pytest

from libs.bangladesh.calendar import dhaka_date
from libs.clock import Clock
from libs.contracts.identity import OfficerChanged
from services.identity.duties import queries
from services.identity.duties.use_cases import announce_officers
from services.identity.offices.queries import save_office
from services.identity.staff.rules import GivenRole
from services.identity.staff.use_cases import dismiss_officer, give_role, place_officer
from tests.services.identity.proposals.running import Programme
from tests.services.identity.running import Identity, Reply, announced
from tests.services.identity.staff.scenes import ZONE, Account
from tests.waiting import until

SECRETARY = {"duty": "secretary", "reason": "order 12 of the office"}


class Office:
    """An officer at an office, and two people of the programme."""

    def __init__(self, identity: Identity, programme: Programme, karim: Account) -> None:
        self.identity = identity
        self.programme = programme
        self.karim = karim
        self.path = f"/v1/officers/{karim.staff.staff_id}/duties"

    async def give(self, *, is_given: bool = True) -> Reply:
        """Let two people give the duty, or end it."""
        body = {**SECRETARY, "is_given": is_given}
        proposed = await self.programme.call(self.path, body)
        assert proposed.status == 201, proposed.raw
        return await self.programme.answer(proposed)

    async def duties(self) -> list[str]:
        """The duties that the programme sees."""
        token = self.programme.tokens["salma"]
        reply = await self.identity.call("GET", self.path, token=token)
        return list(reply.body["items"])

    async def last(self) -> OfficerChanged | None:
        """How the officer was announced last."""
        found = [
            e for e in await announced(self.identity.database) if isinstance(e, OfficerChanged)
        ]
        return found[-1] if found else None


@pytest.fixture
async def office(identity: Identity) -> Office:
    karim = await Account.made(identity, role="officer")
    async with identity.database.transaction() as tx:
        await save_office(tx, ZONE)
        await place_officer(tx, "karim", ZONE.office_id, ZONE.ministry, by="rahim")
    return Office(identity, await Programme.opened(identity), karim)


async def test_a_duty_is_given_and_ended_by_two_people(office: Office) -> None:
    """Not by one; others hear of it at once, of an id and not of a name."""
    proposed = await office.programme.call(office.path, SECRETARY)
    again = await office.programme.call(office.path, SECRETARY)
    assert (proposed.status, again.body) == (201, proposed.body)
    alone = await office.programme.answer(proposed, who="salma")
    assert (alone.status, alone.problem) == (403, "second_person_needed")
    assert await office.duties() == []
    (waiting,) = await office.programme.waiting()
    assert (waiting["username"], waiting["kind"]) == ("karim", "give_duty:secretary")
    assert (await office.programme.answer(proposed)).status == 200
    assert await office.duties() == ["secretary"]

    async def heard(duties: tuple[str, ...]) -> bool:
        last = await office.last()
        return last is not None and last.duties == duties

    await until(lambda: heard(("secretary",)))
    last = await office.last()
    assert last is not None
    assert (last.officer_id, last.office_id, last.area, last.active) == (
        office.karim.staff.staff_id, ZONE.office_id, ZONE.area, True,
    )  # fmt: skip
    assert "karim" not in last.model_dump_json()
    assert (await office.give(is_given=False)).status == 200
    assert await office.duties() == []
    await until(lambda: heard(()))


async def test_who_stands_in_for_a_colleague_has_the_duty_until_a_day(office: Office) -> None:
    """It ends by itself with that day, and others hear of it; a day that is over is refused."""
    database, at = office.identity.database, Clock(office.identity.time).now()
    last_day = dhaka_date(at) + timedelta(days=7)
    body = {**SECRETARY, "until": last_day.isoformat()}
    proposed = await office.programme.call(office.path, body)
    assert (await office.programme.answer(proposed)).status == 200
    assert await office.duties() == ["secretary"]
    async with database.transaction() as tx:
        await announce_officers(tx, at)
        assert await queries.read_changed_officers(tx, last_day, 9) == []
        (changed,) = await queries.read_changed_officers(tx, last_day + timedelta(days=1), 9)
    assert changed.duties == ()
    over = {**SECRETARY, "until": (dhaka_date(at) - timedelta(days=1)).isoformat()}
    assert (await office.programme.call(office.path, over)).problem == "duty_day_passed"


async def test_nobody_gives_oneself_a_duty(office: Office) -> None:
    """Neither proposes it nor approves it, whoever else takes part."""
    identity, programme = office.identity, office.programme
    rafiq = await Account.made(identity, "mina", role="programme")
    async with identity.database.transaction() as tx:
        role = GivenRole("officer", "test", Clock(identity.time).now())
        await give_role(tx, "mina", role, ministry=ZONE.ministry)
        await place_officer(tx, "mina", ZONE.office_id, ZONE.ministry, by="rahim")
    programme.tokens["mina"] = (await rafiq.log_in()).body["access_token"]
    path = f"/v1/officers/{rafiq.staff.staff_id}/duties"
    own = await programme.call(path, SECRETARY, who="mina")
    assert (own.status, own.problem) == (403, "own_account")
    approved = await programme.answer(await programme.call(path, SECRETARY), who="mina")
    assert (approved.status, approved.problem) == (403, "own_account")


async def test_an_officer_without_an_office_gets_no_duty(identity: Identity) -> None:
    """Since a duty is at an office; of somebody who is no officer there is nothing to see."""
    programme = await Programme.opened(identity)
    karim = await Account.made(identity, role="officer")
    mina = await Account.made(identity, "mina", role="operator")
    for account, problem in ((karim, "office_unknown"), (mina, "not_found")):
        path = f"/v1/officers/{account.staff.staff_id}/duties"
        assert (await programme.call(path, SECRETARY)).problem == problem


async def test_a_duty_stays_behind_when_its_officer_moves_or_leaves(office: Office) -> None:
    """It is at the office where it was given; each change is announced once."""
    await office.give()
    database, at = office.identity.database, Clock(office.identity.time).now()
    async with database.transaction() as tx:
        await announce_officers(tx, at)
        await save_office(tx, replace(ZONE, office_id="zone-7"))
        await place_officer(tx, "karim", "zone-7", ZONE.ministry, by="rahim")
        assert [
            (officer.office_id, officer.duties, officer.active)
            for officer in await queries.read_changed_officers(tx, dhaka_date(at), 9)
        ] == [("zone-7", (), True)]
        assert await announce_officers(tx, at) == 1
        assert await announce_officers(tx, at) == 0
        await dismiss_officer(tx, "karim", by="rahim")
        assert await announce_officers(tx, at) == 1
    last = await office.last()
    assert last is not None
    assert not last.active


async def test_a_duty_ends_with_the_role_of_an_officer(office: Office) -> None:
    """Also of an account that stays at its post as an editor: one person brings no duty back."""
    await office.give()
    database, at = office.identity.database, Clock(office.identity.time).now()
    roles = f"/v1/staff/{office.karim.staff.staff_id}/roles"
    token = office.programme.tokens["salma"]
    given = await office.identity.call("PUT", f"{roles}/editor", {}, token=token)
    taken = await office.identity.call("DELETE", f"{roles}/officer", token=token)
    assert (given.status, taken.status) == (200, 204)
    async with database.transaction() as tx:
        await announce_officers(tx, at)
    assert (await office.identity.call("PUT", f"{roles}/officer", {}, token=token)).status == 200
    listed = (await office.identity.call("GET", "/v1/officers", token=token)).body["items"]
    assert [(officer["office_id"], officer["active"]) for officer in listed] == [
        (ZONE.office_id, True)
    ]
    assert await office.duties() == []
