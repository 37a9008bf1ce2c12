"""Deliveries go to a ministry's folder and come back decided, with OpenSSH and the service."""

import asyncio
import csv
import io
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

from libs.clock import utc_now
from libs.contracts.ministries import MinistryDecided, MinistryReceived
from libs.database.pool import Database
from libs.ids import new_id
from services.ministries.availability.rules import Outage
from services.ministries.availability.use_cases import announce_outage, cancel_outage
from services.ministries.connections import use_cases as connections
from services.ministries.connections.rules import Change, Connection
from services.ministries.deliveries.adapters.files import RESULT_COLUMNS
from services.ministries.main import build
from tests.libs.messaging.scene import write_events
from tests.peers.openssh import SftpServer, serving
from tests.services.ministries.scenes import HEALTH, LAND, submission
from tests.services.ministries.test_main import events_about, made_settings
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


async def connect(dsn: str, server: SftpServer, ministry: str = LAND) -> None:
    """Let a ministry exchange files with the server."""
    connection = Connection(
        adapter="files", address=server.address, host_key=server.host_key, read_every_s=0.1
    )
    database = Database(dsn, connections=1)
    async with database.transaction() as tx:
        await connections.connect(tx, ministry, connection, Change("rahima", "no interface"))
    await database.close()


async def test_from_the_submission_topic_to_the_folder_and_back(
    empty_kafka: EmbeddedKafka,
    dsn_for: Callable[[str], Awaitable[str]],
    unused_tcp_port: int,
) -> None:
    """A ministry of files gets no call; its acknowledgement and decision are announced in order."""
    lodged = submission(application_id=new_id())
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
        await connect(dsn, server)
        tasks.create_task(build(settings).run(stop))
        await write_events(empty_kafka, lodged)
        batch = server.folder / "to-ministry" / "batch-000001.csv"
        await until(batch.exists)
        folder = server.folder / "from-ministry"
        (folder / "received.csv").write_text(answer(batch, "RECEIVED", "05.00.0000.007"))
        await until((folder / "done" / "received.csv").exists)
        (folder / "decided.csv").write_text(answer(batch, "APPROVED", "05.00.0000.007"))
        await until((folder / "done" / "decided.csv").exists)
        events = await events_about(empty_kafka, str(lodged.application_id), 2)
        stop.set()
    received, decided = events
    assert isinstance(received, MinistryReceived)
    assert isinstance(decided, MinistryDecided)
    assert (decided.outcome, decided.case_file_number) == ("approved", "05.00.0000.007")


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
            await connect(dsn, server, ministry)
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
                lodged = submission(application_id=new_id(), ministry=ministry)
                await write_events(empty_kafka, lodged)
            batch = "to-ministry/batch-000001.csv"
            await until((there.folder / batch).exists)
            assert not (away.folder / batch).exists()
            async with database.transaction() as tx:
                await cancel_outage(tx, outage.outage_id, by="rahima")
            await until((away.folder / batch).exists)
            stop.set()
    await database.close()
