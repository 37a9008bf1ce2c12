"""A duty is for the office for which two people gave it, wherever one person moves the officer."""

from dataclasses import replace

import pytest

from libs.clock import Clock
from services.identity.offices import use_cases as offices
from services.identity.offices.queries import save_office
from services.identity.staff.rules import GivenRole
from services.identity.staff.use_cases import give_role
from tests.services.identity.proposals.running import Programme
from tests.services.identity.running import Identity, Reply
from tests.services.identity.staff.scenes import ZONE, Account

OTHER = replace(ZONE, office_id="zone-7")
SECRETARY = {"duty": "secretary", "reason": "order 12 of the office"}


class Moved:
    """An officer whom one person moves, before two people of the programme."""

    def __init__(self, identity: Identity, programme: Programme, karim: Account) -> None:
        self.identity = identity
        self.programme = programme
        self._officer_id = karim.staff.staff_id

    async def propose(self) -> Reply:
        """Propose the duty at the present office."""
        return await self.programme.call(f"/v1/officers/{self._officer_id}/duties", SECRETARY)

    async def place(self, *office_ids: str) -> None:
        """Let the officer go from one office to the next."""
        async with self.identity.database.transaction() as tx:
            for office_id in office_ids:
                await offices.place_officer(tx, "karim", office_id, by="salma")

    async def duties(self) -> int:
        """How many duties the officer has at the present office."""
        token = self.programme.tokens["salma"]
        path = f"/v1/officers/{self._officer_id}/duties"
        return len((await self.identity.call("GET", path, token=token)).body["items"])


@pytest.fixture
async def moved(identity: Identity) -> Moved:
    karim = await Account.made(identity, role="officer")
    async with identity.database.transaction() as tx:
        for office in (ZONE, OTHER):
            await save_office(tx, office)
    found = Moved(identity, await Programme.opened(identity), karim)
    await found.place(ZONE.office_id)
    return found


async def test_a_duty_is_for_the_office_for_which_it_was_proposed(moved: Moved) -> None:
    """Whoever approves it reads which; one person alone could move the officer in between."""
    proposed = await moved.propose()
    (waiting,) = await moved.programme.waiting()
    assert (waiting["username"], waiting["office_id"]) == ("karim", ZONE.office_id)
    await moved.place(OTHER.office_id)
    approved = await moved.programme.answer(proposed)
    assert (approved.status, approved.problem) == (409, "officer_moved")
    assert await moved.duties() == 0
    await moved.place(ZONE.office_id)
    assert (await moved.programme.answer(proposed)).status == 200
    assert await moved.duties() == 1


async def test_whoever_comes_back_to_an_office_has_no_duty_of_before(moved: Moved) -> None:
    """Else one person alone could give it again; who stays there keeps it."""
    assert (await moved.programme.answer(await moved.propose())).status == 200
    await moved.place(ZONE.office_id)
    assert await moved.duties() == 1
    await moved.place(OTHER.office_id, ZONE.office_id)
    assert await moved.duties() == 0


async def test_nobody_is_asked_to_approve_an_own_duty(moved: Moved) -> None:
    """The list says why, as for an own account."""
    at = Clock(moved.identity.time).now()
    mina = await Account.made(moved.identity, "mina", role="programme")
    async with moved.identity.database.transaction() as tx:
        role = GivenRole("officer", "test", at)
        await give_role(tx, "mina", role, ministry=ZONE.ministry)
        await offices.place_officer(tx, "mina", ZONE.office_id, by="rahim")
    moved.programme.tokens["mina"] = (await mina.log_in()).body["access_token"]
    path = f"/v1/officers/{mina.staff.staff_id}/duties"
    assert (await moved.programme.call(path, SECRETARY)).status == 201
    (waiting,) = await moved.programme.waiting("mina")
    assert waiting["not_by_me"] == "about_me"
