"""Content and thumbnails of papers, encrypted in the store."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

from starlette.responses import Response, StreamingResponse

from services.documents.locker.rules import Document
from services.documents.storage.cipher import opened, sealed
from services.documents.storage.store import DocumentStore

_HEADERS: Mapping[str, str] = {
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; sandbox",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
"""A paper comes from strangers: no browser guesses its type, or runs anything in it."""


@dataclass(frozen=True, slots=True)
class Contents:
    """Writes and reads the objects of papers.

    Args:
        store: has them.
    """

    store: DocumentStore

    async def write(
        self,
        document: Document,
        content: AsyncIterator[bytes],
        thumbnail: AsyncIterator[bytes],
    ) -> None:
        """Store content and thumbnail; without a row they are orphans, and swept."""
        for name, plain in (
            (document.content_name, content),
            (document.thumbnail_name, thumbnail),
        ):
            await self.store.put(name, sealed(document.content_key, plain, name))

    def read(self, document: Document) -> AsyncIterator[bytes]:
        """Read the content."""
        return self._read(document, document.content_name)

    def download(self, document: Document) -> Response:
        """Answer with the content, to be saved."""
        headers = {
            **_HEADERS,
            "content-length": str(document.size_bytes),
            "content-disposition": f'attachment; filename="{document.file_name}"',
        }
        return StreamingResponse(
            self.read(document), media_type=document.media_type, headers=headers
        )

    def thumbnail(self, document: Document) -> Response:
        """Answer with the thumbnail, to be shown in a page of ours."""
        return StreamingResponse(
            self._read(document, document.thumbnail_name),
            media_type="image/jpeg",
            headers=_HEADERS,
        )

    def _read(self, document: Document, name: str) -> AsyncIterator[bytes]:
        return opened(document.content_key, self.store.get(name), name)
