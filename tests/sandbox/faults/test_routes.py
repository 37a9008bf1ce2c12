import pytest

from tests.sandbox.running import Platform, Sandbox


async def test_faults_are_set_shown_and_cleared(running: Sandbox) -> None:
    """Faults are shown until they are cleared, for one destination or for all."""
    await running.set_faults("sms", delay_ms=5)
    await running.set_faults("cabinet", error_rate=0.5, ignore_idempotency=True)
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


async def test_new_faults_replace_the_old_ones(running: Sandbox) -> None:
    """A request sets all faults of a destination."""
    await running.set_faults("sms", delay_ms=5)
    await running.set_faults("sms", error_rate=0.1)
    assert (await running.call("GET", "/faults"))[1] == {"sms": {"error_rate": 0.1}}


@pytest.mark.parametrize("destination", ["cabinet", "ministries", "sms", "registry"])
async def test_every_destination_can_have_faults(running: Sandbox, destination: str) -> None:
    """Ministries, all of them, the SMS operator and the registry."""
    await running.set_faults(destination, delay_ms=1)


@pytest.mark.parametrize(
    ("destination", "faults", "expected"),
    [("nowhere", {}, 404), ("sms", {"error_rate": 2}, 422), ("sms", {"eror_rate": 1}, 422)],
)
async def test_invalid_faults_are_a_problem(
    running: Sandbox, destination: str, faults: dict[str, float], expected: int
) -> None:
    """A typing error must not look like a destination without faults."""
    status, _ = await running.call("PUT", f"/faults/{destination}", json=faults)
    assert status == expected


async def test_behaviour_is_set_for_one_ministry_or_for_all(
    running: Sandbox, side: Platform
) -> None:
    """One ministry's behaviour overrides that of all, until it is cleared."""
    await running.behave("ministries", mode="never")
    await running.behave("cabinet", mode="answer", refusal_rate=0.0)
    _, own = await running.hand_over(side, "cabinet")
    _, other = await running.hand_over(side, "ecs")
    assert own["decision"] == {"action": "approved", "note": None, "stage": "first"}
    assert other["decision"] is None
    await running.call("DELETE", "/behaviour")
    assert (await running.call("GET", "/behaviour"))[1] == {}
