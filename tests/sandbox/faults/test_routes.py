import pytest

from tests.sandbox.running import Platform, Sandbox


async def test_orders_are_given_shown_and_ended(running: Sandbox) -> None:
    """What was ordered is shown until it is ended, for one destination or for all."""
    await running.order("sms", delay_ms=5)
    await running.order("cabinet", error_rate=0.5, ignore_idempotency=True)
    _, shown = await running.call("GET", "/faults")
    assert shown == {
        "sms": {"delay_ms": 5},
        "cabinet": {"error_rate": 0.5, "ignore_idempotency": True},
    }
    await running.call("DELETE", "/faults/sms")
    assert set((await running.call("GET", "/faults"))[1]) == {"cabinet"}
    status, _ = await running.call("DELETE", "/faults")
    assert status == 204
    assert (await running.call("GET", "/faults"))[1] == {}


async def test_a_new_order_replaces_the_old(running: Sandbox) -> None:
    """An order says everything that is wrong with a destination."""
    await running.order("sms", delay_ms=5)
    await running.order("sms", error_rate=0.1)
    assert (await running.call("GET", "/faults"))[1] == {"sms": {"error_rate": 0.1}}


@pytest.mark.parametrize("destination", ["cabinet", "ministries", "sms", "registry"])
async def test_every_party_takes_orders(running: Sandbox, destination: str) -> None:
    """Each of the outside destinations can misbehave."""
    await running.order(destination, delay_ms=1)


@pytest.mark.parametrize(
    ("destination", "order", "expected"),
    [("nowhere", {}, 404), ("sms", {"error_rate": 2}, 422), ("sms", {"eror_rate": 1}, 422)],
)
async def test_a_mistaken_order_is_a_problem(
    running: Sandbox, destination: str, order: dict[str, float], expected: int
) -> None:
    """A typing error does not pass for a destination that behaves."""
    status, _ = await running.call("PUT", f"/faults/{destination}", json=order)
    assert status == expected


async def test_behaviour_is_ordered_per_ministry_and_for_all(
    running: Sandbox, side: Platform
) -> None:
    """One ministry's behaviour stands before that of all, until it is ended."""
    await running.behave("ministries", mode="never")
    await running.behave("cabinet", mode="answer", refusal_rate=0.0)
    _, own = await running.hand_over(side, "cabinet")
    _, other = await running.hand_over(side, "ecs")
    assert own["decision"] == {"action": "approved", "note": None}
    assert other["decision"] is None
    await running.call("DELETE", "/behaviour")
    assert (await running.call("GET", "/behaviour"))[1] == {}
