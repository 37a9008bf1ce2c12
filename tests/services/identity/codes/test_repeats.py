"""An exchange whose answer was lost is repeated under its key, and nothing else is."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from libs.contracts.identity import SessionEnded
from libs.database.transaction import Transaction
from libs.errors import Refused
from services.identity.citizens.encrypted import NID
from services.identity.codes import queries
from services.identity.codes.rules import PLATFORM, Usage
from services.identity.codes.use_cases import (
    CodeAttempt,
    CodeRequest,
    LoggedIn,
    exchange_codes,
    issue_codes,
)
from services.identity.sessions.rules import Session
from services.identity.sessions.use_cases import end_sessions
from tests.services.identity.codes.scenes import NOW, ORIGIN, POLICY, SESSIONS, SILENCE
from tests.services.identity.running import PHONE, Identity, announced_in

KEY = "8dbb9d4e-one-form"


async def exchange(
    tx: Transaction,
    key: str | None = KEY,
    code: str = "123456",
    after: timedelta = timedelta(0),
    **more: Any,
) -> LoggedIn | Exception:
    attempt = CodeAttempt(PHONE, code, ORIGIN, "bn", key=key, **more)
    (result,) = await exchange_codes(tx, [attempt], POLICY, SESSIONS, SILENCE, NOW + after)
    return result


async def issue(tx: Transaction, code: str = "123456789") -> None:
    (issued,) = await issue_codes(tx, [CodeRequest(PHONE, ORIGIN, "bn", code=code)], POLICY, NOW)
    assert not isinstance(issued, Exception)


def session_in(result: LoggedIn | Exception) -> Session:
    assert isinstance(result, LoggedIn), result
    return result.session


def is_refused(result: LoggedIn | Exception) -> bool:
    return isinstance(result, Refused) and result.code == "code_expired"


async def open_sessions(tx: Transaction) -> list[UUID]:
    rows = await tx.fetch("SELECT session_id FROM sessions WHERE ended_at IS NULL")
    return [row["session_id"] for row in rows]


async def usage(tx: Transaction) -> Usage:
    return (await queries.read_usage(tx, [PLATFORM], since=NOW - timedelta(days=1)))[PLATFORM]


async def test_the_same_attempt_gets_another_session_in_place_of_the_first(
    tx: Transaction,
) -> None:
    """Of the same citizen; the session that nobody received has ended, and nothing is counted."""
    await issue(tx)
    first = session_in(await exchange(tx))
    second = session_in(await exchange(tx, after=timedelta(seconds=30)))
    third = session_in(await exchange(tx, after=timedelta(seconds=119)))
    assert {first.subject_id, second.subject_id} == {third.subject_id}
    assert await open_sessions(tx) == [third.session_id]
    ended = [
        session_ended
        for session_ended in await announced_in(tx)
        if isinstance(session_ended, SessionEnded)
    ]
    assert [session_ended.revoked_id for session_ended in ended] == [
        first.session_id,
        second.session_id,
    ]
    assert (await usage(tx)).exchanged == 1


@pytest.mark.parametrize(
    "other",
    [
        {"key": "another"},
        {"code": "654321"},
        {"key": None},
        {"after": timedelta(minutes=2)},
    ],
    ids=["key", "code", "no key", "late"],
)
async def test_nothing_else_is_repeated(tx: Transaction, other: dict[str, Any]) -> None:
    """Another key, another code, or two minutes later: the code is used up as before."""
    await issue(tx)
    first = session_in(await exchange(tx))
    assert is_refused(await exchange(tx, **other))
    assert await open_sessions(tx) == [first.session_id]


async def test_repeats_do_not_prolong_the_time(tx: Transaction) -> None:
    """Two minutes are counted from the first exchange."""
    await issue(tx)
    await exchange(tx)
    session_in(await exchange(tx, after=timedelta(seconds=100)))
    assert is_refused(await exchange(tx, after=timedelta(seconds=130)))


async def test_a_key_is_guessed_once_and_counted(tx: Transaction) -> None:
    """After a wrong one the right one is refused too; the source and the phone are charged."""
    await issue(tx)
    await exchange(tx)
    assert is_refused(await exchange(tx, key="guess"))
    assert is_refused(await exchange(tx))
    assert (await usage(tx)).wrong == 1
    challenge = (await queries.lock_challenges(tx, [PHONE]))[PHONE]
    assert challenge.wrong_at == (NOW,)


async def test_without_a_key_nothing_is_repeated(tx: Transaction) -> None:
    """As it was: such a client asks for a new code."""
    await issue(tx)
    await exchange(tx, key=None)
    assert is_refused(await exchange(tx, key=None))
    assert is_refused(await exchange(tx))


async def test_a_newer_code_ends_the_repeats_of_the_one_before(tx: Transaction) -> None:
    """The newer code opens a session of its own."""
    await issue(tx)
    first = session_in(await exchange(tx))
    await issue(tx, "987654321")
    assert not isinstance(await exchange(tx), LoggedIn)
    second = session_in(await exchange(tx, code="987654"))
    assert set(await open_sessions(tx)) == {first.session_id, second.session_id}


async def test_after_a_logout_nothing_is_repeated(tx: Transaction) -> None:
    """Else the next person at a shared device sends the form again, and is logged in."""
    await issue(tx)
    first = session_in(await exchange(tx))
    await end_sessions(tx, first.subject_id, session_id=first.session_id)
    assert is_refused(await exchange(tx))
    assert await open_sessions(tx) == []


async def test_what_was_refused_is_not_repeated(tx: Transaction) -> None:
    """A right code without the proof of a silent account is used up, whatever the key."""
    await issue(tx)
    first = session_in(await exchange(tx))
    await tx.execute(
        "UPDATE citizens SET seen_at = $1, nid = $2",
        NOW - timedelta(days=400),
        tx.cipher.seal(NID, first.subject_id, "1990123456789"),
    )
    await issue(tx)
    for code in ("account_proof_needed", "code_expired"):
        refusal = await exchange(tx, key="second form")
        assert isinstance(refusal, Refused)
        assert refusal.code == code
    assert await open_sessions(tx) == [first.session_id]


async def test_both_of_a_double_tap_in_one_group_are_answered(tx: Transaction) -> None:
    """The later one has the session that stays."""
    await issue(tx)
    keys = (KEY, KEY, "another")
    taps = [CodeAttempt(PHONE, "123456", ORIGIN, "bn", key=key) for key in keys]
    first, second, other = await exchange_codes(tx, taps, POLICY, SESSIONS, SILENCE, NOW)
    session_in(first)
    assert await open_sessions(tx) == [session_in(second).session_id]
    assert is_refused(other)


async def test_the_tokens_of_the_lost_answer_are_worth_nothing(identity: Identity) -> None:
    """Over HTTP: the key is the Idempotency-Key; a malformed one is a clear problem."""
    body = {"phone": PHONE, "code": await identity.request_code()}
    path, headers = "/v1/login/tokens", {"idempotency-key": KEY}
    malformed = await identity.call("POST", path, body, headers={"idempotency-key": "a b"})
    assert malformed.problem == "idempotency_key_malformed"
    lost = await identity.call("POST", path, body, headers=headers)
    again = await identity.call("POST", path, body, headers=headers)
    assert (lost.status, again.status) == (200, 200)
    refresh = {"refresh_token": lost.body["refresh_token"]}
    assert (await identity.call("POST", "/v1/login/refresh", refresh)).problem == "session_ended"
    refresh = {"refresh_token": again.body["refresh_token"]}
    assert (await identity.call("POST", "/v1/login/refresh", refresh)).status == 200
