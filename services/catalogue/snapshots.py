"""The snapshot of the catalogue that this process serves: read at start, and after a change.

Requests cost no query and are answered while the database is away, from the last snapshot.
"""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from libs.component import ComponentHealth, pause
from libs.database.pool import Database
from libs.errors import Unavailable
from libs.messaging.retry import Backoff
from libs.telemetry.tracing import Tracing
from services.catalogue.areas.area_index import AreaIndex
from services.catalogue.areas.use_cases import read_areas
from services.catalogue.public_services.reference import read_reference
from services.catalogue.public_services.service_index import ServiceIndex
from services.catalogue.public_services.use_cases import (
    load_reference,
    read_bodies,
    read_services,
    read_version,
)
from services.catalogue.responses import CachedBodies

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The catalogue at one version; immutable."""

    version: int
    services: CachedBodies[ServiceIndex]
    areas: CachedBodies[AreaIndex]


async def read_snapshot(database: Database) -> Snapshot:
    """Read the whole catalogue; the indexes are built in threads.

    The version is read first: a change that commits meanwhile raises it, and is read next time.

    Raises:
        Unavailable: the database does not answer.
    """
    async with database.transaction() as tx:
        version = await read_version(tx)
        services, bodies = await read_services(tx), await read_bodies(tx)
        areas, postcodes = await read_areas(tx)
    service_index = await asyncio.to_thread(ServiceIndex, services, bodies)
    area_index = await asyncio.to_thread(AreaIndex, areas, postcodes)
    return Snapshot(version, CachedBodies(service_index), CachedBodies(area_index))


class Snapshots:
    """Loads the reference at start, and keeps the current snapshot; a component.

    Args:
        database: the catalogue's own.
        tracing: makes the span of the load.
        refresh_s: seconds between two reads of the version.
    """

    name = "snapshots"

    def __init__(self, database: Database, tracing: Tracing, *, refresh_s: float) -> None:
        self._database = database
        self._tracing = tracing
        self._refresh_s = refresh_s
        self._current: Snapshot | None = None
        self._health = ComponentHealth(ready=False, detail="nothing read yet")

    def current(self) -> Snapshot:
        """Return the current snapshot.

        Raises:
            Unavailable: nothing has been read since this process started.
        """
        if self._current is None:
            raise Unavailable("database", "nothing read yet")
        return self._current

    def services(self) -> CachedBodies[ServiceIndex]:
        """Return the public services of the current snapshot; Unavailable if there is none."""
        return self.current().services

    def areas(self) -> CachedBodies[AreaIndex]:
        """Return the areas of the current snapshot; Unavailable if there is none."""
        return self.current().areas

    def health(self) -> ComponentHealth:
        """Ready once there is a snapshot, also while the database is away."""
        return self._health

    async def run(self, stop: asyncio.Event) -> None:
        """Load the reference, then follow changes until `stop` is set."""
        backoff = Backoff()
        loaded = False
        while not stop.is_set():
            try:
                if not loaded:
                    await self._load()
                    loaded = True
                await self.refresh()
            except Unavailable as failure:
                self._note(failure)
                await pause(stop, backoff.next_s())
            else:
                backoff = Backoff()
                self._health = ComponentHealth()
                await pause(stop, self._refresh_s)

    async def refresh(self) -> None:
        """Read a new snapshot if the catalogue's version has changed.

        Raises:
            Unavailable: the database does not answer; the last snapshot stays.
        """
        async with self._database.transaction() as tx:
            version = await read_version(tx)
        if self._current is None or version != self._current.version:
            self._current = await read_snapshot(self._database)

    async def _load(self) -> None:
        reference = await asyncio.to_thread(read_reference)
        with self._tracing.span("load catalogue"):
            async with self._database.transaction() as tx:
                result = await load_reference(tx, reference, datetime.now(UTC))
        log.info("catalogue loaded", announced=result.announced, **result.rows)

    def _note(self, failure: Unavailable) -> None:
        is_serving = self._current is not None
        self._health = ComponentHealth(ready=is_serving, detail=f"database away: {failure.detail}")
        log.warning("catalogue not refreshed", detail=failure.detail, serving=is_serving)
