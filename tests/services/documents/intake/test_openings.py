"""Files that cannot become papers: how often they are opened, and for whom the others wait."""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from hashlib import sha256
from pathlib import Path
from unittest.mock import Mock

import pytest
from typing_extensions import override

from libs.contracts.documents import DocumentState
from libs.database.pool import Database
from libs.ids import new_id
from libs.turns import Turns
from services.documents.intake.pipeline import Intake, Wanted
from services.documents.retention.jobs import delete_ended
from tests.libs.opener.running import opener_of
from tests.libs.web.running import CITIZEN
from tests.services.documents import scenes
from tests.services.documents.running import Documents, running, stranger
from tests.services.identity.running import Reply
from tests.waiting import until

DsnFor = Callable[[str], Awaitable[str]]
DAY_S = 24 * 3600


def demanding(number: int = 0) -> bytes:
    """A file that takes too much CPU to open, different for each number."""
    return scenes.pdf_of_curves() + b"%" * number


async def uploaded(documents: Documents, content: bytes) -> str:
    """Upload a file in parts; return the upload's id."""
    address = await documents.begin(len(content))
    await documents.send(address, 0, content)
    return address.rsplit("/", 1)[1]


async def made_of(documents: Documents, upload_id: str) -> Reply:
    """Ask for the paper of an upload."""
    body = {"kind": "epi_card", "upload_ids": [upload_id]}
    return await documents.post_json("/v1/documents-from-uploads", body)


@pytest.mark.parametrize("requests", [4, 12, 30])
async def test_one_citizen_leaves_room_for_the_others(
    database: Database, dsn_for: DsnFor, tmp_path: Path, requests: int
) -> None:
    """However many demanding files one citizen sends at once, everybody else is served."""
    settings = {"process_cpu_s": 1, "process_wait_s": 0.5}
    async with running(database, await dsn_for("documents"), tmp_path, **settings) as documents:
        attacker = stranger()
        served = []
        async with asyncio.TaskGroup() as tasks:
            attack = [
                tasks.create_task(documents.give(demanding(number), citizen_id=attacker))
                for number in range(requests)
            ]
            while not all(request.done() for request in attack):
                served.append((await documents.give(scenes.jpeg(), citizen_id=stranger())).status)
        assert set(served) == {201}
        answers = {request.result().problem for request in attack}
        assert "document_too_demanding" in answers
        assert answers <= {"document_too_demanding", "unavailable", "files_refused_too_often"}


async def test_a_refused_upload_is_not_opened_again(
    database: Database, dsn_for: DsnFor, tmp_path: Path
) -> None:
    """Thirty requests for one demanding file open it once; another citizen's file is opened."""
    settings = {"process_cpu_s": 1}
    async with running(database, await dsn_for("documents"), tmp_path, **settings) as documents:
        upload_id = await uploaded(documents, demanding())
        answers = [await made_of(documents, upload_id) for _ in range(30)]
        assert {answer.problem for answer in answers} == {"document_too_demanding"}
        assert await opened(documents) == 1
        assert (await documents.give(demanding(), citizen_id=stranger())).status == 422
        assert await opened(documents) == 2


async def test_a_killed_opener_is_held_against_nobody(
    database: Database, dsn_for: DsnFor, tmp_path: Path
) -> None:
    """In the middle of a file and afterwards: it may come again, and is not refused unopened."""
    dsn = await dsn_for("documents")
    async with (
        opener_of("documents") as opener,
        running(database, dsn, tmp_path, opener=str(opener.socket)) as documents,
        asyncio.TaskGroup() as tasks,
    ):
        upload_id = await uploaded(documents, demanding())
        first = tasks.create_task(made_of(documents, upload_id))
        await until(lambda: [*opener.files.glob("*/own/source-00")])
        opener.end(signal.SIGKILL)
        for answer in (await first, await made_of(documents, upload_id)):
            assert (answer.status, answer.problem) == (503, "unavailable")
            assert answer.headers["retry-after"]


async def test_files_that_are_refused_are_counted_for_a_day(
    database: Database, dsn_for: DsnFor, tmp_path: Path
) -> None:
    """After five demanding ones nothing of the citizen is opened until the first is a day old."""
    settings = {"process_cpu_s": 1}
    async with running(database, await dsn_for("documents"), tmp_path, **settings) as documents:
        for number in range(5):
            assert (await documents.give(demanding(number))).problem == "document_too_demanding"
        refused = await documents.give(scenes.jpeg())
        assert (refused.status, refused.problem) == (429, "files_refused_too_often")
        assert int(refused.headers["retry-after"]) == DAY_S
        assert (await documents.give(scenes.jpeg(), citizen_id=stranger())).status == 201
        documents.time.forward(seconds=DAY_S)
        async with documents.database.transaction() as tx:
            assert await delete_ended(tx, documents.clock) == 5
        assert (await documents.give(scenes.jpeg())).status == 201


async def test_a_file_that_ends_the_service_counts(documents: Documents) -> None:
    """What was being opened when the process was killed is demanding, and may be tried again."""
    paper = scenes.jpeg()
    first, *more = (new_id() for _ in range(5))
    async with documents.database.transaction() as tx:
        for opening_id in (first, *more):
            await tx.execute(
                """
                INSERT INTO openings (opening_id, opened_for, citizen_id, source_sha256, opened_at)
                VALUES ($1, $2, $2, $3, $4)
                """,
                opening_id, CITIZEN, sha256(paper).hexdigest(), documents.clock.now(),
            )  # fmt: skip
    assert (await documents.give(paper)).problem == "files_refused_too_often"
    async with documents.database.transaction() as tx:
        await tx.execute("DELETE FROM openings WHERE opening_id = $1", first)
    assert (await documents.give(paper)).status == 201
    assert await opened(documents) == 4


class SlowIntake(Intake):
    """Scans until the deadline of the request."""

    @override
    async def _scan(self, sources: Sequence[Path]) -> DocumentState:
        await asyncio.Event().wait()
        return "clean"


async def test_a_slow_scanner_counts_for_nobody(documents: Documents, tmp_path: Path) -> None:
    """A request that its deadline ends leaves no opening behind."""
    settings = documents.settings.model_copy(update={"scratch": tmp_path})
    unused = Mock()
    intake = SlowIntake(
        settings, documents.database, unused, unused, Turns(1), unused, unused, documents.clock
    )
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await intake.make(Wanted(CITIZEN, "epi_card", None, None), [pieces_of(scenes.jpeg())])
    assert await opened(documents) == 0


async def pieces_of(content: bytes) -> AsyncIterator[bytes]:
    """A file as it arrives."""
    yield content


async def opened(documents: Documents) -> int:
    """How many files were opened that became no papers."""
    async with documents.database.transaction() as tx:
        count: int = await tx.fetchval("SELECT count(*) FROM openings")
    return count
