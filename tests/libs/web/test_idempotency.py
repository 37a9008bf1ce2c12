import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from starlette.requests import Request

from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.ids import new_id
from libs.web.idempotency import (
    IdempotentRequest,
    Kept,
    Remembered,
    claim,
    fingerprint_of,
    forget_before,
    keep,
    key_of,
    remember,
)

CALLER = new_id()


def asked(key: str = "k", body: bytes = b"{}", caller: object = CALLER) -> IdempotentRequest:
    return IdempotentRequest(caller, key, fingerprint_of("POST", "/v1/a", body))  # type: ignore[arg-type]


def with_key(*values: str) -> Request:
    headers = [(b"idempotency-key", value.encode("latin-1")) for value in values]
    return Request({"type": "http", "headers": headers})


async def test_first_request_is_new_and_its_answer_is_given_again(tx: Transaction) -> None:
    """A repeat gets the first answer, byte for byte, and has no effect."""
    assert await remember(tx, [asked()]) == [Remembered("new")]
    await keep(tx, [Kept(asked(), 201, b"first")])
    assert await remember(tx, [asked()]) == [Remembered("answered", 201, b"first")]


async def test_key_of_another_request_is_a_conflict(tx: Transaction) -> None:
    """The same key with another body is refused, not answered with the wrong answer."""
    await remember(tx, [asked()])
    await keep(tx, [Kept(asked(), 201, b"first")])
    assert await remember(tx, [asked(body=b"other")]) == [Remembered("conflict")]


async def test_keys_belong_to_their_callers(tx: Transaction) -> None:
    """Two citizens may use the same key and never see each other's answer."""
    await remember(tx, [asked()])
    await keep(tx, [Kept(asked(), 201, b"first")])
    assert await remember(tx, [asked(caller=new_id())]) == [Remembered("new")]


async def test_twins_of_one_group_are_one_request(tx: Transaction) -> None:
    """Repeats in one commit are handled once and share the answer."""
    found = await remember(tx, [asked("b"), asked("a"), asked("b"), asked("b", b"other")])
    assert found == [
        Remembered("new"),
        Remembered("new"),
        Remembered("twin", twin_of=0),
        Remembered("conflict"),
    ]


async def test_request_without_a_kept_answer_may_be_tried_again(tx: Transaction) -> None:
    """After a refusal the key can be used again."""
    await remember(tx, [asked()])
    assert await remember(tx, [asked(body=b"corrected")]) == [Remembered("new")]
    await keep(tx, [Kept(asked(body=b"corrected"), 201, b"done")])
    assert await remember(tx, [asked(body=b"corrected")]) == [Remembered("answered", 201, b"done")]


async def test_answer_known_beforehand_is_kept_with_its_key(tx: Transaction) -> None:
    """One statement takes the keys and keeps the answers; each says what is known of it."""
    await remember(tx, [asked("old"), asked("tried")])
    await keep(tx, [Kept(asked("old"), 201, b"old")])
    group = [asked("b"), asked("old"), asked("tried"), asked("b"), asked("b", b"other")]
    found = await claim(tx, [Kept(each, 201, b"%d" % n) for n, each in enumerate(group)])
    assert found == [
        Remembered("new"),
        Remembered("answered", 201, b"old"),
        Remembered("new"),
        Remembered("twin", twin_of=0),
        Remembered("conflict"),
    ]
    assert await remember(tx, [asked("b"), asked("tried")]) == [
        Remembered("answered", 201, b"0"),
        Remembered("answered", 201, b"2"),
    ]


async def test_answer_that_turns_out_otherwise_is_put_right(tx: Transaction) -> None:
    """Another answer takes its place, and none at all leaves the key free."""
    group = [asked("a"), asked("b")]
    assert await claim(tx, [Kept(each, 201, b"promised") for each in group]) == [
        Remembered("new"),
        Remembered("new"),
    ]
    await keep(tx, [Kept(asked("a"), 201, b"changed"), Kept(asked("b"))])
    assert await remember(tx, group) == [Remembered("answered", 201, b"changed"), Remembered("new")]


async def test_nothing_asked_is_nothing_remembered(tx: Transaction) -> None:
    """An empty group is harmless."""
    assert await remember(tx, []) == []
    await keep(tx, [])


async def test_concurrent_repeats_are_done_once(database: Database) -> None:
    """One of concurrent repeats is handled, and the others get its answer."""
    done: list[int] = []

    async def click(number: int) -> bytes:
        async with database.transaction() as tx:
            (found,) = await remember(tx, [asked()])
            if found.kind == "new":
                await asyncio.sleep(0)
                done.append(number)
                await keep(tx, [Kept(asked(), 201, b"answer")])
                return b"answer"
            return found.body

    answers = await asyncio.gather(*(click(number) for number in range(4)))
    assert len(done) == 1
    assert set(answers) == {b"answer"}


async def test_rolled_back_work_leaves_the_key_free(database: Database) -> None:
    """After a rollback the key can be used again."""

    async def crash() -> None:
        async with database.transaction() as tx:
            await remember(tx, [asked()])
            await keep(tx, [Kept(asked(), 201, b"never")])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await crash()
    async with database.transaction() as tx:
        assert await remember(tx, [asked()]) == [Remembered("new")]


async def test_crossing_groups_do_not_deadlock(database: Database) -> None:
    """Two groups that hold each other's keys in another order both come through."""

    async def group(keys: list[str]) -> list[str]:
        async with database.transaction() as tx:
            found = await remember(tx, [asked(key) for key in keys])
            await keep(tx, [Kept(asked(key), 201, b"x") for key in keys])
            return [each.kind for each in found]

    keys = [f"key-{number:04}" for number in range(3_000)]
    one, other = await asyncio.gather(group(keys), group(keys[::-1]))
    assert sorted(one + other) == ["answered"] * 3_000 + ["new"] * 3_000


async def test_old_answers_are_forgotten(tx: Transaction) -> None:
    """What was asked before the given time goes, what came after it stays."""
    await remember(tx, [asked()])
    await keep(tx, [Kept(asked(), 201, b"first")])
    await forget_before(tx, datetime.now(UTC) - timedelta(days=7))
    assert (await remember(tx, [asked()]))[0].kind == "answered"
    await forget_before(tx, datetime.now(UTC) + timedelta(days=7))
    assert (await remember(tx, [asked()]))[0].kind == "new"


async def test_forgetting_skips_locked_answers(database: Database) -> None:
    """A locked answer is deleted in the next round; the others are deleted now."""
    held, old = asked("held"), asked("old")
    async with database.transaction() as tx:
        await remember(tx, [held, old])
        await keep(tx, [Kept(each, 201, b"first") for each in (held, old)])
    later = datetime.now(UTC) + timedelta(days=7)
    async with database.transaction() as click, asyncio.timeout(10):
        assert (await remember(click, [held]))[0].kind == "answered"
        async with database.transaction() as tx:
            await forget_before(tx, later)
    async with database.transaction() as tx:
        assert [each.kind for each in await remember(tx, [held, old])] == ["answered", "new"]


@pytest.mark.parametrize("key", ["a", "x" * 200, "!~", "018f-uuid"])
def test_visible_ascii_is_a_key(key: str) -> None:
    """1 to 200 visible ASCII characters are a key as they stand."""
    assert key_of(with_key(key)) == key


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 201, "\u00e9", "a\n", "\x7f"])
def test_anything_else_is_malformed(key: str) -> None:
    """What a log or a header could mangle is no key."""
    with pytest.raises(Refused, match="idempotency_key_malformed"):
        key_of(with_key(key))


def test_missing_key_is_asked_for() -> None:
    """No key is told apart from a bad one."""
    with pytest.raises(Refused, match="idempotency_key_missing"):
        key_of(with_key())


def test_fingerprint_tells_requests_apart() -> None:
    """Method, path and body each make another request."""
    prints = {
        fingerprint_of("POST", "/a", b"x"),
        fingerprint_of("PUT", "/a", b"x"),
        fingerprint_of("POST", "/b", b"x"),
        fingerprint_of("POST", "/a", b"y"),
    }
    assert len(prints) == 4
