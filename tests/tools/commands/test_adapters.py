import json
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from tests.sandbox.running import sandbox
from tests.tools.commands.invoking import outcome_of
from tools.adapter_checks.checks import CHECKS

SECRET = "the-sandbox-and-the-check-share-this-secret"


async def checked(url: str, *words: str, secret: str = SECRET) -> tuple[int, str]:
    """Run the command on a ministry's system; return its status and what it prints."""
    command = ("adapters", "check", "mopa", "--url", url, *words)
    outcome = await outcome_of(*command, MINISTRIES_MINISTRY_SECRET=secret)
    return outcome.exit_code, outcome.stdout


def report(output: str) -> Any:
    """The report, which is the last line."""
    return json.loads(output.strip().splitlines()[-1])


async def test_a_system_that_keeps_the_rules_passes(tmp_path: Path) -> None:
    """For people as a table, for programs as one JSON object, with the date."""
    async with sandbox(tmp_path, ministry_secret=SecretStr(SECRET)) as ministry:
        await ministry.behave("mopa", mode="callback")
        status, output = await checked(ministry.url, "--json")
        people, table = await checked(ministry.url)
    assert status == people == 0
    assert report(output)["passed"]
    assert report(output)["checked_at"]
    assert report(output)["rules"] == dict.fromkeys(CHECKS, "passed")
    assert "system of mopa" in table


async def test_a_fault_of_the_system_is_found(tmp_path: Path) -> None:
    """One that opens a case for every repeat breaks one rule."""
    async with sandbox(tmp_path, ministry_secret=SecretStr(SECRET)) as ministry:
        await ministry.set_faults("mopa", ignore_idempotency=True)
        status, output = await checked(ministry.url, "--json")
    assert status == 1
    assert [name for name, said in report(output)["rules"].items() if said == "failed"] == ["once"]
    assert report(output)["found"] == {"once": "the same Idempotency-Key opened two case files"}


async def test_a_wrong_key_is_said_to_be_one(tmp_path: Path) -> None:
    """The vendor sees the status."""
    async with sandbox(tmp_path, ministry_secret=SecretStr(SECRET)) as ministry:
        status, output = await checked(
            ministry.url, "--json", secret="another-secret-of-more-than-32-characters"
        )
    assert status == 1
    assert "status 401" in report(output)["found"]["answered"]


async def test_nothing_listens(unused_tcp_port: int) -> None:
    """Every check says that there is no connection."""
    status, output = await checked(f"http://127.0.0.1:{unused_tcp_port}", "--json")
    assert status == 1
    assert all("no connection" in wrong for wrong in report(output)["found"].values())
    assert report(output)["found"].keys() == CHECKS.keys()
