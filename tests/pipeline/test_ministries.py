"""Ministries that lose their data, and services whose ministry changes, with everything running."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from libs.bangladesh.calendar import dhaka_date
from libs.clock import utc_now
from tests.docs.commands import commands
from tests.docs.shell import shell
from tests.pipeline.conftest import form_of, logged_in
from tests.pipeline.platform import Platform
from tests.pipeline.running import staff_logged_in
from tests.waiting import until
from tools.virtual_users.citizen import Accepted, Citizen

TAX_OFFICE = "ird"
TAX_RETURN = "S032"  # in no other file, since another ministry decides on it in the end
NEW_MINISTRY = "fd"
MOVED_SMS = "এখন অন্য"

Behave = Callable[..., Awaitable[None]]


@pytest.fixture
async def form(platform: Platform) -> dict[str, Any]:
    """Valid answers to the form of the public service."""
    return await form_of(platform, TAX_RETURN)


async def with_ministry(platform: Platform, *accepted: Accepted) -> None:
    """Wait until the ministry has applications, and the platform knows it."""

    async def known() -> bool:
        rows = await platform.rows(
            "ministries",
            "SELECT FROM deliveries WHERE application_id = ANY($1) AND state = 'handed_over'",
            [UUID(each.application_id) for each in accepted],
        )
        return len(rows) == len(accepted)

    await until(known)


async def test_a_ministry_that_lost_data_resumes_by_its_cursor(
    platform: Platform,
    citizen: Citizen,
    form: dict[str, Any],
    behave: Behave,
    tmp_path: Path,
) -> None:
    """The page's commands; then all that was lost is there again, decided and told once."""
    await behave(mode="never")
    accepted = [await citizen.apply(TAX_RETURN, form) for _ in range(3)]
    await with_ministry(platform, *accepted)
    await behave(mode="callback", refusal_rate=1.0)
    script = commands("## When you have lost data", "## We ask you").replace("mopa", TAX_OFFICE)
    environment = platform.plan.environment("ministries", bootstrap="", dsn={})
    printed = await shell(
        script,
        tmp_path,
        platform=platform.plan.url("gateway"),
        sandbox=platform.plan.url("sandbox"),
        MINISTRIES_MINISTRY_SECRET=environment["MINISTRIES_MINISTRY_SECRET"],
    )
    decoder = json.JSONDecoder()
    page, end = decoder.raw_decode(printed)
    resumed, _ = decoder.raw_decode(printed[end:].lstrip())
    assert len(page["deliveries"]) == 2
    for handed_over in (each["submission"] for each in page["deliveries"]):
        assert bool(handed_over["form"]) == (handed_over["kind"] != "withdrawn")
    assert page["has_more"]
    assert resumed.pop("already_there") >= 0
    assert resumed == {"lost": 2, "restored": 2, "wrong": 0, "missing": 0}

    for each in accepted[1:]:
        await until_status(citizen, each, "refused")
    assert await status(citizen, accepted[0]) == "with_ministry"
    received = [platform.received(each) for each in accepted]
    assert [len(each.submissions) for each in received] == [1, 1, 1]


async def until_status(citizen: Citizen, accepted: Accepted, expected: str) -> None:
    """Wait until an application is there."""

    async def is_there() -> bool:
        return await status(citizen, accepted) == expected

    await until(is_there)


async def status(citizen: Citizen, accepted: Accepted) -> str:
    """Where an application is."""
    _, answer = await citizen.get(f"/v1/applications/{accepted.tracking_number}")
    return str(answer.get("status"))


@pytest.mark.parametrize("foreign", ["mopa", "minland"])
async def test_a_foreign_ministry_reads_nothing(platform: Platform, foreign: str) -> None:
    """Through the gateway it is refused as by the service."""
    url = f"{platform.plan.url('gateway')}/v1/ministries/{foreign}/deliveries"
    async with platform.http.post(url, json={"after": None}) as answer:
        assert answer.status == 401
        assert (await answer.json())["type"].endswith("signature_invalid")


class Operator:
    """An operator at the gateway."""

    def __init__(self, platform: Platform, headers: dict[str, str]) -> None:
        self._platform = platform
        self._headers = headers

    async def ask(self, path: str, body: Any = None) -> tuple[int, Any]:
        """Read, or post a body."""
        url = f"{self._platform.plan.url('gateway')}/v1/operations/{path}"
        method = "GET" if body is None else "POST"
        async with self._platform.http.request(
            method, url, json=body, headers=self._headers
        ) as answer:
            return answer.status, await answer.json()

    async def move_in(self, move_id: str, state: str) -> dict[str, Any]:
        """Wait until a move has come to a state, and return it."""

        async def reached() -> dict[str, Any] | None:
            _, listed = await self.ask("moves")
            move: dict[str, Any] = next(
                each for each in listed["items"] if each["move_id"] == move_id
            )
            return move if move["state"] == state else None

        return await until(reached, every_s=0.2)


async def let_a_minute_pass(platform: Platform) -> None:
    """A move begins a minute after its start, when every process knows the rules."""
    for statement in (
        "UPDATE moves SET started_at = started_at - interval '2 minutes'",
        "UPDATE applications SET submitted_at = submitted_at - interval '2 minutes'",
    ):
        await platform.rows("applications", statement)


def told_of_the_move(platform: Platform, *accepted: Accepted) -> int:
    """How many SMS tell of it."""
    texts = [row["text"] for each in accepted for row in platform.received(each).messages]
    return sum(MOVED_SMS in text for text in texts)


@pytest.fixture
async def operator(platform: Platform) -> Operator:
    """One who has logged in."""
    return Operator(platform, await staff_logged_in(platform, "operator"))


async def test_open_applications_follow_the_competence(
    platform: Platform, operator: Operator, citizen: Citizen, form: dict[str, Any], behave: Behave
) -> None:
    """Counted first, then moved: each citizen and both ministries are told once."""
    await behave(mode="answer", refusal_rate=1.0)
    decided = await citizen.apply(TAX_RETURN, form)
    await until_status(citizen, decided, "refused")
    await behave(mode="never")
    neighbour = await logged_in(platform)
    hers = [await citizen.apply(TAX_RETURN, form) for _ in range(2)]
    theirs = await neighbour.apply(TAX_RETURN, form)
    moving = [*hers, theirs]
    await with_ministry(platform, decided, *moving)
    await change_competence(platform, operator)
    await start_counted_move(platform, operator, at_least=len(moving))
    await until(lambda: all(both_know(platform, each) for each in moving))
    assert len(platform.received(decided).submissions) == 1
    await until(lambda: told_of_the_move(platform, *moving) == 2)
    assert (told_of_the_move(platform, *hers), told_of_the_move(platform, theirs)) == (1, 1)
    assert told_of_the_move(platform, decided) == 0
    for who, each in ((citizen, hers[0]), (citizen, hers[1]), (neighbour, theirs)):
        _, shown = await who.get(f"/v1/applications/{each.tracking_number}")
        types = [entry["type"] for entry in shown["timeline"]]
        assert types.index("application_submitted") < types.index("application_moved")
        assert shown["office"]["en"] == "Tax cell"


async def change_competence(platform: Platform, operator: Operator) -> None:
    """Another ministry decides on the service from today on; applications knows it."""
    rule = {
        "valid_from": dhaka_date(utc_now()).isoformat(),
        "address": "present_address",
        "office_kind": "head_office",
        "office_id": "fd-tax-cell",
        "office_name": {"bn": "কর সেল", "en": "Tax cell"},
        "ministry": NEW_MINISTRY,
        "reason": "the competence changed",
    }
    code, answer = await operator.ask(f"routing-rules/{TAX_RETURN}/competence", rule)
    assert code == 200, answer
    await rules_known(platform)


async def start_counted_move(platform: Platform, operator: Operator, *, at_least: int) -> None:
    """Plan a move, compare what it counts, start it, and wait for its end."""
    wish = {"public_service_id": TAX_RETURN, "reason": "the competence changed"}
    code, move = await operator.ask("moves", wish)
    assert code == 200, move
    (count,) = (await operator.move_in(move["move_id"], "counted"))["planned"]
    assert (count["from_ministry"], count["to_ministry"]) == (TAX_OFFICE, NEW_MINISTRY)
    assert count["applications"] == await open_at(platform, TAX_OFFICE) >= at_least
    assert await open_at(platform, NEW_MINISTRY) == 0  # only counted
    start = f"moves/{move['move_id']}/start"
    assert (await operator.ask(start, {"expected": count["applications"] + 1}))[0] == 409
    assert (await operator.ask(start, {"expected": count["applications"]}))[0] == 200
    await let_a_minute_pass(platform)
    done = await operator.move_in(move["move_id"], "moved")
    assert done["done"] == done["planned"]
    assert await open_at(platform, TAX_OFFICE) == 0


def both_know(platform: Platform, accepted: Accepted) -> bool:
    """Whether the former ministry was told of the withdrawal, and the new one has it, each once."""
    rows = platform.received(accepted).submissions
    at_former = [row["kind"] for row in rows if row["ministry"] == TAX_OFFICE]
    at_new = [row["kind"] for row in rows if row["ministry"] == NEW_MINISTRY]
    return (at_former, at_new) == (["submitted", "withdrawn"], ["submitted"])


async def test_the_new_ministry_decides_what_was_moved(
    platform: Platform, citizen: Citizen, form: dict[str, Any], behave: Behave
) -> None:
    """What comes from then on goes there at once, and its decision reaches the citizen."""
    await behave(mode="answer", refusal_rate=0.0)
    accepted = await citizen.apply(TAX_RETURN, form)
    await until_status(citizen, accepted, "approved")
    await until(lambda: bool(platform.received(accepted).submissions))
    (row,) = platform.received(accepted).submissions
    assert row["ministry"] == NEW_MINISTRY


async def rules_known(platform: Platform) -> None:
    """Wait until applications has the new rule."""

    async def known() -> bool:
        (row,) = await platform.rows(
            "applications",
            "SELECT routing FROM public_services WHERE public_service_id = $1",
            TAX_RETURN,
        )
        return "competence" in row["routing"]

    await until(known)


async def open_at(platform: Platform, ministry: str) -> int:
    """How many applications for the public service are open at a ministry."""
    (row,) = await platform.rows(
        "applications",
        """
        SELECT count(*)
          FROM applications
         WHERE ministry = $1 AND public_service_id = $2
           AND status IN ('submitted', 'with_ministry', 'correction_requested')
        """,
        ministry,
        TAX_RETURN,
    )
    return int(row["count"])
