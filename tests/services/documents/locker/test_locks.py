"""Papers that one transaction deletes or keeps longer while another one reads them."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import pytest

from libs.database.transaction import Transaction
from services.documents.locker import queries, use_cases
from services.documents.locker.use_cases import delete_ended
from tests.libs.web.running import CITIZEN
from tests.services.documents import scenes
from tests.services.documents.running import Documents
from tests.services.identity.running import Reply
from tests.waiting import until

HOUR = timedelta(hours=1)


async def ending_paper(documents: Documents) -> tuple[UUID, str]:
    """Make a paper that is kept for an hour; return its id, and that of its upload."""
    content = scenes.jpeg()
    address = await documents.begin(len(content))
    await documents.send(address, 0, content)
    upload_id = address.rsplit("/", 1)[1]
    made = await make_paper(documents, upload_id)
    async with documents.database.transaction() as tx:
        await tx.execute("UPDATE documents SET kept_until = $1", documents.clock.now() + HOUR)
    return UUID(made.body["document_id"]), upload_id


async def make_paper(documents: Documents, upload_id: str) -> Reply:
    """Make the paper of an upload, or ask for it again."""
    body = {"kind": "epi_card", "upload_ids": [upload_id]}
    return await documents.post_json("/v1/documents-from-uploads", body)


async def answer_during(
    documents: Documents,
    change: Callable[[Transaction], Awaitable[object]],
    request: Callable[[], Coroutine[object, object, Reply]],
) -> Reply:
    """Send a request that waits for a transaction with a change; return the answer."""
    async with asyncio.TaskGroup() as tasks, documents.database.transaction() as tx:
        await change(tx)
        sent = tasks.create_task(request())
        await until(partial(is_waited_for, tx))
    return await sent


async def is_waited_for(tx: Transaction) -> bool:
    """Whether another transaction waits for this one."""
    # `pg_locks` is read anew in a transaction, `pg_stat_activity` is not.
    waiting = """
        SELECT count(*) FROM pg_locks
        WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))
        """
    return bool(await tx.fetchval(waiting))


def deleting(documents: Documents) -> Callable[[Transaction], Awaitable[int]]:
    """Delete the paper, as the job does after its end."""
    return partial(delete_ended, at=documents.clock.now() + 2 * HOUR)


@pytest.mark.parametrize("way", ["read", "repeat"])
async def test_a_paper_that_is_being_deleted_gets_no_receipt(
    documents: Documents, way: str
) -> None:
    """Neither when it is read, nor when the request that made it is repeated."""
    document_id, upload_id = await ending_paper(documents)
    ways = {
        "read": partial(documents.call, "GET", f"/v1/documents/{document_id}"),
        "repeat": partial(make_paper, documents, upload_id),
    }
    reply = await answer_during(documents, deleting(documents), ways[way])
    assert (reply.status, reply.problem) == (404, "document_unknown")


async def test_files_of_a_paper_that_is_being_deleted_become_a_new_one(
    documents: Documents,
) -> None:
    """The receipt is for what is in the locker."""
    document_id, _ = await ending_paper(documents)
    reply = await answer_during(
        documents, deleting(documents), partial(documents.give, scenes.jpeg())
    )
    kept = (await documents.call("GET", "/v1/documents")).body["items"]
    assert reply.status == 201, reply.raw
    assert [each["document_id"] for each in kept] == [reply.body["document_id"]]
    assert reply.body["document_id"] != str(document_id)


async def test_a_paper_of_which_a_receipt_is_being_given_is_not_deleted(
    documents: Documents,
) -> None:
    """The job leaves it out, and is not held up."""
    document_id, _ = await ending_paper(documents)
    async with documents.database.transaction() as reading:
        await use_cases.lock_own(reading, CITIZEN, document_id)
        async with documents.database.transaction() as tx:
            assert await deleting(documents)(tx) == 0


async def test_a_deleted_paper_stays_for_a_receipt_that_was_being_given(
    documents: Documents,
) -> None:
    """The end to which the receipt has moved it is not moved back."""
    document_id, _ = await ending_paper(documents)
    receipt_ends = documents.clock.now() + 24 * HOUR
    keep = partial(queries.keep_until, document_id=document_id, at=receipt_ends)
    remove = partial(documents.call, "DELETE", f"/v1/documents/{document_id}")
    reply = await answer_during(documents, keep, remove)
    assert datetime.fromisoformat(reply.body["deleted_at"]) == receipt_ends
