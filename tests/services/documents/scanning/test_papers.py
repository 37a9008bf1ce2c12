from collections.abc import Awaitable, Callable
from pathlib import Path

from libs.database.pool import Database
from services.documents.locker.content import Contents
from services.documents.retention.jobs import ScanAgain
from services.documents.scanning.clamd import Clamd, NoScanner
from services.documents.storage.store import DocumentStore, object_store
from tests.services.documents import files
from tests.services.documents.running import Documents, running
from tests.services.documents.scanning.test_clamd import FOUND, daemon

DsnFor = Callable[[str], Awaitable[str]]


async def test_an_infected_file_is_not_kept(
    database: Database, dsn_for: DsnFor, tmp_path: Path
) -> None:
    """Whatever it is called; a clean one is kept as clean."""
    async with (
        daemon() as address,
        running(database, await dsn_for("documents"), tmp_path, scanner=address) as documents,
    ):
        for infected in (files.EICAR, files.pdf() + files.EICAR):
            reply = await documents.give(infected, name="certificate.pdf")
            assert (reply.status, reply.problem) == (422, "document_infected")
        assert documents.objects() == []
        assert (await documents.paper())["state"] == "clean"


def again(documents: Documents, scanner: Clamd | NoScanner) -> ScanAgain:
    store = DocumentStore(object_store(documents.settings))
    return ScanAgain(documents.database, Contents(store), scanner)


async def state_of(documents: Documents) -> str:
    listed = await documents.call("GET", "/v1/documents")
    return str(listed.body["items"][0]["state"])


async def test_a_paper_is_scanned_when_the_daemon_is_back(documents: Documents) -> None:
    """Until then the state says that nobody has looked; a virus found late is shown too."""
    await documents.paper()
    assert not await again(documents, NoScanner()).scan()
    assert await state_of(documents) == "not_scanned"
    async with daemon() as address:
        assert await again(documents, Clamd(address, 5)).scan()
        assert not await again(documents, Clamd(address, 5)).scan()
    assert await state_of(documents) == "clean"


async def test_a_virus_that_is_found_late_is_shown(documents: Documents) -> None:
    """The paper is not given to anybody from then on."""
    await documents.paper()
    async with daemon(answers=FOUND) as address:
        await again(documents, Clamd(address, 5)).scan()
    assert await state_of(documents) == "infected"
