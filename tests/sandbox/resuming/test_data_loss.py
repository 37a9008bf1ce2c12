"""A ministry of the sandbox that loses its data; the platform is a fake one."""

from pathlib import Path
from typing import Any

import orjson

from libs.clock import utc_now
from libs.ids import new_id
from libs.web.signed.signatures import verify
from sandbox.keys import ministry_secret
from tests.sandbox.running import MASTER, Platform, Sandbox, platform, sandbox, submission


async def lose(running: Sandbox, **what: Any) -> tuple[int, Any]:
    """Lose data."""
    return await running.call("POST", "/data-loss/cabinet", json=what)


def serve(side: Platform, *deliveries: dict[str, Any]) -> None:
    """Answer with one page."""
    side.status = lambda: 200
    side.body = orjson.dumps({"deliveries": deliveries, "next": "c9", "has_more": False})


def delivery(key: str, body: dict[str, Any], number: str | None) -> dict[str, Any]:
    """A delivery of a page."""
    return {
        "idempotency_key": key,
        "handed_over_at": utc_now(),
        "case_file_number": number,
        "submission": body,
    }


async def test_it_resumes_at_the_last_cursor_that_it_has(tmp_path: Path) -> None:
    """It asks with its own key, takes what it lost, and knows the number again."""
    async with platform() as side, sandbox(tmp_path) as running:
        await running.behave("cabinet", mode="never")
        keys, bodies, numbers = [str(new_id()) for _ in range(3)], [], []
        for n, key in enumerate(keys):
            bodies.append(submission(side, cursor=f"c{n}"))
            _, answer = await running.post_signed(bodies[-1], "cabinet", {"idempotency-key": key})
            numbers.append(answer["case_file_number"])
        given = [delivery(*each) for each in zip(keys, bodies, numbers, strict=True)]
        serve(side, *given[1:])
        status, resumed = await lose(running, newest=1)
        assert (status, resumed) == (
            200,
            {"lost": 1, "already_there": 1, "restored": 1, "wrong": 0, "missing": 0},
        )
        headers, body = side.calls[-1]
        assert orjson.loads(body) == {"after": "c1"}
        verify(ministry_secret(MASTER, "cabinet"), headers, body, utc_now())
        _, again = await running.post_signed(bodies[2], "cabinet", {"idempotency-key": keys[2]})
        assert again["case_file_number"] == numbers[2]
        assert len(await running.ledger("submissions")) == 3


async def test_what_does_not_come_again_is_missing(tmp_path: Path) -> None:
    """It says so, and says what is not as it was handed over; a repeat opens a new case."""
    async with platform() as side, sandbox(tmp_path) as running:
        await running.behave("cabinet", mode="never")
        key, body = str(new_id()), submission(side, cursor="c1")
        _, first = await running.post_signed(body, "cabinet", {"idempotency-key": key})
        other = {**body, "tracking_number": "NS-AAAAA-AAAAA-AAAAA"}
        serve(side, delivery(key, other, first["case_file_number"]))
        _, resumed = await lose(running)
        assert resumed == {"lost": 1, "already_there": 0, "restored": 0, "wrong": 1, "missing": 1}
        assert orjson.loads(side.calls[-1][1]) == {"after": None}
        _, again = await running.post_signed(body, "cabinet", {"idempotency-key": key})
        assert again["case_file_number"] != first["case_file_number"]
        serve(side)
        _, resumed = await lose(running, newest=0)
        assert resumed["missing"] == 0


async def test_without_a_cursor_there_is_nothing_to_resume_from(tmp_path: Path) -> None:
    """Before the first hand-over."""
    async with sandbox(tmp_path) as running:
        assert (await lose(running))[0] == 404


async def test_a_platform_that_refuses_is_reported(tmp_path: Path) -> None:
    """Nothing is taken for restored."""
    async with platform() as side, sandbox(tmp_path) as running:
        await running.behave("cabinet", mode="never")
        await running.hand_over(side, cursor="c1")
        side.status = lambda: 401
        assert (await lose(running))[0] == 503
