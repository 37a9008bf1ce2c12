import pytest

from tests.sandbox.running import Sandbox


@pytest.mark.parametrize(
    ("nid", "match"),
    [
        ("1234567890", "full"),
        ("1234567801", "partial"),
        ("1234567800", "none"),
        ("১২৩৪৫৬৭৮০১", "partial"),
    ],
)
async def test_the_ending_of_a_number_determines_the_match(
    running: Sandbox, nid: str, match: str
) -> None:
    """Bangla digits are accepted, too; no person is shown."""
    assert await running.call("GET", f"/registry/citizens/{nid}") == (200, {"match": match})


async def test_an_invalid_number_is_a_problem(running: Sandbox) -> None:
    """The problem describes a valid number, and does not repeat the invalid one."""
    status, problem = await running.call("GET", "/registry/citizens/47114711471")
    assert (status, problem["type"]) == (422, "/problems/sandbox_nid_malformed")
    assert "47114711471" not in str(problem)


async def test_the_registry_can_have_an_outage(running: Sandbox) -> None:
    """Its outages are set like those of all destinations."""
    await running.set_faults("registry", error_rate=1.0)
    assert (await running.call("GET", "/registry/citizens/1234567890"))[0] == 500
