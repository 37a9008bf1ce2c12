"""Deliveries go to a ministry's folder and come back decided, with OpenSSH and the service."""

import asyncio
import csv
import io
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web
from pydantic import SecretStr
from typing_extensions import override

from libs.clock import utc_now
from libs.contracts.ministries import MinistryDecided, MinistryReceived
from libs.database.pool import Database
from libs.errors import Unavailable
from libs.ids import new_id
from libs.jobs import Lease
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.web.calling.client import HttpClient
from services.ministries.availability.rules import Outage
from services.ministries.availability.use_cases import announce_outage, cancel_outage
from services.ministries.connections import use_cases as connections
from services.ministries.connections.rules import Change, Connection
from services.ministries.deliveries.adapters.contract import FileAdapter
from services.ministries.deliveries.adapters.files import RESULT_COLUMNS, FilesAdapter
from services.ministries.deliveries.rules import plan_delivery
from services.ministries.deliveries.values import Batch, ReadFile, ResultFile
from services.ministries.exchanges.jobs import exchange
from services.ministries.exchanges.rules import Exchange
from services.ministries.exchanges.use_cases import claim, make_batches
from services.ministries.main import build
from services.ministries.settings import Settings
from tests.libs.messaging.scenes import write_events
from tests.peers.openssh import SftpServer, serving
from tests.services.ministries.deliveries.adapters.suite import (
    MinistrySystem,
    ReceivedRequest,
    link_to,
)
from tests.services.ministries.running import events_about, made_settings
from tests.services.ministries.scenes import HEALTH, LAND, planned, submission
from tests.waiting import PATIENCE_S, until
from tools.embedded.kafka import EmbeddedKafka


def answer(batch: Path, state: str, number: str) -> str:
    """A file by which the ministry answers every row of a batch."""
    content = batch.read_bytes().removeprefix(b"\xef\xbb\xbf").decode()
    written = io.StringIO(newline="")
    rows = [row for row in csv.DictReader(io.StringIO(content)) if row["batch_no"] != "END"]
    answers = csv.DictWriter(written, RESULT_COLUMNS, extrasaction="ignore")
    answers.writeheader()
    answers.writerows({**row, "state": state, "case_file_number": number} for row in rows)
    return f"{written.getvalue()}END,{len(rows)}\r\n"


def batch_at(server: SftpServer) -> Path | None:
    """The batch that is there, if there is one."""
    return next((server.folder / "to-ministry").glob("batch-*.csv"), None)


def files_at(server: SftpServer) -> Connection:
    """The connection of a ministry that exchanges files with a server."""
    return Connection(
        adapter="files", address=server.address, host_key=server.host_key, read_every_s=0.1
    )


async def connect(dsn: str, connection: Connection, ministry: str = LAND) -> None:
    """Connect a ministry."""
    database = Database(dsn, connections=1)
    async with database.transaction() as tx:
        await connections.connect(tx, ministry, connection, Change("rahima", "as it is"))
    await database.close()


class Folder(FileAdapter):
    """A ministry's folder of which some parts fail."""

    def __init__(self, *failing: str, deadline_s: float = 10.0) -> None:
        client = HttpClient("t", tracing=Tracing("t"), metrics=Metrics("t"))
        super().__init__(
            replace(link_to(client, "https://unused.example"), file_deadline_s=deadline_s)
        )
        self.failing = failing
        self.steps: list[str] = []

    @override
    async def send(self, batch: Batch) -> None:
        await self._step(f"send {batch.batch_no}")

    @override
    async def receive(self) -> AsyncGenerator[ResultFile, None]:
        await self._step("receive")
        yield ResultFile("old.csv", [], sha256="1")
        yield ResultFile("new.csv", [], sha256="2")
        await self._step("receive more")

    @override
    async def put_aside(self, files: Sequence[ReadFile]) -> None:
        await self._step("put aside")

    async def _step(self, step: str) -> None:
        self.steps.append(step)
        if f"{step} hangs" in self.failing:
            await asyncio.Event().wait()
        if step in self.failing:
            raise Unavailable(LAND, "away")
        if f"{step} defect" in self.failing:
            raise ZeroDivisionError


BATCHES = [Batch(LAND, number, utc_now(), {}) for number in (1, 2)]
OLD = ReadFile("old.csv", is_refused=False, report="", sha256="1")
DUE = Exchange(LAND, 0, utc_now(), BATCHES, [OLD])


@pytest.mark.parametrize(
    ("failing", "put_aside", "sent", "files"),
    [
        ((), 1, 2, 0),
        (("send 1",), 1, 0, 1),
        (("send 1 hangs",), 1, 0, 1),
        (("send 1 defect",), 1, 0, 1),
        (("send 2",), 1, 1, 0),
        (("put aside", "send 1"), 0, 0, 1),
        (("put aside defect",), 0, 2, 0),
        (("receive", "send 1"), 1, 0, 0),
        (("receive defect", "send 1"), 1, 0, 0),
        (("receive more", "send 1"), 1, 0, 1),
        (("receive more hangs", "send 1"), 1, 0, 1),
        (("receive more defect", "send 1"), 1, 0, 1),
    ],
)
async def test_a_part_that_fails_keeps_no_other_back(
    failing: Sequence[str], put_aside: int, sent: int, files: int
) -> None:
    """Of nothing that was done is anything lost, and what is recorded is not read again."""
    folder, metrics = Folder(*failing, deadline_s=0.2), Metrics("test")
    done = await exchange(lambda _: folder, metrics, DUE)
    assert (len(done.put_aside), len(done.sent), len(done.files)) == (put_aside, sent, files)
    assert {file.name for file in done.files} <= {"new.csv"}
    assert done.is_complete == (not failing)
    defects = metrics.counter("exchange_defects", destination=LAND).value
    assert defects == len([each for each in failing if each.endswith("defect")])


async def test_what_was_sent_is_recorded_before_anything_is_read() -> None:
    """So nothing in a ministry's file can have a batch sent again; the next exchange reads."""
    folder = Folder()
    await exchange(lambda _: folder, Metrics("test"), DUE)
    assert folder.steps == ["put aside", "send 1", "send 2"]
    done = await exchange(lambda _: folder, Metrics("test"), replace(DUE, batches=[]))
    assert [file.name for file in done.files] == ["new.csv"]


async def test_what_is_read_at_once_fits_into_memory() -> None:
    """Twenty files of 20,000 rows would be in it together; what is recorded already is not held."""
    closed = []

    class Full(Folder):
        @override
        async def receive(self) -> AsyncGenerator[ResultFile, None]:
            try:
                for number in range(20):
                    yield ResultFile(f"{number}.csv", [], ["no such row"] * 3_000, sha256="1")
            finally:
                closed.append("receive")

    due = replace(
        DUE, batches=[], read_files=[ReadFile("0.csv", is_refused=False, report="", sha256="1")]
    )
    done = await exchange(lambda _: Full(), Metrics("test"), due)
    assert [file.name for file in done.files] == ["1.csv", "2.csv"]
    assert done.is_complete
    assert closed == ["receive"]


async def test_files_that_cannot_be_put_aside_keep_no_new_one_back() -> None:
    """They are recorded, and do not count among the twenty that are read at once."""

    class Stuck(Folder):
        @override
        async def receive(self) -> AsyncGenerator[ResultFile, None]:
            for number in range(50):
                yield ResultFile(f"{number}.csv", [], sha256="1")

    known = [
        ReadFile(f"{number}.csv", is_refused=False, report="", sha256="1") for number in range(20)
    ]
    due = replace(DUE, batches=[], read_files=known)
    done = await exchange(lambda _: Stuck("put aside"), Metrics("test"), due)
    assert [file.name for file in done.files] == [f"{number}.csv" for number in range(20, 40)]


async def test_an_exchange_of_which_all_fails_has_failed() -> None:
    """It is tried again later; so is one of which nothing is new."""
    folder = Folder("put aside", "receive", "send 1")
    with pytest.raises(Unavailable):
        await exchange(lambda _: folder, Metrics("test"), DUE)
    known = [OLD, replace(OLD, name="new.csv", sha256="2")]
    folder = Folder("put aside", "send 1")
    with pytest.raises(Unavailable):
        await exchange(lambda _: folder, Metrics("test"), replace(DUE, read_files=known))


async def test_from_the_submission_topic_to_the_folder_and_back(
    empty_kafka: EmbeddedKafka,
    dsn_for: Callable[[str], Awaitable[str]],
    unused_tcp_port: int,
) -> None:
    """A ministry of files gets no call; its acknowledgement and decision are announced in order."""
    submitted = submission(application_id=new_id())
    dsn = await dsn_for("ministries")
    stop = asyncio.Event()
    async with serving() as server, asyncio.timeout(PATIENCE_S), asyncio.TaskGroup() as tasks:
        settings = made_settings(
            empty_kafka,
            dsn,
            "http://127.0.0.1:9",
            unused_tcp_port,
            ssh_keys={LAND: server.client_key},
        )
        await connect(dsn, files_at(server))
        tasks.create_task(build(settings).run(stop))
        await write_events(empty_kafka, submitted)
        batch = await until(lambda: batch_at(server))
        folder = server.folder / "from-ministry"
        (folder / "received.csv").write_text(answer(batch, "RECEIVED", "05.00.0000.007"))
        await until((folder / "done" / "received.csv").exists)
        (folder / "decided.csv").write_text(answer(batch, "APPROVED", "05.00.0000.007"))
        await until((folder / "done" / "decided.csv").exists)
        events = await events_about(empty_kafka, str(submitted.application_id), 2)
        stop.set()
    received, decided = events
    assert isinstance(received, MinistryReceived)
    assert isinstance(decided, MinistryDecided)
    assert (decided.outcome, decided.case_file_number) == ("approved", "05.00.0000.007")


async def test_a_restored_database_gives_no_number_again(database: Database) -> None:
    """The batches that it lost are on the ministry's server, and none of them is written over."""
    client = HttpClient("t", tracing=Tracing("t"), metrics=Metrics("t"))
    async with serving() as server:
        link = replace(
            link_to(client, "https://unused.example"),
            connection=files_at(server),
            ssh_key=SecretStr(server.client_key),
            deadline_s=PATIENCE_S,
        )
        await made_and_lost(database, FilesAdapter(link))
        lost = batch_at(server)
        assert lost is not None
        before = lost.read_bytes()
        at = int(utc_now().timestamp())
        await until(lambda: utc_now().timestamp() > at + 2)
        await made_and_lost(database, FilesAdapter(link))
        assert lost.read_bytes() == before
        assert len(list(lost.parent.glob("batch-*.csv"))) == 2


class Lost(Exception):
    """What the transaction wrote is lost, as by a restore."""


async def made_and_lost(database: Database, adapter: FileAdapter) -> None:
    """Make a batch and send it; afterwards the database knows nothing of it."""
    with suppress(Lost):
        async with database.transaction() as tx:
            await planned(tx, submission(application_id=new_id()))
            connections = {LAND: adapter.link.connection}
            assert await make_batches(tx, connections, Metrics("test")) == 1
            (due,) = await claim(tx, Lease("w1", limit=1, per_destination=1, duration_s=60))
            done = await exchange(lambda _: adapter, Metrics("test"), due)
            assert done.sent == due.batches
            raise Lost


async def test_a_ministry_that_gets_an_interface_is_read_until_it_has_answered(
    empty_kafka: EmbeddedKafka,
    dsn_for: Callable[[str], Awaitable[str]],
    unused_tcp_port: int,
) -> None:
    """Its file closes what was sent; the correction that waited behind it goes by the interface."""
    submitted = submission(application_id=new_id())
    corrected = submission("corrected", application_id=submitted.application_id)
    system = MinistrySystem(acknowledging)
    runner = await system.listening()
    dsn = await dsn_for("ministries")
    async with serving() as server, asyncio.timeout(PATIENCE_S):
        settings = made_settings(
            empty_kafka,
            dsn,
            system.url,
            unused_tcp_port,
            ssh_keys={LAND: server.client_key},
        )
        await connect(dsn, files_at(server))
        async with running(settings):
            await write_events(empty_kafka, submitted)
            batch = await until(lambda: batch_at(server))
        await connect(dsn, Connection(address=system.url))
        folder = server.folder / "from-ministry"
        async with running(settings):
            await write_events(empty_kafka, corrected)
            (folder / "received.csv").write_text(answer(batch, "RECEIVED", "05.00.0000.007"))
            await until((folder / "done" / "received.csv").exists)
            await until(lambda: system.arrived)
    await runner.cleanup()
    keys = [arrived.idempotency_key for arrived in system.arrived]
    assert keys == [plan_delivery(corrected).idempotency_key]


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[None]:
    """Run the service, and let it finish what it does."""
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(build(settings).run(stop))
        yield
        stop.set()


async def acknowledging(_: ReceivedRequest) -> web.StreamResponse:
    return web.json_response({"case_file_number": "05.00.0000.007", "decision": None})


async def test_no_file_is_written_during_a_planned_outage(
    empty_kafka: EmbeddedKafka,
    dsn_for: Callable[[str], Awaitable[str]],
    unused_tcp_port: int,
) -> None:
    """The batch of another ministry is written meanwhile, and that of this one afterwards."""
    dsn = await dsn_for("ministries")
    now, stop = utc_now(), asyncio.Event()
    outage = Outage(new_id(), LAND, now - timedelta(hours=1), now + timedelta(hours=1))
    database = Database(dsn, connections=1)
    async with serving() as away, serving() as there, asyncio.timeout(PATIENCE_S):
        for server, ministry in ((away, LAND), (there, HEALTH)):
            await connect(dsn, files_at(server), ministry)
        async with database.transaction() as tx:
            await announce_outage(tx, outage, by="rahima", at=now)
        settings = made_settings(
            empty_kafka,
            dsn,
            "http://127.0.0.1:9",
            unused_tcp_port,
            ssh_keys={LAND: away.client_key, HEALTH: there.client_key},
        )
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(build(settings).run(stop))
            for ministry in (LAND, HEALTH):
                submitted = submission(application_id=new_id(), ministry=ministry)
                await write_events(empty_kafka, submitted)
            await until(lambda: batch_at(there))
            assert batch_at(away) is None
            async with database.transaction() as tx:
                await cancel_outage(tx, outage.outage_id, by="rahima")
            await until(lambda: batch_at(away))
            stop.set()
    await database.close()
