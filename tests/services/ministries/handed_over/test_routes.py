"""A ministry asks for what it was handed, over its route and on a real database."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import orjson
import pytest
from pydantic import SecretStr
from starlette.types import ASGIApp

from libs.clock import Clock
from libs.contracts.identity import CitizenErased
from libs.contracts.ministries import HandedOverDeliveries
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.ids import new_id
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.web.signed.signatures import derived_key, sign
from services.ministries.deliveries import queries, use_cases
from services.ministries.deliveries.adapters.clients import Clients
from services.ministries.deliveries.adapters.registry import Adapters
from services.ministries.deliveries.rules import Delivery, Kind
from services.ministries.erasure.use_cases import erase_citizen
from services.ministries.handed_over import use_cases as handed_over
from services.ministries.handed_over.position import Position
from services.ministries.handed_over.routes import cursor_key, routes
from services.ministries.settings import Settings
from tests.libs.web.running import Answer, app_with, ask
from tests.services.ministries.connections.scenes import FixedConnections
from tests.services.ministries.deliveries.adapters.suite import MinistrySystem, answering
from tests.services.ministries.scenes import (
    APPLICATION,
    HEALTH,
    LAND,
    NUMBER,
    claim,
    decision,
    planned,
    row_of,
    submission,
    succeeded,
)
from tests.waiting import until

SETTINGS = Settings(
    ministry_secret=SecretStr("a-master-secret-for-tests-and-nothing-else"),
    private_networks="127.0.0.0/8",
)
KEPT = timedelta(days=SETTINGS.keep_handed_over_days)
RAHIMA = new_id()


class Receiver:
    """A ministry's system that lost data."""

    def __init__(self, app: ASGIApp, ministry: str = LAND) -> None:
        self._app = app
        self._ministry = ministry

    async def ask(
        self,
        body: Mapping[str, Any] | bytes | None = None,
        *,
        signed_by: str | None = None,
        at: datetime | None = None,
    ) -> Answer:
        """Ask for a page, signed by a ministry."""
        raw = body if isinstance(body, bytes) else orjson.dumps(body or {})
        secret = SETTINGS.ministry_secret.get_secret_value()
        key = derived_key(secret, signed_by or self._ministry)
        return await ask(
            self._app,
            "POST",
            f"/v1/ministries/{self._ministry}/deliveries",
            headers={
                "content-type": "application/json",
                "accept-language": "en",
                **sign(key, "msg_1", at or datetime.now(UTC), raw),
            },
            chunks=[raw],
        )

    async def page(self, after: str | None = None, limit: int = 100) -> HandedOverDeliveries:
        """Ask for a page, and read it."""
        answer = await self.ask({"after": after, "limit": limit})
        assert answer.status == 200, answer.body
        assert answer.headers["cache-control"] == "no-store"
        return HandedOverDeliveries.model_validate_json(answer.body)

    async def keys(self, after: str | None = None, limit: int = 100) -> list[UUID]:
        """Ask page by page for all; return the ids of the deliveries."""
        keys: list[UUID] = []
        while True:
            page = await self.page(after, limit)
            keys += [UUID(delivery.idempotency_key) for delivery in page.deliveries]
            after = page.next
            if not page.has_more:
                return keys


@pytest.fixture
async def adapters() -> AsyncIterator[Adapters]:
    clients = Clients(SETTINGS, tracing=Tracing("ministries"), metrics=Metrics("ministries"))
    yield Adapters(
        SETTINGS, FixedConnections("https://x").of, clients, public_url="http://us.example"
    )
    for client in clients.all():
        await client.close()


@pytest.fixture
def app(database: Database, adapters: Adapters) -> ASGIApp:
    return app_at(database, adapters, datetime.now(UTC))


@pytest.fixture
def receiver(app: ASGIApp) -> Receiver:
    return Receiver(app)


def app_at(database: Database, adapters: Adapters, now: datetime) -> ASGIApp:
    """The route at a time."""
    provided = [SETTINGS, database, adapters, Clock(lambda: now)]
    return app_with(*routes.bind("ministries", provided))


async def handed(tx: Transaction, *kinds: Kind, ministry: str = LAND) -> list[Delivery]:
    """Submissions of one new application of the citizen, each of which the ministry took."""
    application_id = new_id()
    made = []
    for kind in kinds:
        given = submission(kind, application_id=application_id, ministry=ministry)
        (delivery,) = await planned(tx, given.model_copy(update={"applicant_id": RAHIMA}))
        said = decision(application_id=application_id)
        await use_cases.record_results(tx, [succeeded(delivery, said)])
        made.append(delivery)
    return made


def keys_of(deliveries: list[Delivery]) -> list[UUID]:
    """The ids of deliveries."""
    return [delivery.delivery_id for delivery in deliveries]


async def test_all_comes_once_in_the_order_of_the_hand_over(
    database: Database, receiver: Receiver
) -> None:
    """Page by page, whatever the length of a page; and nothing of another ministry."""
    async with database.transaction() as tx:
        first, second = [await planned(tx, submission(application_id=new_id())) for _ in range(2)]
        for (each,) in (second, first):  # the later one is handed over first
            said = decision(application_id=each.application_id)
            await use_cases.record_results(tx, [succeeded(each, said)])
        several = await handed(tx, "submitted", "corrected", "withdrawn")
        await handed(tx, "submitted", ministry=HEALTH)
    expected = keys_of([*second, *first, *several])
    for limit in (1, 2, 3, 100):
        assert await receiver.keys(limit=limit) == expected
    page = await receiver.page(limit=2)
    assert await receiver.keys(page.deliveries[0].submission["cursor"]) == expected[1:]
    assert await receiver.keys(page.next) == expected[2:]
    complete = await receiver.page()
    assert (await receiver.page(complete.next)).deliveries == []


async def test_a_delivery_comes_as_it_was_handed_over(
    database: Database, receiver: Receiver, adapters: Adapters
) -> None:
    """The same key and the same body, and the case file number that citizens were told."""
    system = MinistrySystem(answering(body=b'{"case_file_number": "1"}'))
    runner = await system.listening()
    clients = Clients(SETTINGS, tracing=Tracing("ministries"), metrics=Metrics("ministries"))
    pushing = Adapters(
        SETTINGS, FixedConnections(system.url).of, clients, public_url="http://us.example"
    )
    async with database.transaction() as tx:
        await planned(tx, submission())
        (due,) = await claim(tx)
        await pushing.of(LAND).submit(due, due.idempotency_key)
        await use_cases.record_results(tx, [succeeded(due, decision())])
    for client in clients.all():
        await client.close()
    await runner.cleanup()
    (pushed,) = system.arrived
    (again,) = (await receiver.page()).deliveries
    assert again.idempotency_key == pushed.idempotency_key
    assert again.case_file_number == NUMBER
    assert {**again.submission, "cursor": None} == orjson.loads(pushed.body)


async def test_a_damaged_form_is_left_out(database: Database, receiver: Receiver) -> None:
    """Without its answers it would look like another application; the others come."""
    async with database.transaction() as tx:
        whole, damaged, last = await handed(tx, "submitted", "corrected", "corrected")
        await tx.execute(
            "UPDATE deliveries SET form = left(form, 60) WHERE delivery_id = $1",
            damaged.delivery_id,
        )
    for limit in (1, 2, 3):
        assert await receiver.keys(limit=limit) == keys_of([whole, last])


async def test_what_is_not_confirmed_comes_by_itself(
    database: Database, receiver: Receiver
) -> None:
    """It is handed over again anyway: only what was answered is among the pages."""
    async with database.transaction() as tx:
        await planned(tx, submission())
        await claim(tx)
    assert await receiver.keys() == []


async def test_whoever_stored_a_hand_over_can_resume_at_its_cursor(
    database: Database, receiver: Receiver
) -> None:
    """Nothing before it is missing; it comes again itself, and so does all that follows."""
    position = Position(
        database,
        lambda ministry: cursor_key(SETTINGS, ministry),
        lambda: datetime.now(UTC),
        Metrics("ministries"),
    )
    assert position.cursor_of(LAND) is None
    async with database.transaction() as tx:
        await handed(tx, "submitted")
    await position.refresh()
    carried = position.cursor_of(LAND)
    async with database.transaction() as tx:
        pushed = await handed(tx, "submitted", "corrected")
    assert await receiver.keys(carried) == keys_of(pushed)


async def test_a_hand_over_that_commits_late_is_not_passed_by(
    database: Database, receiver: Receiver
) -> None:
    """A number is given before its commit: no page goes beyond it meanwhile."""
    async with database.transaction() as tx:
        await handed(tx, "submitted")
    async with database.transaction() as slow:
        late = await handed(slow, "submitted")
        async with database.transaction() as tx:
            quick = await handed(tx, "submitted")
        assert (await receiver.ask({})).status == 503
    assert (await receiver.keys())[1:] == keys_of([*late, *quick])


async def test_a_ministry_that_reads_holds_up_no_other(database: Database, app: ASGIApp) -> None:
    """A late commit of one ministry's hand-over concerns its own pages only."""
    async with database.transaction() as slow:
        await handed(slow, "submitted")
        assert (await Receiver(app, HEALTH).ask({})).status == 200


async def test_hand_overs_go_on_while_pages_are_read(
    database: Database, receiver: Receiver
) -> None:
    """Three at once take numbers, while one reads: each comes once, none is left out."""
    made: list[Delivery] = []

    async def hand_over() -> None:
        for _ in range(20):
            async with database.transaction() as tx:
                made.extend(await handed(tx, "submitted"))

    async def read() -> list[UUID]:
        seen: list[UUID] = []
        after = None
        while len(seen) < 60:
            answer = await receiver.ask({"after": after, "limit": 7})
            if answer.status == 200:
                page = HandedOverDeliveries.model_validate_json(answer.body)
                seen += [UUID(delivery.idempotency_key) for delivery in page.deliveries]
                after = page.next
            await asyncio.sleep(0)
        return seen

    async with asyncio.TaskGroup() as tasks:
        reading = tasks.create_task(read())
        for _ in range(3):
            tasks.create_task(hand_over())
    assert sorted(reading.result()) == sorted(keys_of(made))


async def test_a_page_has_at_most_a_megabyte(database: Database, receiver: Receiver) -> None:
    """Forms may have 64 KiB; the gateway passes on four megabytes."""
    async with database.transaction() as tx:
        for _ in range(20):
            application_id = new_id()
            given = submission(application_id=application_id)
            large = given.model_copy(update={"form": {"text": "x" * 60_000}})
            (delivery,) = await planned(tx, large)
            said = decision(application_id=application_id)
            await use_cases.record_results(tx, [succeeded(delivery, said)])
    answer = await receiver.ask({})
    assert len(answer.body) < 1_000_000
    assert answer.json()["has_more"]
    assert len(await receiver.keys()) == 20


async def test_nothing_of_an_erased_citizen_comes_again(
    database: Database, receiver: Receiver
) -> None:
    """Her forms are gone. The ministry may have them in a backup, so the withdrawal comes."""
    async with database.transaction() as tx:
        (submitted,) = await handed(tx, "submitted")
    assert await receiver.keys() == [submitted.delivery_id]
    async with database.transaction() as tx:
        await erase_citizen(tx, CitizenErased(citizen_id=RAHIMA))
        gone = submission("withdrawn", application_id=submitted.application_id)
        (withdrawal,) = await planned(tx, gone.model_copy(update={"applicant_id": RAHIMA}))
        said = decision(application_id=submitted.application_id)
        await use_cases.record_results(tx, [succeeded(withdrawal, said)])
    (left,) = (await receiver.page()).deliveries
    assert left.idempotency_key == withdrawal.idempotency_key
    assert left.submission["form"] is left.submission["applicant_id"] is None
    assert str(RAHIMA) not in left.model_dump_json()


async def test_what_was_kept_long_enough_is_deleted(
    database: Database, receiver: Receiver, adapters: Adapters
) -> None:
    """An hour after its time; and whoever asks for it is told what to do."""
    async with database.transaction() as tx:
        old, kept = [(await handed(tx, "submitted"))[0] for _ in range(2)]
    start = (await receiver.page()).deliveries[0].submission["cursor"]
    async with database.transaction() as tx:
        ages = ((old, KEPT + timedelta(minutes=61)), (kept, KEPT + timedelta(minutes=59)))
        for delivery, age in ages:
            await tx.execute(
                "UPDATE deliveries SET closed_at = now() - $2::interval WHERE delivery_id = $1",
                delivery.delivery_id,
                age,
            )
        assert await handed_over.delete_old(tx, kept=KEPT) == 1
        row = await row_of(tx, old)
        assert (row["form"], row["documents"], row["state"]) == (None, None, "handed_over")
        assert (await row_of(tx, kept))["form"] is not None
        assert await handed_over.delete_old(tx, kept=KEPT) == 0
    later = datetime.now(UTC) + KEPT + timedelta(minutes=1)
    answer = await Receiver(app_at(database, adapters, later)).ask({"after": start}, at=later)
    assert (answer.status, answer.code) == (410, "cursor_too_old")
    assert "`after` null" in answer.json()["detail"]


@pytest.mark.parametrize("text", ["", "x", "AAAA", "a" * 200])
async def test_an_unknown_cursor_says_what_to_do(receiver: Receiver, text: str) -> None:
    """Start from the beginning, and recognise what is there."""
    answer = await receiver.ask({"after": text})
    assert (answer.status, answer.code) == (422, "cursor_unknown")


async def test_another_ministry_is_refused(database: Database, app: ASGIApp) -> None:
    """Neither its signature nor its cursor opens the deliveries of this one."""
    async with database.transaction() as tx:
        await handed(tx, "submitted", ministry=HEALTH)
    health = (await Receiver(app, HEALTH).page()).next
    answer = await Receiver(app).ask({}, signed_by=HEALTH)
    assert (answer.status, answer.code) == (401, "signature_invalid")
    answer = await Receiver(app).ask({"after": health})
    assert (answer.status, answer.code) == (422, "cursor_unknown")
    answer = await Receiver(app, "nowhere").ask({})
    assert (answer.status, answer.code) == (404, "not_found")


@pytest.mark.parametrize(
    ("body", "code"),
    [(b"{", "not_json"), (b'{"limit": 0}', "wrong_shape"), (b'{"since": "x"}', "wrong_shape")],
)
async def test_a_wrong_body_is_refused(receiver: Receiver, body: bytes, code: str) -> None:
    """A misspelt member would read everything."""
    answer = await receiver.ask(body)
    assert answer.status in {400, 422}
    assert answer.code == code


async def test_a_delivery_settled_by_hand_is_among_them(
    database: Database, receiver: Receiver
) -> None:
    """The ministry has it in another way, and may lose it, too."""
    async with database.transaction() as tx:
        (delivery,) = await planned(tx, submission())
        await queries.close_deliveries(tx, [delivery.delivery_id])
    (again,) = (await receiver.page()).deliveries
    assert (again.idempotency_key, again.case_file_number) == (delivery.idempotency_key, None)
    assert again.submission["application_id"] == str(APPLICATION)


async def test_the_position_follows_by_itself(database: Database) -> None:
    """As a component it needs no restart."""
    position = Position(database, lambda _: b"key", lambda: datetime.now(UTC), Metrics("test"))
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(position.run(stop))
        await until(lambda: position.cursor_of(LAND) is not None)
        texts = [position.cursor_of(each) for each in (LAND, HEALTH)]
        stop.set()
    assert all(one != other for one, other in pairwise(texts))
