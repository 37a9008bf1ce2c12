"""One suite for every kind of store: a folder, and an S3 server."""

import logging
import socket
import urllib.request
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer

from libs.errors import Unavailable
from libs.ids import new_id
from services.documents.settings import Settings
from services.documents.storage.store import DocumentStore, object_store
from tests.waiting import PATIENCE_S

BUCKET = "papers"


@pytest.fixture(scope="module")
def s3_endpoint() -> Iterator[str]:
    """The address of an S3 server with an empty bucket."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    bucket = urllib.request.Request(f"{endpoint}/{BUCKET}", method="PUT")  # noqa: S310
    urllib.request.urlopen(bucket, timeout=PATIENCE_S).close()  # noqa: S310
    yield endpoint
    server.stop()


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest, s3_endpoint: str, tmp_path: Path) -> DocumentStore:
    """A store of each kind."""
    return made(request.param == "s3", s3_endpoint, tmp_path)


def made(is_s3: bool, endpoint: str, folder: Path) -> DocumentStore:
    return DocumentStore(
        object_store(
            Settings(
                folder=folder,
                papers_secret="a-master-secret-for-tests-of-papers",
                s3_bucket=BUCKET if is_s3 else "",
                s3_endpoint=endpoint,
                s3_access_key_id="tests",
                s3_secret_access_key="tests",
            )
        )
    )


async def pieces(*content: bytes) -> AsyncIterator[bytes]:
    for each in content:
        yield each


async def read(store: DocumentStore, name: str) -> bytes:
    return b"".join([piece async for piece in store.get(name)])


async def names(store: DocumentStore, area: str) -> set[str]:
    return {stored_object.name async for found in store.list(area) for stored_object in found}


async def test_objects_are_written_in_pieces_and_read_again(store: DocumentStore) -> None:
    """Also those that S3 takes in several parts."""
    name = f"documents/{new_id()}/content"
    megabyte = bytes(range(256)) * 4096
    await store.put(name, pieces(*[megabyte] * 12, b"end"))
    assert await read(store, name) == megabyte * 12 + b"end"


async def test_a_broken_write_leaves_nothing(store: DocumentStore) -> None:
    """An object is there as a whole or not at all."""

    async def breaking() -> AsyncIterator[bytes]:
        yield bytes(6 * 1024 * 1024)
        raise Unavailable("the source")

    name = f"documents/{new_id()}/content"
    with pytest.raises(Exception):  # noqa: B017, PT011 -- the library's, or the source's own
        await store.put(name, breaking())
    assert name not in await names(store, "documents")


async def test_objects_are_listed_by_area(store: DocumentStore) -> None:
    """With their owner and their age."""
    owner = new_id()
    await store.put(f"uploads/{owner}/one", b"1")
    await store.put(f"documents/{owner}/two", b"2")
    found = [stored_object async for page in store.list("uploads") for stored_object in page]
    mine = [stored_object for stored_object in found if stored_object.owner == owner]
    assert [stored_object.name for stored_object in mine] == [f"uploads/{owner}/one"]
    assert mine[0].stored_at.tzinfo is not None


async def test_deleting_twice_does_no_harm(store: DocumentStore) -> None:
    """An object that is not there is none, and those after it are deleted too."""
    name, *others = (f"documents/{new_id()}/content" for _ in range(40))
    for each in (name, *others):
        await store.put(each, b"x")
    await store.delete([name])
    await store.delete([name, *others, name])
    assert not await names(store, "documents") & {name, *others}
    with pytest.raises(Unavailable):
        await read(store, name)


async def test_a_store_that_does_not_answer_is_unavailable(tmp_path: Path) -> None:
    """Reading and writing say so, and nothing waits for ever."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{closed.getsockname()[1]}"
        away = made(True, endpoint, tmp_path)
        with pytest.raises(Unavailable):
            await away.put("documents/a/content", b"x")
        with pytest.raises(Unavailable):
            await read(away, "documents/a/content")
