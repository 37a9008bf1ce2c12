"""Content and thumbnails of papers, encrypted in the store."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeAlias
from uuid import UUID

import structlog
from starlette.responses import Response, StreamingResponse

from libs.contracts.documents import Damage
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.errors import Refused
from services.documents.locker import use_cases
from services.documents.storage.cipher import ContentChanged, opened, sealed
from services.documents.storage.store import DocumentStore, ObjectMissing

SaveDamage: TypeAlias = Callable[[Transaction, UUID, Damage], Awaitable[None]]

log = structlog.get_logger()

_HEADERS: Mapping[str, str] = {
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; sandbox",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
"""A paper comes from strangers: no browser guesses its type, or runs anything in it."""


class Stored(Protocol):
    """A paper whose content and thumbnail are objects of the store."""

    @property
    def document_id(self) -> UUID:
        """Its id."""

    @property
    def content_key(self) -> bytes:
        """Encrypts its objects."""

    @property
    def content_name(self) -> str:
        """The name of the object with its content."""

    @property
    def thumbnail_name(self) -> str:
        """The name of the object with its thumbnail."""

    @property
    def file_name(self) -> str:
        """The name under which it is saved."""

    @property
    def media_type(self) -> str:
        """Its media type."""

    @property
    def size_bytes(self) -> int:
        """Of its content."""


@dataclass(frozen=True, slots=True)
class Contents:
    """Writes and reads the objects of papers.

    Args:
        store: has them.
        database: has the rows, which say what cannot be read.
    """

    store: DocumentStore
    database: Database

    async def write(
        self,
        document: Stored,
        content: AsyncIterator[bytes],
        thumbnail: AsyncIterator[bytes],
    ) -> None:
        """Store content and thumbnail; without a row they are orphans, and swept."""
        for name, plain in (
            (document.content_name, content),
            (document.thumbnail_name, thumbnail),
        ):
            await self.store.put(name, sealed(document.content_key, plain, name))

    def read(self, document: Stored) -> AsyncIterator[bytes]:
        """Read the content."""
        return self._read(document, document.content_name)

    async def download(
        self, document: Stored, save_damage: SaveDamage = use_cases.save_damage
    ) -> Response:
        """Answer with the content, to be saved.

        Args:
            document: the paper.
            save_damage: notes that it cannot be read.

        Raises:
            Refused: it is damaged, which is noted. Damage behind its beginning breaks the answer
                off.
        """
        headers = {
            **_HEADERS,
            "content-length": str(document.size_bytes),
            "content-disposition": f'attachment; filename="{document.file_name}"',
        }
        content = await _begun(self._read_or_note(document, save_damage))
        return StreamingResponse(content, media_type=document.media_type, headers=headers)

    async def thumbnail(self, document: Stored) -> Response:
        """Answer with the thumbnail, to be shown in a page of ours.

        Raises:
            Refused: it is damaged.
        """
        content = await _begun(self._read(document, document.thumbnail_name))
        return StreamingResponse(content, media_type="image/jpeg", headers=_HEADERS)

    async def _read_or_note(
        self, document: Stored, save_damage: SaveDamage
    ) -> AsyncIterator[bytes]:
        try:
            async for piece in self.read(document):
                yield piece
        except (ContentChanged, ObjectMissing) as failure:
            is_missing = isinstance(failure, ObjectMissing)
            async with self.database.transaction() as tx:
                await save_damage(
                    tx, document.document_id, "missing" if is_missing else "unreadable"
                )
            raise

    def _read(self, document: Stored, name: str) -> AsyncIterator[bytes]:
        return opened(document.content_key, self.store.get(name), name)


async def _begun(content: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Return content whose first piece has been read.

    Raises:
        Refused: it cannot be read.
    """
    try:
        first = await anext(content)
    except (ContentChanged, ObjectMissing) as failure:
        log.error("paper is damaged", failure=type(failure).__name__)  # noqa: TRY400 -- no trace
        raise Refused("document_damaged") from failure
    return _with_first(first, content)


async def _with_first(first: bytes, content: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in content:
        yield piece
