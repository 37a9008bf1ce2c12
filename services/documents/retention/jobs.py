"""Periodic work: deletes papers that have ended and objects without a row, and scans papers."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal
from uuid import UUID

import structlog

from libs.clock import Clock
from libs.contracts.documents import Damage
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.encryption import Unopened
from libs.telemetry.metrics import Metrics
from services.documents.case_papers import use_cases as case_papers
from services.documents.intake import openings
from services.documents.locker import use_cases as locker
from services.documents.locker.content import Contents
from services.documents.own_papers import use_cases as own_papers
from services.documents.processing.processor import delete_left_workplaces
from services.documents.retention import use_cases
from services.documents.scanning.clamd import Finding, Scanner
from services.documents.storage.cipher import ContentChanged
from services.documents.storage.store import DocumentStore, ObjectMissing
from services.documents.uploads import use_cases as uploads

Owners = Callable[[Transaction, Collection[UUID]], Awaitable[set[UUID]]]

log = structlog.get_logger()

_AREAS: dict[str, Owners] = {
    "uploads": uploads.missing_owners,
    "documents": locker.missing_owners,
    "case_papers": case_papers.missing_owners,
    "own_papers": own_papers.missing_owners,
}
"""The areas of the store, and who knows which of their objects have a row."""


async def delete_ended(tx: Transaction, clock: Clock) -> int:
    """Delete uploads, papers and refusals of files whose time is over; return how many."""
    at = clock.now()
    deleted = await uploads.delete_expired(tx, at) + await locker.delete_ended(tx, at)
    deleted += await case_papers.delete_ended(tx, at) + await own_papers.delete_ended(tx, at)
    return deleted + await openings.delete_old(tx, at)


@dataclass(frozen=True, slots=True)
class Sweep:
    """Deletes files that killed processes left, and the objects of deleted rows.

    Args:
        database: has the rows.
        store: has the objects.
        scratch: has the folders of files that are being opened.
        clock: the current time.
        orphans_after: age of an object before it can be an orphan; its row comes after it.
    """

    database: Database
    store: DocumentStore
    scratch: Path
    clock: Clock
    orphans_after: timedelta

    async def sweep(self) -> int:
        """Delete folders of processes that were killed, and objects without a row.

        One replica at a time lists the objects; the others leave it to that one.

        Returns:
            How many there were.

        Raises:
            Unavailable: the store or the database does not answer.
        """
        before = self.clock.now() - self.orphans_after
        deleted = await asyncio.to_thread(delete_left_workplaces, self.scratch, before)
        async with use_cases.sweep_locked(self.database) as is_ours:
            if is_ours:
                deleted += await self._sweep_objects(before)
        if deleted:
            log.info("orphans deleted", count=deleted)
        return deleted

    async def _sweep_objects(self, before: datetime) -> int:
        deleted = 0
        for area, missing_owners in _AREAS.items():
            async for found in self.store.list(area):
                old = [stored_object for stored_object in found if stored_object.stored_at < before]
                async with self.database.transaction() as tx:
                    missing = await missing_owners(
                        tx, {stored_object.owner for stored_object in old}
                    )
                names = [
                    stored_object.name for stored_object in old if stored_object.owner in missing
                ]
                await self.store.delete(names)
                deleted += len(names)
        return deleted


@dataclass(frozen=True, slots=True)
class ScanAgain:
    """Scans papers that came while the scanner was away.

    Args:
        database: has the rows.
        contents: reads the papers.
        scanner: looks for viruses.
        metrics: shows since when papers wait, and how many cannot be read.
        clock: the current time.
    """

    database: Database
    contents: Contents
    scanner: Scanner
    metrics: Metrics
    clock: Clock

    async def scan(self) -> bool:
        """Scan some papers; return whether there may be more.

        Whatever one paper does, the next round goes past it: it is due again an hour later, or
        behind the others where no scanner answered.

        Raises:
            Unavailable: the store or the database does not answer.
        """
        await self._measure()
        async with self.database.transaction() as tx:
            waiting = await locker.take_not_scanned(tx)
        for place, document_id in enumerate(waiting):
            found = await self._look(document_id)
            async with self.database.transaction() as tx:
                if found in {"clean", "infected"}:
                    await locker.save_state(tx, document_id, found)
                elif found in {"unreadable", "missing"}:
                    await locker.save_damage(tx, document_id, found)
                elif found == "not_scanned":  # the scanner is away
                    await locker.make_due(tx, waiting[place + 1 :])
                    await locker.make_due(tx, [document_id])
                    return False
        return bool(waiting)

    async def _look(self, document_id: UUID) -> Finding | Damage | Literal["gone"]:
        """Return a scanner's verdict on a paper, or why it cannot be read.

        Raises:
            Unavailable: the store or the database does not answer.
        """
        try:
            async with self.database.transaction() as tx:
                document = await locker.find_kept(tx, document_id)
            if document is None:
                return "gone"
            return await self.scanner.scan(self.contents.read(document))
        except ObjectMissing:
            return "missing"
        except (ContentChanged, Unopened):
            return "unreadable"

    async def _measure(self) -> None:
        async with self.database.transaction() as tx:
            oldest = await locker.find_oldest_to_scan(tx)
            damaged = await locker.count_damaged(tx) + await case_papers.count_damaged(tx)
            damaged += await own_papers.count_damaged(tx)
        age = self.clock.now() - oldest if oldest else timedelta(0)
        self.metrics.gauge("papers_not_scanned_age_s", age.total_seconds())
        self.metrics.gauge("papers_damaged", damaged)
