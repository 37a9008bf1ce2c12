import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from libs.web.signed.signatures import keys_of_party
from services.ministries.connections.rules import CheckReport
from services.ministries.keys import report_key
from services.ministries.settings import Settings
from tests.sandbox.running import sandbox
from tests.tools.commands.invoking import outcome_of
from tools.adapter_checks.checks import CHECKS, OF_APPEALS

SECRET = "the-sandbox-and-the-check-share-this-secret"


async def checked(url: str, *words: str, secret: str = SECRET, system: str = "") -> tuple[int, str]:
    """Run the command on a ministry's system; return its status and what it prints."""
    lose = f"curl -sf -X POST {url}/data-loss/mopa -H 'content-type: application/json'"
    lose += """ -d '{"newest": 2}'"""
    command = ("adapters", "check", "mopa", "--url", system or url, "--wait-s", "5", *words)
    outcome = await outcome_of(
        *command, "--recover-command", lose, MINISTRIES_MINISTRY_SECRET=secret
    )
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
    made = CheckReport.model_validate(report(output))
    key, another = (
        report_key(Settings(ministry_secret=SecretStr(secret))) for secret in (SECRET, SECRET[::-1])
    )
    assert (made.is_signed(key), made.is_signed(another)) == (True, False)
    assert not made.model_copy(update={"address": "http://127.0.0.1:9"}).is_signed(key)
    assert "system of mopa" in table


@pytest.mark.parametrize(
    ("path", "adapter", "mode"),
    [
        ("", "http_json", "answer"),
        ("", "http_json", "callback"),
        ("/asked", "poll_json", "callback"),
    ],
)
async def test_a_system_that_takes_objections_is_checked_with_them(
    tmp_path: Path, path: str, adapter: str, mode: str
) -> None:
    """In its answer, by callback, and when it is asked; the days are in the signed report."""
    async with sandbox(tmp_path, ministry_secret=SecretStr(SECRET)) as ministry:
        await ministry.behave("mopa", mode=mode, refusal_rate=1.0)
        words = ("--adapter", adapter, "--appeal-days", "30", "--json")
        _, output = await checked(ministry.url, *words, system=f"{ministry.url}{path}")
    made = report(output)
    assert made["rules"].keys() == {*CHECKS, *OF_APPEALS}
    assert made["rules"]["appealed"] == "passed", made["found"]
    signed = CheckReport.model_validate(made)
    key = report_key(Settings(ministry_secret=SecretStr(SECRET)))
    assert (signed.appeal_days, signed.is_signed(key)) == (30, True)
    assert not signed.model_copy(update={"appeal_days": 90}).is_signed(key)


async def test_a_vendor_checks_with_its_own_key(tmp_path: Path) -> None:
    """Nobody has the platform's secret there, so the report is not signed."""
    own = keys_of_party({}, SecretStr(SECRET), "mopa")[0]
    async with sandbox(tmp_path, ministry_secret=SecretStr(SECRET)) as ministry:
        outcome = await outcome_of(
            *("adapters", "check", "mopa", "--url", ministry.url, "--json", "--wait-s", "1"),
            MINISTRIES_MINISTRY_KEYS=json.dumps({"mopa": [own]}),
        )
    made = report(outcome.stdout)
    assert made["rules"]["answered"] == "passed"
    assert (made["rules"]["recovered"], made["passed"]) == ("skipped", False)
    assert made["signature"] == ""


@pytest.mark.parametrize(
    "words", [("check", "mopa", "--url", "http://127.0.0.1:9"), ("key", "mopa")]
)
@pytest.mark.parametrize("keys", ["", '{"lgd": ["whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"]}'])
async def test_what_is_missing_is_said_in_a_sentence(words: tuple[str, ...], keys: str) -> None:
    """Without a key of this ministry nothing is called, and no traceback is shown."""
    environment = {"MINISTRIES_MINISTRY_KEYS": keys} if keys else {}
    outcome = await outcome_of("adapters", *words, **environment)
    assert outcome.exit_code == 2
    assert outcome.stderr.startswith("Set MINISTRIES_MINISTRY_KEYS=")
    assert "MINISTRIES_MINISTRY_SECRET" in outcome.stderr
    assert outcome.stderr.count("\n") == 1


@pytest.mark.parametrize("content", ["[]", "nid=7"])
async def test_a_form_that_is_none_is_said_to_be_none(content: str, tmp_path: Path) -> None:
    """Nothing is handed over then."""
    form = tmp_path / "answers.json"
    form.write_text(content, encoding="utf-8")
    words = ("check", "mopa", "--url", "http://127.0.0.1:9", "--form", str(form))
    outcome = await outcome_of("adapters", *words, MINISTRIES_MINISTRY_SECRET=SECRET)
    assert outcome.exit_code == 1
    assert outcome.stderr == f"{form} is no JSON object with the answers of a form.\n"


@pytest.mark.parametrize("url", ["10.0.0.5:8090", "http://10.0.0.5:80x", "ftp://10.0.0.5"])
async def test_an_address_of_this_machine_that_is_none_is_said_to_be_none(url: str) -> None:
    """Before anything is called, and without a traceback."""
    words = ("check", "mopa", "--url", "http://127.0.0.1:9", "--papers-at", url)
    outcome = await outcome_of("adapters", *words, MINISTRIES_MINISTRY_SECRET=SECRET)
    assert outcome.exit_code == 2
    assert "http://10.0.0.5:8090" in outcome.stderr


async def test_a_port_that_is_taken_is_said_to_be(tmp_path: Path) -> None:
    """As of the sandbox, which listens there already."""
    async with sandbox(tmp_path, ministry_secret=SecretStr(SECRET)) as ministry:
        words = ("check", "mopa", "--url", ministry.url, "--papers-at", ministry.url)
        outcome = await outcome_of("adapters", *words, MINISTRIES_MINISTRY_SECRET=SECRET)
    assert outcome.exit_code == 1
    assert outcome.stderr.startswith(f"--papers-at {ministry.url}: ")
    assert outcome.stderr.count("\n") == 1


async def test_a_host_key_that_is_none_is_said_to_be_none(unused_tcp_port: int) -> None:
    """Of a server for files: each check says so."""
    words = ("--url", f"sftp://mopa@127.0.0.1:{unused_tcp_port}", "--host-key", "AAAA", "--json")
    outcome = await outcome_of(
        *("adapters", "check", "mopa", "--adapter", "files", *words, "--wait-s", "1"),
        MINISTRIES_MINISTRY_SECRET=SECRET,
    )
    assert outcome.exit_code == 1
    assert all("cannot be read" in wrong for wrong in report(outcome.stdout)["found"].values())


async def test_a_fault_of_the_system_is_found(tmp_path: Path) -> None:
    """One that opens a case for every repeat breaks one rule."""
    async with sandbox(tmp_path, ministry_secret=SecretStr(SECRET)) as ministry:
        await ministry.set_faults("mopa", ignore_idempotency=True)
        status, output = await checked(ministry.url, "--json")
    assert status == 1
    failed = [name for name, said in report(output)["rules"].items() if said == "failed"]
    assert "once" in failed
    assert report(output)["found"]["once"] == "the same Idempotency-Key opened two case files"


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
