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
async def test_the_register_knows_numbers_well_in_part_or_not(
    running: Sandbox, nid: str, match: str
) -> None:
    """The ending of a number, in Bangla digits too, chooses how well; no person is shown."""
    assert await running.call("GET", f"/registry/citizens/{nid}") == (200, {"match": match})


async def test_a_number_that_is_none_is_a_problem(running: Sandbox) -> None:
    """The problem says what a number looks like, not what was sent."""
    status, problem = await running.call("GET", "/registry/citizens/47114711471")
    assert (status, problem["type"]) == (422, "/problems/sandbox_nid_malformed")
    assert "47114711471" not in str(problem)


async def test_the_register_can_be_out(running: Sandbox) -> None:
    """Its outages are ordered like those of all destinations."""
    await running.order("registry", error_rate=1.0)
    assert (await running.call("GET", "/registry/citizens/1234567890"))[0] == 500
