"""The object store: a folder on one machine, S3 in production, by the same calls."""

from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, S3Store

from libs.errors import Unavailable
from services.documents.settings import Settings

_DEPENDENCY = "object store"
_LISTED_AT_ONCE = 1_000
_READ_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object of the store.

    Args:
        name: `<area>/<owner>/<what>`.
        stored_at: when it was written.
    """

    name: str
    stored_at: datetime

    @property
    def owner(self) -> UUID:
        """The id that the object belongs to."""
        return UUID(self.name.split("/")[1])


def object_store(settings: Settings) -> ObjectStore:
    """Make the store that the settings name; nothing is connected yet."""
    if not settings.s3_bucket:
        return LocalStore(settings.folder, mkdir=True, automatic_cleanup=True)
    endpoint = settings.s3_endpoint
    return S3Store(
        settings.s3_bucket,
        region=settings.s3_region,
        access_key_id=settings.s3_access_key_id or None,
        secret_access_key=settings.s3_secret_access_key.get_secret_value() or None,
        endpoint=endpoint or None,
        client_options={"timeout": "20s", "allow_http": endpoint.startswith("http://")},
        retry_config={"max_retries": 2},
    )


class ObjectMissing(Unavailable):
    """The store answers, and has no such object."""


class DocumentStore:
    """Reads and writes objects; their content is encrypted by the callers.

    Args:
        store: where they are.
    """

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    async def put(self, name: str, content: AsyncIterator[bytes] | bytes) -> None:
        """Write an object; it is there as a whole or not at all.

        Raises:
            Unavailable: the store does not answer.
        """
        with _failures():
            await obstore.put_async(self._store, name, content)

    async def get(self, name: str) -> AsyncIterator[bytes]:
        """Read an object in pieces.

        Raises:
            Unavailable: the store does not answer.
            ObjectMissing: it has no such object.
        """
        with _failures():
            found = await obstore.get_async(self._store, name)
            async for piece in found.stream(min_chunk_size=_READ_BYTES):
                yield bytes(piece)

    async def delete(self, names: Collection[str]) -> None:
        """Delete objects, on S3 in one call; one that does not exist is no error.

        Raises:
            Unavailable: the store does not answer.
        """
        with _failures():
            try:
                await obstore.delete_async(self._store, list(names))
            except FileNotFoundError:  # of a folder; the others may still be there
                for name in names:
                    with suppress(FileNotFoundError):
                        await obstore.delete_async(self._store, name)

    async def list(self, area: str) -> AsyncIterator[Sequence[StoredObject]]:
        """List the objects of an area, some at a time.

        Raises:
            Unavailable: the store does not answer.
        """
        with _failures():
            async for found in obstore.list(self._store, area, chunk_size=_LISTED_AT_ONCE):
                yield [StoredObject(item["path"], item["last_modified"]) for item in found]


@contextmanager
def _failures() -> Iterator[None]:
    """Turn failures of the library and of the disk into ours.

    Raises:
        Unavailable: there was one.
        ObjectMissing: an object is not there.
    """
    try:
        yield
    except FileNotFoundError as failure:  # obstore's own is one too
        raise ObjectMissing(_DEPENDENCY, "no such object") from failure
    except (BaseError, OSError) as failure:
        raise Unavailable(_DEPENDENCY, type(failure).__name__) from failure
