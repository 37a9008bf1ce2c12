import asyncio
import json
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from typer.testing import CliRunner

from libs.database.pool import Database
from libs.ids import new_id
from operations.deadletters import deadletters_app
from tests.ciphers import make_cipher
from tests.libs.messaging.scenes import SAMPLED, RecordingHandler, handling, raw, submitted

Run = Callable[..., Awaitable[tuple[int, str]]]


@pytest.fixture
async def run(dsn_for: Callable[[str], Awaitable[str]]) -> Run:
    """The command on the database of notifications with two dead letters."""
    dsn = await dsn_for("notifications")
    database = Database(dsn, connections=2, cipher=make_cipher())
    application = new_id()
    work = handling(database, RecordingHandler(fails_on=lambda _: KeyError("defect")))
    records = [raw(submitted(application), 1, trace=SAMPLED), raw(submitted(application), 2)]
    records[1].value = b'{"phone": "+8801700000000"}'
    await work.handle(records[:1])
    await work.handle(records[1:])
    await database.close()

    async def invoke(*arguments: str) -> tuple[int, str]:
        environment = {"NOTIFICATIONS_DSN": dsn, "NAGORIK_LOG_LEVEL": "CRITICAL"}
        with ThreadPoolExecutor(1) as thread:  # the command runs a loop of its own
            outcome = await asyncio.get_running_loop().run_in_executor(
                thread,
                lambda: CliRunner().invoke(deadletters_app(), list(arguments), env=environment),
            )
        if outcome.exception and not isinstance(outcome.exception, SystemExit):
            raise outcome.exception
        return outcome.exit_code, outcome.output

    return invoke


def first_object(told: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.JSONDecoder().raw_decode(told[told.index("{") :])[0]
    return answer


async def test_list_has_no_content(run: Run) -> None:
    """Ids, reason, place, attempts, age, trace and blocked records; nothing of a citizen."""
    status, told = await run("list", "--service", "notifications", "--json")
    first, second = first_object(told)["dead_letters"]
    assert status == 0
    assert first["reason"] == "defect.KeyError"
    assert (first["topic"], first["offset"], first["attempts"]) == ("applications.v1", 1, 3)
    assert first["trace_id"] == SAMPLED.trace_id
    assert first["age_s"] >= 0
    assert first["blocks"]
    assert first["owner"] == "notifications"
    assert second["reason"] == "unreadable.wrong_shape"
    assert "+8801700000000" not in told


async def test_list_can_be_filtered_by_reason(run: Run) -> None:
    """`--reason defect` finds all reasons that begin with `defect.`."""
    _, told = await run("list", "--service", "notifications", "--reason", "defect", "--json")
    assert [each["reason"] for each in first_object(told)["dead_letters"]] == ["defect.KeyError"]
    _, told = await run("list", "--service", "notifications", "--reason", "def", "--json")
    assert first_object(told)["dead_letters"] == []


async def test_list_without_json_has_one_line_per_dead_letter(run: Run) -> None:
    """The line has the place of the record and the number of attempts."""
    _, told = await run("list", "--service", "notifications")
    assert "1  defect.KeyError  applications.v1/0@1  3 tries" in told


async def test_the_full_view_needs_a_reason_and_is_in_the_journal(run: Run) -> None:
    """Content is shown with `--full` only, and the journal has the actor."""
    look = ("show", "--service", "notifications", "--id", "2")
    status, told = await run(*look)
    assert (status, first_object(told)["reason"]) == (0, "unreadable.wrong_shape")
    assert "+8801700000000" not in told
    status, told = await run(*look, "--full")
    assert (status, "--why" in told, "+8801700000000" in told) == (2, True, False)
    _, told = await run(*look, "--full", "--why", "ticket 4711", "--actor", "rahim")
    assert "+8801700000000" in told
    _, told = await run("journal", "--service", "notifications")
    (line,) = told.splitlines()
    entry = json.loads(line)
    assert (entry["actor"], entry["action"], entry["why"]) == ("rahim", "look", "ticket 4711")
    assert entry["dead_letter_id"] == 2


async def test_show_of_an_unknown_id_fails(run: Run) -> None:
    """The message names the id."""
    status, told = await run("show", "--service", "notifications", "--id", "99")
    assert (status, "no such dead letter: 99" in told) == (1, True)


async def test_replay_reports_settled_and_failed_dead_letters(run: Run) -> None:
    """The handler accepts the first; the unreadable one fails again, and the status is 1."""
    status, told = await run("replay", "--service", "notifications", "--json")
    report = first_object(told)
    assert status == 1
    assert report["settled"] == [1]
    assert report["failed"] == {"2": "unreadable.wrong_shape"}
    status, told = await run("replay", "--service", "notifications", "--id", "1")
    assert (status, "0 replayed" in told) == (0, True)


async def test_a_dry_run_counts_what_would_be_replayed(run: Run) -> None:
    """By kind and reason; nothing is replayed."""
    dry = ("replay", "--service", "notifications", "--reason", "defect", "--dry-run")
    status, told = await run(*dry)
    assert (status, "1  defect.KeyError  applications.v1" in told) == (0, True)
    assert "1 would be replayed" in told
    (counted,) = first_object((await run(*dry, "--json"))[1])["selected"]
    assert (counted["reason"], counted["number"]) == ("defect.KeyError", 1)
    _, told = await run("list", "--service", "notifications")
    assert "2 open in notifications" in told


async def test_times_without_an_offset_are_dhaka_time(run: Run) -> None:
    """`--since` and `--until` filter by the time of the last failure."""
    whole = ("list", "--service", "notifications", "--json")
    _, told = await run(*whole, "--since", "2020-01-01T00:00", "--until", "2020-01-01T06:00Z")
    assert first_object(told)["dead_letters"] == []
    _, told = await run(*whole, "--since", "2020-01-01T00:00")
    assert len(first_object(told)["dead_letters"]) == 2


async def test_times_are_printed_as_the_filters_take_them(run: Run) -> None:
    """Dhaka time with its offset: `--since` with the printed time finds the dead letter again."""
    _, told = await run("list", "--service", "notifications", "--id", "1")
    last = told.partition("  last ")[2].split()[0]
    assert last.endswith("+06:00")
    _, told = await run("list", "--service", "notifications", "--id", "1", "--since", last)
    assert "1 open in notifications" in told


@pytest.mark.parametrize("command", [("list",), ("replay",), ("replay", "--dry-run")])
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--since", "2026-12-16T09:00", "--until", "2026-12-16T08:00"), "--until"),
        (("--destination", "mopx"), "no open dead letter"),
    ],
)
async def test_a_selection_that_can_find_nothing_is_refused(
    run: Run, command: tuple[str, ...], words: tuple[str, ...], said: str
) -> None:
    """It is a slip: nobody is told that nothing is left."""
    status, told = await run(*command, "--service", "notifications", *words)
    assert (status, said in told) == (2, True)


async def test_settling_needs_a_reason(run: Run) -> None:
    """The unreadable record is settled without effect; the journal has actor and reason."""
    settle = ("settle", "--service", "notifications", "--id", "2")
    assert (await run(*settle))[0] == 2
    status, told = await run(*settle, "--why", "sent by mistake", "--actor", "rahim")
    assert (status, "1 settled" in told) == (0, True)
    _, told = await run("list", "--service", "notifications", "--json")
    assert [each["dead_letter_id"] for each in first_object(told)["dead_letters"]] == [1]


async def test_a_service_without_dead_letters_is_refused(run: Run) -> None:
    """The gateway and unknown services are refused."""
    status, told = await run("list", "--service", "gateway")
    assert (status, "keeps no dead letters" in told) == (2, True)


def test_an_unavailable_database_is_reported_in_one_line() -> None:
    """There is no traceback and no DSN."""
    dsn = "postgresql://nobody:a-password@127.0.0.1:1/nothing"
    outcome = CliRunner().invoke(
        deadletters_app(),
        ["list", "--service", "notifications"],
        env={"NOTIFICATIONS_DSN": dsn},
    )
    assert outcome.exit_code == 1
    assert outcome.stdout == ""
    assert outcome.stderr.startswith("the database of notifications does not answer")
    assert "a-password" not in outcome.output
