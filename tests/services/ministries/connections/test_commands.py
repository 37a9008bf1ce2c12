import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from typer.testing import CliRunner, Result

from libs.clock import utc_now
from libs.web.signed.signatures import derived_key
from services.ministries.connections.rules import CheckReport
from tools.commands.root import make_app


async def test_an_operator_connects_stops_and_resumes(
    dsn_for: Callable[[str], Awaitable[str]],
    tmp_path: Path,
) -> None:
    """The command prints what holds now; what is wrong is said, and changes nothing."""
    environment = {
        "MINISTRIES_DSN": await dsn_for("ministries"),
        "MINISTRIES_MINISTRY_SECRET": "x" * 32,
    }

    async def run(*words: str) -> Result:
        return await asyncio.to_thread(
            lambda: CliRunner(env=environment).invoke(make_app(), ["admin", "ministries", *words])
        )

    why = ("--by", "rahima", "--reason", "new system")
    connect = ("connect", "erd", "soap", "https://erd.example", *why)
    unchecked = await run(*connect)
    assert (unchecked.exit_code, "record-check" in unchecked.output) == (1, True)
    report = CheckReport(
        ministry="erd",
        checked_at=utc_now(),
        adapter="soap",
        address="https://erd.example",
        rules={"once": "passed"},
    )
    file = tmp_path / "report.json"
    file.write_text(report.model_dump_json(), encoding="utf-8")
    by_hand = await run("record-check", str(file), "--by", "rahima")
    assert (by_hand.exit_code, "written by hand" in by_hand.output) == (1, True)
    signed = report.signed(derived_key("x" * 32, "reports of adapters check"))
    file.write_text(signed.model_dump_json(), encoding="utf-8")
    assert "erd: passed, kept" in (await run("record-check", str(file), "--by", "rahima")).output
    assert "erd 1: soap https://erd.example, called" in (await run(*connect)).output
    assert "erd 2: soap https://erd.example, stopped" in (await run("stop", "erd", *why)).output
    assert "erd 3: soap https://erd.example, called" in (await run("resume", "erd", *why)).output
    history = (await run("connections", "erd")).output.splitlines()
    assert [line.partition(":")[0] for line in history] == ["erd 3", "erd 2", "erd 1"]
    assert "erd 3" in (await run("connections")).output
    for address, said in (("ftp://a.example", "address"), ("http://a.example", "https://")):
        wrong = await run("connect", "erd", "soap", address, *why)
        assert (wrong.exit_code, said in wrong.output) == (1, True)
    assert (await run("connect", "nobody", "soap", "https://a.example", *why)).exit_code == 1
    assert (await run("stop", "erd", "--by", "rahima")).exit_code == 2


async def test_the_default_connection_is_named(dsn_for: Callable[[str], Awaitable[str]]) -> None:
    """With its address where the setting is known, and the setting's name where it is not."""
    environment = {
        "MINISTRIES_DSN": await dsn_for("ministries"),
        "MINISTRIES_MINISTRY_SECRET": "x" * 32,
    }
    for address, shown in (
        (None, "MINISTRIES_MINISTRIES_URL of the service"),
        ("https://all.example", "https://all.example"),
    ):
        runner = CliRunner(env={**environment, "MINISTRIES_MINISTRIES_URL": address})
        words = ["admin", "ministries", "connections", "mopa"]
        said = (await asyncio.to_thread(runner.invoke, make_app(), words)).output
        assert f"mopa 0: http_json {shown} (default), called" in said
