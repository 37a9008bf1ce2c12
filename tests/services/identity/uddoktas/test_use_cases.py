import asyncio
from uuid import UUID

from libs.ids import new_id
from services.identity.uddoktas.use_cases import approve_sanction, propose_sanction
from tests.services.identity.mandates.running import Counter
from tests.services.identity.running import Identity
from tests.services.identity.staff.scenes import Account

RAFIQ = new_id()


async def test_a_sanction_proposed_twice_waits_once(identity: Identity) -> None:
    """A double click is one proposal; another reason, or another person, makes another one."""
    counter = await Counter.opened(identity)
    salma = (await Account.made(identity, "salma", role="programme")).staff.staff_id

    async def propose(reason: str = "complaints", by: UUID = salma) -> UUID:
        async with identity.database.transaction() as tx:
            sanction = await propose_sanction(
                tx, counter.uddokta_id, "pause", reason, by, identity.time()
            )
        return sanction.act_id

    [first] = set(await asyncio.gather(*(propose() for _ in range(5))))
    others = {await propose("a court order"), await propose(by=RAFIQ)}
    assert len({first, *others}) == 3
    async with identity.database.transaction() as tx:
        await approve_sanction(tx, counter.uddokta_id, first, RAFIQ, identity.time())
    assert await propose() not in {first, *others}


async def test_sanctions_of_one_uddokta_are_approved_at_once(identity: Identity) -> None:
    """None waits for another that waits for it."""
    counter = await Counter.opened(identity)
    salma = (await Account.made(identity, "salma", role="programme")).staff.staff_id

    async def propose(number: int) -> UUID:
        async with identity.database.transaction() as tx:
            sanction = await propose_sanction(
                tx, counter.uddokta_id, "pause", f"reason {number}", salma, identity.time()
            )
        return sanction.act_id

    async def approve(sanction_id: UUID) -> str:
        async with identity.database.transaction() as tx:
            sanction = await approve_sanction(
                tx, counter.uddokta_id, sanction_id, RAFIQ, identity.time()
            )
        return sanction.kind

    proposed = [await propose(number) for number in range(8)]
    assert await asyncio.gather(*map(approve, proposed)) == ["pause"] * 8
