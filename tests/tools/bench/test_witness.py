"""What came through, as the ledger has it."""

import asyncio

from tools.bench.witness import Witness

from tests.tools.playing import playing


async def test_what_was_there_before_is_left_out_and_what_came_is_read_once() -> None:
    """A stage counts its own applications only: a hand-over and two messages each."""
    async with playing() as (played, http):
        played.make_application()
        witness = Witness(http, played.url)
        await witness.skip_to_end()
        number = played.make_application()["tracking_number"]
        received = await witness.received({number}, within_s=10)
        assert received.hand_overs == {number: 1}
        assert [count.total() for count in received.messages.values()] == [2]
        assert received.complete(number)
        assert (await witness.received(set(), within_s=10)).hand_overs == {}


async def test_it_waits_until_all_are_through() -> None:
    """The last application's messages come while it waits."""
    async with playing() as (played, http):
        witness = Witness(http, played.url)
        made = [played.make_application()["tracking_number"] for _ in range(2)]
        late = played.ledger["messages"].pop()
        asyncio.get_running_loop().call_later(0.3, played.ledger["messages"].append, late)
        await witness.arrived(2, within_s=30)
        received = await witness.received(made, within_s=0)
        assert all(map(received.complete, made))


async def test_what_never_comes_is_not_waited_for_for_ever() -> None:
    """An application whose answer is lost is found incomplete when time is up."""
    async with playing(answers=0) as (played, http):
        number = played.make_application()["tracking_number"]
        witness = Witness(http, played.url)
        await witness.arrived(1, within_s=0.2)
        received = await witness.received({number}, within_s=0.2)
        assert not received.complete(number)
        assert received.hand_overs[number] == 1


async def test_one_lost_and_one_doubled_do_not_make_it_stop_early() -> None:
    """The number of messages is right, but not of each application: it reads on."""
    async with playing() as (played, http):
        witness = Witness(http, played.url)
        made = [played.make_application()["tracking_number"] for _ in range(2)]
        late = played.ledger["messages"].pop()
        twin = played.ledger["messages"][0]
        played.ledger["messages"].append({**twin, "n": late["n"]})
        late["n"] += 1
        asyncio.get_running_loop().call_later(0.3, played.ledger["messages"].append, late)
        received = await witness.received(set(made), within_s=30)
        assert all(map(received.complete, made))
        assert received.messages[made[0]].total() == 3
