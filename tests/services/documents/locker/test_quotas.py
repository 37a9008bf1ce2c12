"""How much a citizen may keep at once."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.ids import new_id
from services.documents.locker import use_cases as locker
from services.documents.locker.rules import Document
from services.documents.locker.use_cases import delete_ended
from tests.services.documents import scenes
from tests.services.documents.running import TUS, running
from tests.waiting import until

DsnFor = Callable[[str], Awaitable[str]]


async def test_a_deleted_paper_counts_until_it_is_gone(
    database: Database, dsn_for: DsnFor, tmp_path: Path
) -> None:
    """Whoever uploads and deletes again and again fills the locker."""
    limits = {"papers_per_citizen": 1}
    async with running(database, await dsn_for("documents"), tmp_path, **limits) as documents:
        paper, another = await documents.paper(), scenes.jpeg(300, 300)
        await documents.call("DELETE", f"/v1/documents/{paper['document_id']}")
        refused = await documents.give(another)
        assert (refused.status, refused.problem) == (422, "locker_full")
        async with database.transaction() as tx:
            assert await delete_ended(tx, documents.clock.now() + timedelta(days=4)) == 1
        assert (await documents.give(another)).status == 201


async def test_uploads_begun_at_once_are_counted_one_by_one(
    database: Database, dsn_for: DsnFor, tmp_path: Path
) -> None:
    """Of thirty requests at the same moment as many succeed as may."""
    limits = {"uploads_per_citizen": 3}
    async with running(database, await dsn_for("documents"), tmp_path, **limits) as documents:
        headers = {**TUS, "upload-length": "10"}
        begun = (documents.call("POST", "/v1/uploads", headers=headers) for _ in range(30))
        statuses = [reply.status for reply in await asyncio.gather(*begun)]
        assert sorted(statuses) == [201] * 3 + [422] * 27


async def test_papers_added_at_once_are_counted_one_by_one(
    database: Database, dsn_for: DsnFor, tmp_path: Path
) -> None:
    """Also when replicas add them: of two papers for one place one is refused."""
    async with running(database, await dsn_for("documents"), tmp_path) as documents:
        paper = await documents.paper()
    async with database.transaction() as tx:
        kept = await locker.find_kept(tx, UUID(paper["document_id"]))
    assert kept is not None
    one, other = (
        replace(kept, document_id=new_id(), object_id=new_id(), source_sha256=digest)
        for digest in ("a", "b")
    )
    async with asyncio.TaskGroup() as tasks, database.transaction() as tx:
        await locker.add_document(tx, one, most=2)
        second = tasks.create_task(added(database, other))
        await until(partial(is_waited_for, tx, or_done=second))
    assert second.result() == "locker_full"


async def added(database: Database, document: Document) -> str:
    """Add a paper to a locker of two; return what became of it."""
    async with database.transaction() as tx:
        try:
            await locker.add_document(tx, document, most=2)
        except Refused as refusal:
            return refusal.code
    return "added"


async def is_waited_for(tx: Transaction, *, or_done: asyncio.Task[str]) -> bool:
    """Whether another transaction waits for this one, or has ended without."""
    # `pg_locks` is read anew in a transaction, `pg_stat_activity` is not.
    waiting = """
        SELECT count(*) FROM pg_locks
        WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))
        """
    return or_done.done() or bool(await tx.fetchval(waiting))
