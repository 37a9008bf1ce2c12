"""Makes a paper of files: scanned, opened in a process of its own, hashed, encrypted, stored.

No transaction is open meanwhile. Until the row is committed nothing is promised: a process that is
killed leaves uploads as they were, and objects that the next sweep deletes.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Final
from uuid import UUID

from libs.clock import Clock
from libs.contracts.documents import DocumentKind, DocumentReceipt, DocumentState
from libs.contracts.papers import MediaType, PhotoConcern
from libs.database.pool import Database
from libs.errors import Refused, Unavailable
from libs.ids import new_id
from libs.turns import Turns
from services.documents.intake import openings
from services.documents.intake.rules import Opening
from services.documents.locker import use_cases as locker
from services.documents.locker.content import Contents
from services.documents.locker.rules import Document, Helper
from services.documents.processing.processor import Processor, Workplace, read_file, workplace
from services.documents.processing.rules import concerns_of
from services.documents.receipts.signer import ReceiptSigner
from services.documents.scanning.clamd import Scanner
from services.documents.settings import Settings
from services.documents.stops.use_cases import check_may_act
from services.documents.storage.cipher import new_key
from services.documents.uploads import use_cases as uploads

_MOST_WITH_MANDATE: Final = 40
"""Papers that can be uploaded with one mandate; no form asks for as many."""


@dataclass(frozen=True, slots=True)
class GivenPaper:
    """A paper as a form gives it.

    Args:
        kind: of the paper.
        valid_until: last day on which the paper itself is valid.
        name: of the first file, cleaned.
        files: the contents of its files, in their order.
    """

    kind: DocumentKind
    valid_until: date | None
    name: str | None
    files: Sequence[AsyncIterator[bytes]]


@dataclass(frozen=True, slots=True)
class Issued:
    """A paper that was issued here.

    Args:
        number: of it.
        mark: stands for its files: each time it is drawn they are others.
        held_at: when issuance said that it was valid.
    """

    number: str
    mark: str
    held_at: datetime


@dataclass(frozen=True, slots=True)
class Wanted:
    """The paper that a citizen wants to make of files.

    Args:
        name: of the first file, cleaned.
        valid_until: last day on which the paper itself is valid.
        upload_ids: uploads that are used up by it.
        helper: who uploads it for the citizen.
        follows_up: whether the application of the mandate was sent before.
        issued: if it was issued here: it is kept as it was drawn.
    """

    citizen_id: UUID
    kind: str
    name: str | None
    valid_until: date | None
    upload_ids: Sequence[UUID] = ()
    helper: Helper | None = None
    follows_up: bool = False
    issued: Issued | None = None

    @property
    def mandate_id(self) -> UUID | None:
        """The mandate with which it is uploaded."""
        return self.helper.mandate_id if self.helper else None

    @property
    def opened_for(self) -> UUID:
        """Who sends the files: the citizen, or the helper."""
        return self.helper.uddokta_id if self.helper else self.citizen_id


@dataclass(frozen=True, slots=True)
class Made:
    """What was made of files, before it is anybody's paper.

    Args:
        object_id: names its objects in the store.
        content_key: encrypts its objects.
        sha256: of the content.
        source_sha256: of the files as they were given.
        state: whether a scanner found something in them.
        concerns: what a person should look at in the photos.
    """

    object_id: UUID
    content_key: bytes = field(repr=False)
    media_type: MediaType
    size_bytes: int
    pages: int
    sha256: str
    source_sha256: str
    state: DocumentState
    concerns: tuple[PhotoConcern, ...]


@dataclass(frozen=True, slots=True)
class Intake:
    """Makes papers.

    Args:
        settings: how long papers are kept, and how many.
        database: has their rows.
        contents: stores their content.
        processor: opens files.
        turns: lets a person have one file opened at a time.
        scanner: looks for viruses.
        signer: signs receipts.
        clock: the current time.
    """

    settings: Settings
    database: Database
    contents: Contents
    processor: Processor
    turns: Turns
    scanner: Scanner
    signer: ReceiptSigner
    clock: Clock

    async def make(self, wanted: Wanted, files: Sequence[AsyncIterator[bytes]]) -> DocumentReceipt:
        """Make a paper of files, in their order, and return it with its receipt.

        Raises:
            Refused: a file is infected, cannot become a paper, or was refused before, the locker is
                full, too many files of this person were refused, or the helper was stopped
                meanwhile.
            Unavailable: the store or the database does not answer, or too many files are waiting to
                be opened.
        """
        most = _MOST_WITH_MANDATE if wanted.helper else self.settings.papers_per_citizen
        async with self.turns.of(wanted.opened_for), workplace(self.settings.scratch) as place:
            sources = [await place.add(number, file) for number, file in enumerate(files)]
            digest, size_bytes = await hash_of(sources)
            source_sha256 = wanted.issued.mark if wanted.issued else digest
            opening = Opening(
                new_id(), wanted.opened_for, wanted.citizen_id, source_sha256, self.clock.now()
            )
            document = await self._same_or_begin(wanted, opening, most)
            if document is None:
                made, content = await self.open_files(place, sources, opening), place.content
                if wanted.issued:
                    made, content = replace(made, sha256=digest, size_bytes=size_bytes), sources[0]
                document = self._document(wanted, made)
                await self.contents.write(document, read_file(content), read_file(place.thumbnail))
        async with self.database.transaction() as tx:
            if wanted.helper:
                await check_may_act(tx, wanted.helper, follows_up=wanted.follows_up)
            kept = await locker.add_document(tx, document, most=most)
            if wanted.upload_ids:
                await uploads.finish_uploads(
                    tx, wanted.citizen_id, wanted.upload_ids, kept.document_id
                )
            return await locker.with_receipt(tx, kept, self.signer, wanted.mandate_id)

    async def _same_or_begin(self, wanted: Wanted, opening: Opening, most: int) -> Document | None:
        """Return the paper that was made of the same files; else note that they are opened."""
        async with self.database.transaction() as tx:
            same = await locker.find_same(
                tx, wanted.citizen_id, wanted.kind, opening.source_sha256, wanted.mandate_id
            )
            if same is None:
                await openings.begin(tx, opening)
                await locker.check_room(tx, wanted.citizen_id, wanted.mandate_id, most=most)
            return same

    async def open_files(
        self,
        place: Workplace,
        sources: Sequence[Path],
        opening: Opening,
        *,
        unchanged: bool = False,
    ) -> Made:
        """Scan and open files of which it was noted that they are opened; note what became of them.

        With `unchanged` they are one PDF, which is checked and stays as it is.

        Raises:
            Refused: a file is infected, or cannot become a paper.
            Unavailable: too many files are waiting to be opened.
            CancelledError: the request has ended.
        """
        try:
            made = await self._process(place, sources, opening, unchanged=unchanged)
        except Refused as refusal:
            await self._end(opening, refused=refusal.code)
            raise
        except (Unavailable, asyncio.CancelledError):
            # A deadline, as of a slow scanner, says nothing of the files: a process has its own.
            await self._end(opening)
            raise
        await self._end(opening)
        return made

    async def _end(self, opening: Opening, *, refused: str | None = None) -> None:
        async with self.database.transaction() as tx:
            await openings.end(tx, opening.opening_id, refused)

    async def _process(
        self, place: Workplace, sources: Sequence[Path], opening: Opening, *, unchanged: bool
    ) -> Made:
        state = await self._scan(sources)
        if state == "infected":
            raise Refused("document_infected")
        processed = await self.processor.process(place, opening.opened_for, unchanged=unchanged)
        digest, size_bytes = await hash_of([place.content])
        return Made(
            object_id=new_id(),
            content_key=new_key(),
            media_type=processed.media_type,
            size_bytes=size_bytes,
            pages=processed.pages,
            sha256=digest,
            source_sha256=opening.source_sha256,
            state=state,
            concerns=tuple(concerns_of(processed.photos)),
        )

    def _document(self, wanted: Wanted, made: Made) -> Document:
        at = self.clock.now()
        return Document(
            document_id=new_id(),
            citizen_id=wanted.citizen_id,
            object_id=made.object_id,
            content_key=made.content_key,
            kind=wanted.kind,
            name=wanted.name,
            media_type=made.media_type,
            size_bytes=made.size_bytes,
            pages=made.pages,
            sha256=made.sha256,
            source_sha256=made.source_sha256,
            state=made.state,
            uploaded_at=at,
            valid_until=wanted.valid_until,
            kept_until=self._kept_until(wanted, at),
            helper=wanted.helper,
            issued_number=wanted.issued.number if wanted.issued else None,
            held_at=wanted.issued.held_at if wanted.issued else None,
            concerns=made.concerns,
        )

    async def _scan(self, sources: Sequence[Path]) -> DocumentState:
        """Scan the files as they came; without a scan of all, the paper counts as not scanned."""
        found = [await self.scanner.scan(read_file(source)) for source in sources]
        if "infected" in found:
            return "infected"
        return "clean" if set(found) == {"clean"} else "not_scanned"

    def _kept_until(self, wanted: Wanted, at: datetime) -> datetime:
        """Return until when an unused paper is kept; with a mandate, as long as its receipt is."""
        return at + timedelta(days=0 if wanted.helper else self.settings.unused_kept_days)


async def hash_of(files: Sequence[Path]) -> tuple[str, int]:
    """Return the SHA-256 of files one after the other, in hex, and their bytes together."""
    digest, size_bytes = sha256(), 0
    for file in files:
        async for piece in read_file(file):
            digest.update(piece)
            size_bytes += len(piece)
    return digest.hexdigest(), size_bytes
