"""An erasure goes on step by step, and is complete when every service has confirmed."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from libs.contracts import topics
from libs.contracts.applications import ApplicationsErased
from libs.contracts.cases import CasesErased
from libs.contracts.documents import DocumentsErased
from libs.contracts.erasure import ErasureConfirmed
from libs.contracts.identity import CitizenErased, NoticeRequested, PersonalDetails
from libs.contracts.issuance import IssuanceErased
from libs.contracts.ministries import DeliveriesErased
from libs.contracts.notifications import MessagesErased
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.ids import new_id
from services.identity.citizens.rules import Citizen
from services.identity.citizens.use_cases import register_citizens
from services.identity.details.use_cases import save_details
from services.identity.erasure import rules, use_cases
from services.identity.erasure.rules import CONFIRMING
from services.identity.erasure.use_cases import CLOSING
from tests.services.identity.running import PHONE, announced_in, until_waiting
from tests.services.scenes import left_alone

NOW = datetime(2026, 12, 16, 9, 0, tzinfo=UTC)
WAIT = timedelta(days=30)
RAHIMA = Citizen(new_id(), PHONE, "bn", "1234567890", "19901234567890123")
CONFIRMATIONS: tuple[type[ErasureConfirmed], ...] = (
    ApplicationsErased,
    DocumentsErased,
    DeliveriesErased,
    CasesErased,
    IssuanceErased,
    MessagesErased,
)


@pytest.fixture
async def requested(tx: Transaction) -> Transaction:
    """A citizen has requested the erasure."""
    await register_citizens(tx, [(RAHIMA, None)], NOW)
    await use_cases.request_erasure(tx, RAHIMA.citizen_id, WAIT, NOW)
    return tx


async def erased(tx: Transaction) -> datetime:
    """Carry an erasure out until it is announced; return when."""
    at = NOW + WAIT + CLOSING
    await use_cases.carry_out(tx, NOW + WAIT)
    await use_cases.carry_out(tx, at)
    return at


async def announced_erasures(tx: Transaction) -> list[Any]:
    """The erasures in the outbox."""
    return [event for event in await announced_in(tx) if isinstance(event, CitizenErased)]


async def test_the_citizen_is_told_what_happens_and_when(requested: Transaction) -> None:
    """By one SMS, however often it is requested; the first request stands."""
    again = await use_cases.request_erasure(
        requested, RAHIMA.citizen_id, WAIT, NOW + timedelta(days=1)
    )
    assert again.due_at == NOW + WAIT
    (notice,) = [e for e in await announced_in(requested) if isinstance(e, NoticeRequested)]
    assert (notice.notice, notice.phone) == ("erasure_requested", PHONE)
    assert notice.on == (NOW + WAIT).date()
    assert notice.gone_by == rules.gone_by(again)
    assert rules.gone_by(again) > (NOW + WAIT).date() + timedelta(days=topics.longest_kept_days())


async def test_nothing_happens_before_it_is_due(requested: Transaction) -> None:
    """A moment before, the account is open, and can be kept."""
    assert await use_cases.carry_out(requested, NOW + WAIT - timedelta(seconds=1)) == 0
    await use_cases.cancel_erasure(requested, RAHIMA.citizen_id)
    assert await use_cases.carry_out(requested, NOW + WAIT) == 0
    with pytest.raises(Refused, match="erasure_not_requested"):
        await use_cases.read_erasure(requested, RAHIMA.citizen_id)


async def test_an_account_is_closed_before_others_are_told(requested: Transaction) -> None:
    """No token of it is valid any more when the other services delete."""
    await save_details(requested, RAHIMA.citizen_id, PersonalDetails(name_bn="রহিমা"), NOW)
    await use_cases.carry_out(requested, NOW + WAIT)
    assert await requested.fetchval("SELECT count(*) FROM citizens") == 0
    assert await requested.fetchval("SELECT count(*) FROM saved_details") == 0
    await use_cases.carry_out(requested, NOW + WAIT + CLOSING - timedelta(seconds=1))
    assert await announced_erasures(requested) == []
    await use_cases.carry_out(requested, NOW + WAIT + CLOSING)
    await use_cases.carry_out(requested, NOW + WAIT + CLOSING)
    (event,) = await announced_erasures(requested)
    assert event.citizen_id == RAHIMA.citizen_id


async def test_a_closed_account_cannot_be_kept(requested: Transaction) -> None:
    """Its data are gone."""
    await use_cases.carry_out(requested, NOW + WAIT)
    with pytest.raises(Refused, match="erasure_not_requested"):
        await use_cases.cancel_erasure(requested, RAHIMA.citizen_id)


@pytest.mark.parametrize("missing", CONFIRMATIONS, ids=lambda each: each.__name__)
async def test_it_is_complete_when_all_have_confirmed(
    requested: Transaction, missing: type[ErasureConfirmed]
) -> None:
    """In any order and any number of times; until then it is listed with who is missing."""
    at = await erased(requested)
    made = {kind: kind(citizen_id=RAHIMA.citizen_id, deleted={}) for kind in CONFIRMATIONS}
    early = [each for kind, each in made.items() if kind is not missing]
    await use_cases.record_confirmations(requested, early, at)
    await use_cases.record_confirmations(requested, early, at)
    (waiting,) = await use_cases.read_unconfirmed(requested, at + timedelta(hours=1))
    assert waiting.missing == (topics.topics_of(missing)[0].writer,)
    assert await use_cases.read_unconfirmed(requested, at) == []
    await use_cases.record_confirmations(requested, [made[missing]], at)
    assert await use_cases.read_unconfirmed(requested, at + timedelta(hours=1)) == []


async def test_services_that_confirm_at_the_same_time_complete_it(database: Database) -> None:
    """Each confirmation is recorded by a consumer of its own; the last one sees the others."""
    made = [kind(citizen_id=RAHIMA.citizen_id, deleted={}) for kind in CONFIRMATIONS]
    async with database.transaction() as tx:
        await register_citizens(tx, [(RAHIMA, None)], NOW)
        await use_cases.request_erasure(tx, RAHIMA.citizen_id, WAIT, NOW)
        at = await erased(tx)

    async def confirm(each: ErasureConfirmed) -> None:
        async with database.transaction() as tx:
            await use_cases.record_confirmations(tx, [each], at)

    async with asyncio.TaskGroup() as tasks, database.transaction() as tx:
        await use_cases.record_confirmations(tx, made[:4], at)
        meanwhile = [
            tasks.create_task(confirm(erasure_confirmed)) for erasure_confirmed in made[4:]
        ]
        for each in meanwhile:
            await until_waiting(database, each)
    async with database.transaction() as tx:
        assert await use_cases.read_unconfirmed(tx, at + timedelta(hours=1)) == []


def test_every_service_that_reads_erasures_confirms_them() -> None:
    """The map has a topic for each confirmation, which identity reads."""
    writers = {topics.topics_of(kind)[0].writer for kind in CONFIRMATIONS}
    assert writers == CONFIRMING
    assert {reader for kind in CONFIRMATIONS for reader in topics.topics_of(kind)[0].readers} == {
        "identity"
    }


async def test_a_command_names_who_and_why(requested: Transaction) -> None:
    """In the audit log; without a wait the erasure begins at once."""
    await use_cases.cancel_erasure(requested, RAHIMA.citizen_id)
    await use_cases.request_erasure_by_command(
        requested, RAHIMA.citizen_id, timedelta(0), NOW, by="rahim", reason="order 7 of the court"
    )
    assert await use_cases.carry_out(requested, NOW) == 1
    (row,) = await requested.fetch("SELECT actor, action, subject FROM audit_log")
    action = "request erasure: order 7 of the court"
    assert tuple(row) == ("rahim", action, str(RAHIMA.citizen_id))


async def test_no_table_is_forgotten(requested: Transaction) -> None:
    """Closing looks at each table that names a citizen or has an encrypted column.

    What the services confirmed is kept, with the id alone; an uddokta's number is no citizen's.
    """
    closing = use_cases.carry_out(requested, NOW + WAIT)
    kept = {"erasure_confirmations", "uddoktas"}
    assert await left_alone(requested, "identity", closing) == kept
