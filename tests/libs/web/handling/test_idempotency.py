import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from starlette.requests import Request

from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.ids import new_id
from libs.web.handling.idempotency import (
    FirstAnswer,
    IdempotentRequest,
    RequestState,
    delete_answers,
    fingerprint_of,
    key_of,
    register,
    register_answers,
    store_answers,
)
from tests.waiting import PATIENCE_S

CALLER = new_id()


def request(key: str = "k", body: bytes = b"{}", caller: object = CALLER) -> IdempotentRequest:
    return IdempotentRequest(caller, key, fingerprint_of("POST", "/v1/a", body))  # type: ignore[arg-type]


def with_key(*values: str) -> Request:
    headers = [(b"idempotency-key", value.encode("latin-1")) for value in values]
    return Request({"type": "http", "headers": headers})


async def test_a_repeat_gets_the_first_answer(tx: Transaction) -> None:
    """Byte for byte."""
    assert await register(tx, [request()]) == [RequestState("new")]
    await store_answers(tx, [FirstAnswer(request(), 201, b"first")])
    assert await register(tx, [request()]) == [RequestState("answered", 201, b"first")]


async def test_key_of_another_request_is_a_conflict(tx: Transaction) -> None:
    """The same key with another body is a conflict."""
    await register(tx, [request()])
    await store_answers(tx, [FirstAnswer(request(), 201, b"first")])
    assert await register(tx, [request(body=b"other")]) == [RequestState("conflict")]


async def test_keys_belong_to_their_callers(tx: Transaction) -> None:
    """Two callers may use the same key."""
    await register(tx, [request()])
    await store_answers(tx, [FirstAnswer(request(), 201, b"first")])
    assert await register(tx, [request(caller=new_id())]) == [RequestState("new")]


async def test_duplicates_in_one_list_are_one_request(tx: Transaction) -> None:
    """They are handled once, and share the answer."""
    found = await register(tx, [request("b"), request("a"), request("b"), request("b", b"other")])
    assert found == [
        RequestState("new"),
        RequestState("new"),
        RequestState("duplicate", duplicate_of=0),
        RequestState("conflict"),
    ]


async def test_a_request_without_a_stored_answer_may_be_repeated(tx: Transaction) -> None:
    """After a refusal the key can be used again."""
    await register(tx, [request()])
    assert await register(tx, [request(body=b"corrected")]) == [RequestState("new")]
    await store_answers(tx, [FirstAnswer(request(body=b"corrected"), 201, b"done")])
    assert await register(tx, [request(body=b"corrected")]) == [
        RequestState("answered", 201, b"done")
    ]


async def test_register_answers_stores_keys_and_answers(tx: Transaction) -> None:
    """One statement inserts both, and returns the state of each request."""
    await register(tx, [request("old"), request("tried")])
    await store_answers(tx, [FirstAnswer(request("old"), 201, b"old")])
    group = [request("b"), request("old"), request("tried"), request("b"), request("b", b"other")]
    found = await register_answers(
        tx, [FirstAnswer(each, 201, b"%d" % n) for n, each in enumerate(group)]
    )
    assert found == [
        RequestState("new"),
        RequestState("answered", 201, b"old"),
        RequestState("new"),
        RequestState("duplicate", duplicate_of=0),
        RequestState("conflict"),
    ]
    assert await register(tx, [request("b"), request("tried")]) == [
        RequestState("answered", 201, b"0"),
        RequestState("answered", 201, b"2"),
    ]


async def test_a_changed_answer_replaces_the_stored_one(tx: Transaction) -> None:
    """Without an answer the key is released."""
    group = [request("a"), request("b")]
    assert await register_answers(
        tx, [FirstAnswer(idempotent_request, 201, b"promised") for idempotent_request in group]
    ) == [
        RequestState("new"),
        RequestState("new"),
    ]
    await store_answers(tx, [FirstAnswer(request("a"), 201, b"changed"), FirstAnswer(request("b"))])
    assert await register(tx, group) == [
        RequestState("answered", 201, b"changed"),
        RequestState("new"),
    ]


async def test_an_empty_list_is_harmless(tx: Transaction) -> None:
    """There is no statement."""
    assert await register(tx, []) == []
    await store_answers(tx, [])


async def test_concurrent_repeats_are_done_once(database: Database) -> None:
    """One of concurrent repeats is handled, and the others get its answer."""
    done: list[int] = []

    async def click(number: int) -> bytes:
        async with database.transaction() as tx:
            (found,) = await register(tx, [request()])
            if found.kind == "new":
                await asyncio.sleep(0)
                done.append(number)
                await store_answers(tx, [FirstAnswer(request(), 201, b"answer")])
                return b"answer"
            return found.body

    answers = await asyncio.gather(*(click(number) for number in range(4)))
    assert len(done) == 1
    assert set(answers) == {b"answer"}


async def test_rolled_back_work_leaves_the_key_free(database: Database) -> None:
    """After a rollback the key can be used again."""

    async def crash() -> None:
        async with database.transaction() as tx:
            await register(tx, [request()])
            await store_answers(tx, [FirstAnswer(request(), 201, b"never")])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await crash()
    async with database.transaction() as tx:
        assert await register(tx, [request()]) == [RequestState("new")]


async def test_crossing_groups_do_not_deadlock(database: Database) -> None:
    """Two lists with the same keys in different orders are both stored."""

    async def group(keys: list[str]) -> list[str]:
        async with database.transaction() as tx:
            found = await register(tx, [request(key) for key in keys])
            await store_answers(tx, [FirstAnswer(request(key), 201, b"x") for key in keys])
            return [request_state.kind for request_state in found]

    keys = [f"key-{number:04}" for number in range(3_000)]
    one, other = await asyncio.gather(group(keys), group(keys[::-1]))
    assert sorted(one + other) == ["answered"] * 3_000 + ["new"] * 3_000


async def test_old_answers_are_deleted(tx: Transaction) -> None:
    """Later ones stay."""
    await register(tx, [request()])
    await store_answers(tx, [FirstAnswer(request(), 201, b"first")])
    await delete_answers(tx, datetime.now(UTC) - timedelta(days=7))
    assert (await register(tx, [request()]))[0].kind == "answered"
    await delete_answers(tx, datetime.now(UTC) + timedelta(days=7))
    assert (await register(tx, [request()]))[0].kind == "new"


async def test_deletion_skips_locked_answers(database: Database) -> None:
    """They are deleted in the next round."""
    held, old = request("held"), request("old")
    async with database.transaction() as tx:
        await register(tx, [held, old])
        await store_answers(
            tx,
            [FirstAnswer(idempotent_request, 201, b"first") for idempotent_request in (held, old)],
        )
    later = datetime.now(UTC) + timedelta(days=7)
    async with database.transaction() as click, asyncio.timeout(PATIENCE_S):
        assert (await register(click, [held]))[0].kind == "answered"
        async with database.transaction() as tx:
            await delete_answers(tx, later)
    async with database.transaction() as tx:
        assert [request_state.kind for request_state in await register(tx, [held, old])] == [
            "answered",
            "new",
        ]


@pytest.mark.parametrize("key", ["a", "x" * 200, "!~", "018f-uuid"])
def test_visible_ascii_is_a_key(key: str) -> None:
    """1 to 200 visible ASCII characters are a valid key."""
    assert key_of(with_key(key)) == key


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 201, "\u00e9", "a\n", "\x7f"])
def test_anything_else_is_malformed(key: str) -> None:
    """Other keys are refused."""
    with pytest.raises(Refused, match="idempotency_key_malformed"):
        key_of(with_key(key))


def test_a_missing_key_is_refused() -> None:
    """With another problem than a malformed key."""
    with pytest.raises(Refused, match="idempotency_key_missing"):
        key_of(with_key())


def test_fingerprint_tells_requests_apart() -> None:
    """Requests that differ in method, path or body have different fingerprints."""
    prints = {
        fingerprint_of("POST", "/a", b"x"),
        fingerprint_of("PUT", "/a", b"x"),
        fingerprint_of("POST", "/b", b"x"),
        fingerprint_of("POST", "/a", b"y"),
    }
    assert len(prints) == 4
