import asyncio
from datetime import UTC, datetime

import pytest

from libs.contracts.identity import CodeRequested, ContactChanged
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.trace_context import TraceContext
from services.identity.api.codes import CodeAsked, Codes, CodeShown
from services.identity.domain.codes import CodeRules, Limit, TooMany
from services.identity.domain.sessions import Session, SessionRules
from tests.services.identity.running import PHONE, told, until_waiting

NOW = datetime(2026, 12, 16, 9, 0, tzinfo=UTC)
RULES = CodeRules(valid_s=300, tries=5, limits=(Limit(3, 600), Limit(10, 86_400)))
SESSIONS = SessionRules(idle_s=3600, most_s=7200, grace_s=60)
CODES = Codes(b"k" * 32, RULES, Limit(5, 600), SESSIONS, lambda: NOW)


def asked(phone: str = PHONE, address: str = "203.0.113.7", code: str = "123456") -> CodeAsked:
    return CodeAsked(phone, address, "bn", code=code)


def shown(code: str = "123456", phone: str = PHONE) -> CodeShown:
    return CodeShown(phone, code, "bn")


async def test_a_double_click_is_one_code(database: Database) -> None:
    """Two requests of one phone that meet in a group get the same code by one SMS."""
    async with database.transaction() as tx:
        answers = await CODES.ask(tx, [asked(code="111111"), asked(code="222222")])
    assert answers == [answers[0]] * 2
    (event,) = await told(database)
    assert isinstance(event, CodeRequested)
    async with database.transaction() as tx:
        (session,) = await CODES.show(tx, [shown(event.code)])
    assert isinstance(session, Session)


async def test_one_refused_item_fails_alone(database: Database) -> None:
    """Neighbours of a phone over its limit get their codes."""
    async with database.transaction() as tx:
        for _ in range(3):
            await CODES.ask(tx, [asked()])
        tired, fresh = await CODES.ask(tx, [asked(), asked("+8801812345678")])
    assert isinstance(tired, TooMany)
    assert isinstance(fresh, datetime)
    assert len(await told(database)) == 4


async def test_the_first_of_an_address_pass_and_the_rest_wait(tx: Transaction) -> None:
    """Within one group too an address gets as many codes as its limit says, in order."""
    answers = await CODES.ask(tx, [asked(f"+88017123456{n:02d}") for n in range(7)])
    assert [isinstance(answer, TooMany) for answer in answers] == [False] * 5 + [True] * 2


async def test_one_code_opens_one_session_in_a_group(database: Database) -> None:
    """The same code shown twice at once opens one session and makes one citizen."""
    async with database.transaction() as tx:
        await CODES.ask(tx, [asked()])
        first, second = await CODES.show(tx, [shown(), shown()])
    assert isinstance(first, Session)
    assert isinstance(second, Refused)
    contacts = [event for event in await told(database) if isinstance(event, ContactChanged)]
    assert [contact.citizen_id for contact in contacts] == [first.subject_id]


async def test_one_code_opens_one_session_between_replicas(database: Database) -> None:
    """Two replicas that try one code at the same moment open one session."""
    async with database.transaction() as tx:
        await CODES.ask(tx, [asked()])

    async def show() -> Session | Exception:
        async with database.transaction() as tx:
            (answer,) = await CODES.show(tx, [shown()])
            return answer

    async with asyncio.TaskGroup() as tasks, database.transaction() as tx:
        (first,) = await CODES.show(tx, [shown()])
        meanwhile = tasks.create_task(show())
        await until_waiting(database, meanwhile)
    assert isinstance(first, Session)
    assert isinstance(meanwhile.result(), Refused)


async def test_replicas_count_together(database: Database) -> None:
    """Requests that meet on two replicas are all counted, and keep one citizen for the phone."""

    async def ask() -> datetime | Exception:
        async with database.transaction() as tx:
            (answer,) = await CODES.ask(tx, [asked()])
            return answer

    answers = await asyncio.gather(*(ask() for _ in range(5)))
    assert sum(isinstance(answer, TooMany) for answer in answers) == 2
    assert len({event.model_dump()["citizen_id"] for event in await told(database)}) == 1


async def test_every_phone_of_a_group_gets_its_own_answer(tx: Transaction) -> None:
    """Right, wrong and unknown stand side by side in one group."""
    await CODES.ask(tx, [asked(), asked("+8801812345678")])
    right, wrong, unknown = await CODES.show(
        tx, [shown(), shown("654321", "+8801812345678"), shown("123456", "+8801912345678")]
    )
    assert isinstance(right, Session)
    assert isinstance(wrong, Refused)
    assert isinstance(unknown, Refused)
    assert (wrong.code, unknown.code) == ("code_wrong", "code_expired")


async def test_each_event_of_a_group_is_in_the_trace_of_its_own_click(database: Database) -> None:
    """A shared transaction shares no trace."""
    traces = [TraceContext(f"00-{n * 32}-{n * 16}-00") for n in "ab"]
    items = [
        CodeAsked(phone, "203.0.113.7", "bn", trace=trace)
        for phone, trace in zip([PHONE, "+8801812345678"], traces, strict=True)
    ]
    async with database.transaction() as tx:
        await CODES.ask(tx, items)
        rows = await tx.fetch("SELECT record_value, headers FROM outbox")
    for item, trace in zip(items, traces, strict=True):
        (headers,) = [r["headers"] for r in rows if item.phone.encode() in r["record_value"]]
        assert trace.trace_id.encode() in headers


async def test_nothing_kept_tells_the_code(database: Database) -> None:
    """The database holds no code once it has been sent."""
    async with database.transaction() as tx:
        await CODES.ask(tx, [asked(code="918273")])
        await tx.execute("DELETE FROM outbox")
        kept = await tx.fetchval("SELECT string_agg(c::text, ' ') FROM challenges AS c")
    assert "918273" not in kept
    assert b"918273".hex() not in kept


@pytest.mark.parametrize("item", [asked(), shown()])
def test_no_repr_shows_a_phone_or_a_code(item: CodeAsked | CodeShown) -> None:
    """What may end up in a traceback shows nothing personal."""
    assert "123456" not in repr(item)
    assert PHONE not in repr(item)
