"""Stores the body of a request piece by piece while it arrives, and reads it again."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from starlette.requests import ClientDisconnect

from libs.clock import Clock
from libs.database.pool import Database
from libs.errors import Refused
from libs.ids import new_id
from services.documents.storage.cipher import opened, sealed
from services.documents.storage.store import DocumentStore
from services.documents.uploads import use_cases
from services.documents.uploads.rules import PIECE_BYTES, Piece, Upload


@dataclass(frozen=True, slots=True)
class Receiving:
    """Receives the content of uploads.

    Args:
        database: has the rows.
        store: has the pieces.
        clock: the current time.
        most_bytes: bytes that a person may send in an hour.
    """

    database: Database
    store: DocumentStore
    clock: Clock
    most_bytes: int

    async def receive(
        self, citizen_id: UUID, upload_id: UUID, offset: int, body: AsyncIterator[bytes]
    ) -> Upload:
        """Store a part of an upload; the bytes that arrived are kept if the caller leaves.

        Raises:
            Refused: the upload is unknown, ends elsewhere, or the body is longer than announced.
            ClientDisconnect: the caller left; what came until then is stored.
        """
        async with self.database.transaction() as tx:
            upload = await use_cases.find_upload(tx, citizen_id, upload_id, self.clock.now())
        if offset != upload.received_bytes:
            raise Refused("upload_offset_wrong")
        async for content in gathered(body):
            if upload.received_bytes + len(content) > upload.size_bytes:
                raise Refused("document_too_large", "longer than announced")
            upload = await self._store(upload, content)
        return upload

    async def _store(self, upload: Upload, content: bytes) -> Upload:
        piece = Piece(upload.received_bytes, new_id())
        async with self.database.transaction() as tx:
            await use_cases.count_bytes(
                tx, upload.citizen_id, self.clock.now(), len(content), most_bytes=self.most_bytes
            )
        await self.store.put(
            piece.object_name(upload.upload_id),
            sealed(upload.content_key, _once(content), piece.context(upload.upload_id)),
        )
        try:
            async with self.database.transaction() as tx:
                await use_cases.add_piece(tx, upload, piece, len(content))
        except Refused:
            await self.delete(upload.upload_id, [piece])
            raise
        return replace(upload, received_bytes=upload.received_bytes + len(content))

    async def delete(self, upload_id: UUID, pieces: Sequence[Piece]) -> None:
        """Delete the objects of an upload; where the store is away, the next sweep does.

        Raises:
            Unavailable: the store does not answer.
        """
        await self.store.delete([piece.object_name(upload_id) for piece in pieces])

    async def read(self, upload: Upload, pieces: Sequence[Piece]) -> AsyncIterator[bytes]:
        """Read the content of an upload."""
        for piece in pieces:
            stored = self.store.get(piece.object_name(upload.upload_id))
            async for content in opened(
                upload.content_key, stored, piece.context(upload.upload_id)
            ):
                yield content


async def gathered(body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Gather a body into pieces of 1 MiB; the last one is shorter, also when the caller left.

    Raises:
        ClientDisconnect: the caller left, after the last piece.
    """
    held = bytearray()
    try:
        async for part in body:
            held += part
            while len(held) >= PIECE_BYTES:
                yield bytes(held[:PIECE_BYTES])
                del held[:PIECE_BYTES]
    except ClientDisconnect:
        if held:
            yield bytes(held)
        raise
    if held:
        yield bytes(held)


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content
