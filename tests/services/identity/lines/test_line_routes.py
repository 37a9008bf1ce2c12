"""What a device of a centre measured is announced, bound to both."""

from libs.contracts.identity import LineMeasured
from tests.services.identity.mandates.running import Counter
from tests.services.identity.running import Identity, announced

PATH = "/v1/uddokta/lines"
MEASURED = {"down_kbit_s": 2400, "round_trip_ms": 140}


async def lines(identity: Identity) -> list[LineMeasured]:
    return [each for each in await announced(identity.database) if type(each) is LineMeasured]


async def test_a_line_is_announced_with_device_and_centre(identity: Identity) -> None:
    """Also at a centre that waits for its area."""
    counter = await Counter.opened(identity, centre="nilkhet")
    reply = await counter.send(PATH, MEASURED)
    assert reply.status == 201, reply.raw
    [line] = await lines(identity)
    assert (line.service_centre_id, line.down_kbit_s, line.round_trip_ms) == ("nilkhet", 2400, 140)
    assert str(line.device_id) == reply.body["device_id"]


async def test_only_a_device_of_the_own_centre_measures(identity: Identity) -> None:
    """Neither without a proof, nor with one a second time, nor at another centre."""
    counter = await Counter.opened(identity)
    bare = await identity.call("POST", PATH, MEASURED, token=counter.token)
    assert (bare.status, bare.problem) == (401, "proof_invalid")
    again = [await counter.send(PATH, MEASURED, proof_id="one") for _ in range(2)]
    assert [reply.status for reply in again] == [201, 401]
    async with identity.database.transaction() as tx:
        await tx.execute("UPDATE uddoktas SET service_centre_id = 'uttara'")
    moved = await counter.send(PATH, MEASURED)
    assert (moved.status, moved.problem) == (403, "device_unknown")
    assert len(await lines(identity)) == 1


async def test_numbers_out_of_bounds_are_refused(identity: Identity) -> None:
    """Nothing is announced that its readers would set aside."""
    counter = await Counter.opened(identity)
    for wrong in ({"down_kbit_s": -1}, {"round_trip_ms": 600_001}, {"round_trip_ms": 1.5}):
        assert (await counter.send(PATH, MEASURED | wrong)).status == 422
    assert await lines(identity) == []
