import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from libs.contracts.identity import CodeRequested, ContactChanged
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.trace_context import TraceContext
from services.identity.citizens import queries as citizens
from services.identity.codes import queries
from services.identity.codes.rules import (
    PLATFORM,
    Origin,
    Usage,
    hour_of,
    oldest_hour,
)
from services.identity.codes.use_cases import (
    CodeAttempt,
    CodeIssued,
    CodeRequest,
    LoggedIn,
    delete_old_codes,
    exchange_codes,
    issue_codes,
    read_budget,
)
from tests.ciphers import outbox_rows
from tests.services.identity.codes.scenes import NOW, ORIGIN, POLICY, SESSIONS, SILENCE
from tests.services.identity.running import PHONE, announced, announced_in, until_waiting


def requested(phone: str = PHONE, code: str = "123456789", origin: Origin = ORIGIN) -> CodeRequest:
    return CodeRequest(phone, origin, "bn", code=code)


def attempted(code: str = "123456", phone: str = PHONE, origin: Origin = ORIGIN) -> CodeAttempt:
    return CodeAttempt(phone, code, origin, "bn")


async def issue(tx: Transaction, requests: Sequence[CodeRequest]) -> list[CodeIssued | Exception]:
    return await issue_codes(tx, requests, POLICY, NOW)


async def exchange(tx: Transaction, attempts: Sequence[CodeAttempt]) -> list[LoggedIn | Exception]:
    return await exchange_codes(tx, attempts, POLICY, SESSIONS, SILENCE, NOW)


async def test_a_code_of_an_erased_account_begins_another(tx: Transaction) -> None:
    """The code was on its way when the account was closed; its id is never used again."""
    await issue(tx, [requested()])
    erased_id = await tx.fetchval("SELECT citizen_id FROM challenges")
    await tx.execute(
        """
        INSERT INTO erasures (citizen_id, requested_at, due_at, closed_at)
        VALUES ($1, $2, $2, $2)
        """,
        erased_id,
        NOW,
    )
    (opened,) = await exchange(tx, [attempted()])
    assert isinstance(opened, LoggedIn)
    assert opened.session.subject_id != erased_id
    await issue(tx, [requested()])
    (again,) = await exchange(tx, [attempted()])
    assert isinstance(again, LoggedIn)
    assert again.session.subject_id == opened.session.subject_id


async def test_a_code_of_a_number_that_an_account_left_does_not_open_it(tx: Transaction) -> None:
    """The code was on its way when the number changed."""
    await issue(tx, [requested()])
    (owner,) = await exchange(tx, [attempted()])
    assert isinstance(owner, LoggedIn)
    await issue(tx, [requested()])
    await citizens.update_phone(tx, owner.session.subject_id, "+8801912345678", at=NOW)
    (opened,) = await exchange(tx, [attempted()])
    assert isinstance(opened, LoggedIn)
    assert opened.session.subject_id != owner.session.subject_id


async def test_a_double_click_sends_one_code(database: Database) -> None:
    """Two requests for one phone in a group get the same code and one event."""
    async with database.transaction() as tx:
        results = await issue(tx, [requested(code="111111"), requested(code="222222")])
    assert results == [results[0]] * 2
    (event,) = await announced(database)
    assert isinstance(event, CodeRequested)
    async with database.transaction() as tx:
        (session,) = await exchange(tx, [attempted(event.code)])
    assert isinstance(session, LoggedIn)


async def test_a_refused_request_fails_alone(database: Database) -> None:
    """When one phone is over its limit, the other requests of the group get their codes."""
    async with database.transaction() as tx:
        for _ in range(3):
            await issue(tx, [requested()])
        refused, issued = await issue(tx, [requested(), requested("+8801812345678")])
    assert isinstance(refused, Refused)
    assert isinstance(issued, CodeIssued)
    assert len(await announced(database)) == 4


async def test_an_address_gets_its_limit_within_a_group(tx: Transaction) -> None:
    """In one group the first requests of an address get codes; those over the limit are refused."""
    results = await issue(tx, [requested(f"+88017123456{n:02d}") for n in range(7)])
    assert [isinstance(result, Refused) for result in results] == [False] * 5 + [True] * 2


async def test_400_networks_that_ask_for_codes_leave_some_for_others(tx: Transaction) -> None:
    """Each asks until it is refused; then a citizen elsewhere gets a code, and so on."""
    policy = replace(POLICY, sent={**POLICY.sent, "address": 20, "network": 20, "platform": 10_000})
    origins = [Origin(f"{20 + n // 200}.{n % 200}.113.7") for n in range(400)]
    sent = 0
    for asked in range(20):
        phones = [f"+88017{asked:02d}{n:06d}" for n in range(len(origins))]
        requests = [
            requested(phone, origin=one) for phone, one in zip(phones, origins, strict=True)
        ]
        results = await issue_codes(tx, requests, policy, NOW)
        got = sum(isinstance(result, CodeIssued) for result in results)
        sent += got
        if not got:
            break
    assert sent == 4_000
    for n in range(9):
        request = requested(f"+88018{n:08d}", origin=Origin("203.0.113.7"))
        (result,) = await issue_codes(tx, [request], policy, NOW)
        assert isinstance(result, CodeIssued)


async def test_when_strangers_have_spent_their_budget_numbers_with_an_account_get_codes(
    database: Database,
) -> None:
    """The result is the same for others, so that nobody learns which numbers have an account."""
    known, new = PHONE, "+8801812345678"
    async with database.transaction() as tx:
        await issue(tx, [requested(known)])
        await exchange(tx, [attempted(phone=known)])
        await queries.lock_usage(tx, [PLATFORM], hour=hour_of(NOW), since=oldest_hour(NOW))
        await queries.add_usage(tx, {PLATFORM: Usage(sent=799)}, hour=hour_of(NOW))
        before = len(await announced_in(tx))
        stranger = requested(new, origin=Origin("198.51.100.9"))
        results = await issue(tx, [requested(known), stranger])
        codes = (await announced_in(tx))[before:]
    assert [
        isinstance(code_issued, CodeIssued) and code_issued.accounts_only for code_issued in results
    ] == [True, True]
    assert [code.phone for code in codes if isinstance(code, CodeRequested)] == [known]


async def test_where_the_share_of_an_address_is_spent_numbers_with_an_account_get_codes(
    database: Database,
) -> None:
    """The result is the same for others, and what is sent then has a bound, eight for an exchange.

    The numbers that fill the share belong to nobody.
    """
    strangers = [f"+88018123456{number:02}" for number in range(12)]
    async with database.transaction() as tx:
        await issue(tx, [requested()])
        await exchange(tx, [attempted()])
        spent = await issue(tx, [requested(phone) for phone in strangers[:5]])
    async with database.transaction() as tx:
        before = len(await announced_in(tx))
        results = await issue(tx, [requested(PHONE), requested(strangers[5])])
        codes = (await announced_in(tx))[before:]
    async with database.transaction() as tx:
        last = await issue(tx, [requested(phone) for phone in strangers[6:]])
    stages = [
        code_issued.accounts_only if isinstance(code_issued, CodeIssued) else None
        for code_issued in [*spent, *results, *last]
    ]
    assert stages == [False] * 5 + [True] * 7 + [None]
    assert [code.phone for code in codes if isinstance(code, CodeRequested)] == [PHONE]


async def test_one_code_opens_one_session_in_a_group(database: Database) -> None:
    """The same code twice in a group opens one session and registers one citizen."""
    async with database.transaction() as tx:
        await issue(tx, [requested()])
        first, second = await exchange(tx, [attempted(), attempted()])
    assert isinstance(first, LoggedIn)
    assert isinstance(second, Refused)
    contacts = [event for event in await announced(database) if isinstance(event, ContactChanged)]
    assert [contact.citizen_id for contact in contacts] == [first.session.subject_id]


async def test_one_code_opens_one_session_between_replicas(database: Database) -> None:
    """Two replicas that check one code at the same time open one session."""
    async with database.transaction() as tx:
        await issue(tx, [requested()])

    async def attempt() -> LoggedIn | Exception:
        async with database.transaction() as tx:
            (result,) = await exchange(tx, [attempted()])
            return result

    async with asyncio.TaskGroup() as tasks, database.transaction() as tx:
        (first,) = await exchange(tx, [attempted()])
        meanwhile = tasks.create_task(attempt())
        await until_waiting(database, meanwhile)
    assert isinstance(first, LoggedIn)
    assert isinstance(meanwhile.result(), Refused)


async def test_replicas_share_the_counts(database: Database) -> None:
    """Concurrent requests on two replicas are all counted, and reserve one citizen_id."""

    async def request() -> CodeIssued | Exception:
        async with database.transaction() as tx:
            (result,) = await issue(tx, [requested()])
            return result

    results = await asyncio.gather(*(request() for _ in range(5)))
    assert sum(isinstance(result, Refused) for result in results) == 2
    assert len({event.model_dump()["citizen_id"] for event in await announced(database)}) == 1


async def test_attempts_of_a_group_have_separate_results(tx: Transaction) -> None:
    """Right, wrong and unknown codes of a group do not affect each other."""
    await issue(tx, [requested(), requested("+8801812345678")])
    right, wrong, unknown = await exchange(
        tx,
        [attempted(), attempted("654321", "+8801812345678"), attempted("123456", "+8801912345678")],
    )
    assert isinstance(right, LoggedIn)
    assert isinstance(wrong, Refused)
    assert isinstance(unknown, Refused)
    assert (wrong.code, unknown.code) == ("code_wrong", "code_expired")


async def test_an_event_of_a_group_is_in_the_trace_of_its_request(database: Database) -> None:
    """Requests that share a transaction keep their own traces."""
    traces = [TraceContext(f"00-{n * 32}-{n * 16}-00") for n in "ab"]
    items = [
        CodeRequest(phone, ORIGIN, "bn", trace=trace)
        for phone, trace in zip([PHONE, "+8801812345678"], traces, strict=True)
    ]
    async with database.transaction() as tx:
        await issue(tx, items)
        rows = await outbox_rows(tx)
    for item, trace in zip(items, traces, strict=True):
        (headers,) = [row.headers for row in rows if item.phone.encode() in (row.value or b"")]
        assert trace.trace_id.encode() in headers


async def test_the_code_is_stored_as_a_hash_only(database: Database) -> None:
    """The challenge has a hash; the event that waits for Kafka is encrypted."""
    async with database.transaction() as tx:
        await issue(tx, [requested(code="918273")])
        stored = await tx.fetchval(
            "SELECT string_agg(c::text, ' ') || (SELECT string_agg(o::text, ' ') FROM outbox AS o)"
            " FROM challenges AS c"
        )
    for planted in ("918273", PHONE):
        assert planted not in stored
        assert planted.encode().hex() not in stored


@pytest.mark.parametrize("item", [requested(), attempted()])
def test_no_repr_shows_a_phone_or_a_code(item: CodeRequest | CodeAttempt) -> None:
    """A traceback shows no phone and no code."""
    assert "123456" not in repr(item)
    assert PHONE not in repr(item)


async def test_wrong_codes_from_an_address_make_its_codes_long(database: Database) -> None:
    """Within a group too: the third guess is not compared, and a new code has nine digits."""
    other = "+8801812345678"
    async with database.transaction() as tx:
        await issue(tx, [requested(), requested(other)])
        results = await exchange(tx, [attempted("000000"), attempted("000001"), attempted()])
    problems = [result.code for result in results if isinstance(result, Refused)]
    assert problems == ["code_wrong", "code_wrong", "code_too_short"]
    async with database.transaction() as tx:
        (elsewhere,) = await exchange(tx, [attempted(phone=other, origin=Origin("198.51.100.1"))])
        await issue(tx, [requested(code="987654321")])
        (session,) = await exchange(tx, [attempted("987654321")])
    assert isinstance(elsewhere, LoggedIn)
    assert isinstance(session, LoggedIn)
    codes = [
        code_requested.code
        for code_requested in await announced(database)
        if isinstance(code_requested, CodeRequested)
    ]
    assert codes == ["123456", "123456", "987654321"]


async def test_what_was_exchanged_and_wrong_is_counted(tx: Transaction) -> None:
    """A code of a refused request is not counted, nor a code that was not compared."""
    await issue(tx, [requested(), requested()])
    await exchange(tx, [attempted("000000"), attempted(), attempted()])
    usage = await queries.read_usage(tx, ORIGIN.sources, since=NOW)
    assert usage == dict.fromkeys(ORIGIN.sources, Usage(sent=1, exchanged=1, wrong=1))
    assert await read_budget(tx, POLICY, NOW) == {"sent": 0.001, "wrong": 0.02}


async def test_guesses_on_two_replicas_are_counted_together(database: Database) -> None:
    """Guesses for another phone from the same address wait until the first are counted."""
    other = "+8801812345678"
    async with database.transaction() as tx:
        await issue(tx, [requested(), requested(other)])

    async def guess(phone: str) -> list[LoggedIn | Exception]:
        async with database.transaction() as tx:
            return await exchange(tx, [attempted("000000", phone)])

    async with asyncio.TaskGroup() as tasks, database.transaction() as tx:
        await exchange(tx, [attempted("000000"), attempted("000001")])
        meanwhile = tasks.create_task(guess(other))
        await until_waiting(database, meanwhile)
    (result,) = meanwhile.result()
    assert isinstance(result, Refused)
    assert result.code == "code_too_short"


async def test_only_old_codes_are_deleted(tx: Transaction) -> None:
    """Challenges and counts that a limit still needs are kept."""
    now = datetime.now(UTC)
    phones = [PHONE, "+8801812345678"]
    for phone, age in zip(phones, (timedelta(0), timedelta(days=2)), strict=True):
        await issue_codes(tx, [requested(phone)], POLICY, now - age)
    assert await delete_old_codes(tx, now) == 1 + len(ORIGIN.sources)
    assert await delete_old_codes(tx, now) == 0
    assert set(await queries.lock_challenges(tx, phones)) == {PHONE}
