import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from conformance.checks import CHECKS
from libs.clock import utc_now
from libs.database.pool import Database
from tools.commands.root import make_app

GO_LIVE = ("set-adapter", "erd", "own")
Run = Callable[..., Awaitable[tuple[int, str]]]


@pytest.fixture
async def run(database: Database, dsn_for: Callable[[str], Awaitable[str]]) -> Run:
    """Run a command as rahima, on a loaded catalogue; return its status and what it prints."""
    runner = CliRunner(env={"CATALOGUE_DSN": await dsn_for("catalogue")})

    async def invoke(*words: str) -> tuple[int, str]:
        command = ["admin", "catalogue", *words]
        by = [] if words == ("load",) else ["--by", "rahima"]
        done = await asyncio.to_thread(lambda: runner.invoke(make_app(), [*command, *by]))
        return done.exit_code, done.output.strip()

    await invoke("load")
    return invoke


def report(folder: Path, verdict: str, **fields: str) -> str:
    """A report of the kit; one of its rules has this verdict."""
    rules: Mapping[str, str] = {**dict.fromkeys(CHECKS, "passed"), "once": verdict}
    file = folder / "report.json"
    content = {"ministry": "erd", "checked_at": utc_now().isoformat(), "rules": rules, **fields}
    file.write_text(json.dumps(content), encoding="utf-8")
    return str(file)


async def test_an_own_adapter_goes_live_with_a_passed_report_only(run: Run, tmp_path: Path) -> None:
    """The last report counts."""
    status, why = await run(*GO_LIVE)
    assert status == 1
    assert "keep the passed report with record-report" in why
    for verdict, said, opens in (
        ("failed", "not passed, kept", 1),
        ("passed", "passed, kept, takes objections", 0),
    ):
        kept = await run("record-report", report(tmp_path, verdict))
        assert kept == (0, f"erd: {said}")
        assert (await run(*GO_LIVE))[0] == opens
    await run("record-report", report(tmp_path, "skipped"))
    assert (await run(*GO_LIVE))[0] == 1
    assert (await run("set-adapter", "erd", "hosted"))[0] == 0


async def test_a_reason_opens_the_gate_and_is_audited(run: Run, database: Database) -> None:
    """Who went live without a passed report, and why."""
    assert (await run(*GO_LIVE, "--despite", "a trial with one office"))[0] == 0
    async with database.transaction() as tx:
        rows = await tx.fetch("SELECT actor, action, detail FROM audit_log ORDER BY entry_no")
    assert [tuple(row.values()) for row in rows] == [
        ("rahima", "skip report", "a trial with one office"),
        ("rahima", "set adapter", "none_yet → own"),
    ]


@pytest.mark.parametrize(
    "fields",
    [
        {"ministry": "nobody"},
        {"checked_at": "yesterday"},
        {"checked_at": (utc_now() + timedelta(days=1)).isoformat()},
        {"rules": "all"},
    ],
    ids=["unknown ministry", "no time", "from the future", "no rules"],
)
async def test_what_is_no_report_is_refused(
    run: Run, tmp_path: Path, fields: dict[str, str]
) -> None:
    """It opens no gate."""
    assert (await run("record-report", report(tmp_path, "passed", **fields)))[0] == 1
    assert (await run(*GO_LIVE))[0] == 1


async def test_one_service_gets_an_adapter_of_its_own(run: Run) -> None:
    """The ministry's own adapter needs a report here, too."""
    assert await run("set-service-adapter", "S031", "desk", "--from", "2099-01-01") == (
        0,
        "S031: desk from 2099-01-01",
    )
    assert (await run("set-service-adapter", "S031", "own"))[0] == 1
    assert (await run("set-service-adapter", "S031", "of-ministry"))[0] == 0
