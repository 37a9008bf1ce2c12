"""Orders to the outside world: what each fault is in its words, given until they are taken."""

from typing import get_args

import aiohttp
import pytest

from sandbox.ministries.rules import Behaviour
from sandbox.faults.rules import Faults
from tests.tools.chaos.playing import in_chaos
from tools.chaos.mischief import CORRECTION_RATE, Mischief, is_outside, order_for
from tools.chaos.schedule import Fault, Kind, plan_faults

SLOW = Fault(0.0, "slow", "sms", lasts_s=0.05)


@pytest.mark.parametrize("kind", get_args(Kind))
def test_every_fault_of_the_outside_world_has_an_order_that_the_sandbox_knows(kind: Kind) -> None:
    """A word that the sandbox did not know would be refused, and nothing would be broken."""
    fault = Fault(0.0, kind, "sms", lasts_s=60.0)
    outside = {each.kind for each in plan_faults(1, minutes=5.0) if each.target == "sms"}
    assert is_outside(fault) or kind not in outside
    if is_outside(fault):
        order = order_for(fault)
        assert Faults.model_validate(order).model_dump(exclude_none=True) == order
        assert order


def test_an_outage_lasts_as_long_as_its_fault() -> None:
    """The sandbox counts from the order, also over a restart of its own."""
    assert order_for(Fault(0.0, "away", "sms", lasts_s=60.0)) == {"down_for_s": 60.0}


async def test_a_fault_begins_lasts_and_ends() -> None:
    """The party behaves again afterwards, without being asked twice."""
    async with in_chaos() as (played, http):
        await Mischief(http, played.url).misbehave(SLOW)
    assert played.orders == [
        ("PUT", "/faults/sms", {"delay_ms": 1_500}),
        ("DELETE", "/faults/sms", None),
    ]


async def test_a_run_begins_without_faults_and_leaves_none() -> None:
    """Ministries send a share back for correction while it lasts, and as they like afterwards."""
    async with in_chaos() as (played, http):
        mischief = Mischief(http, played.url)
        await mischief.behave()
        ((_, end, _), (word, party, behaviour)) = played.orders
        assert (end, word, party) == ("/faults", "PUT", "/behaviour/ministries")
        assert Behaviour.model_validate(behaviour).correction_rate == CORRECTION_RATE
        await mischief.end()
    assert played.orders[2:] == [("DELETE", "/faults", None), ("DELETE", "/behaviour", None)]


async def test_an_order_is_given_again_until_it_is_taken() -> None:
    """The sandbox is killed, stopped and restarted, too."""
    async with in_chaos(away=2) as (played, http):
        await Mischief(http, played.url).misbehave(SLOW)
    assert [word for word, _, _ in played.orders] == ["PUT", "DELETE"]


async def test_an_order_that_is_refused_is_a_mistake_of_ours() -> None:
    """It would be refused for ever, and the run would test nothing."""
    async with in_chaos(unknown=True) as (played, http):
        with pytest.raises(aiohttp.ClientResponseError):
            await Mischief(http, played.url).behave()
