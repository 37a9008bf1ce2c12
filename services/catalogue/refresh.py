"""Keeps the snapshots of this process current."""

import asyncio
from dataclasses import replace
from datetime import date

import structlog
from typing_extensions import override

from libs.bangladesh.calendar import dhaka_date
from libs.clock import Clock
from libs.component import ComponentHealth
from libs.contracts.catalogue import MinistryAdapter
from libs.database.pool import Database
from libs.periodic import Periodic
from libs.telemetry.metrics import Metrics
from libs.telemetry.spans import LOAD_CATALOGUE
from libs.telemetry.tracing import Tracing
from services.catalogue.areas.area_index import AreaIndex
from services.catalogue.areas.use_cases import read_areas
from services.catalogue.descriptions.use_cases import read_described
from services.catalogue.public_services.reference import read_reference
from services.catalogue.public_services.service_index import ServiceIndex
from services.catalogue.public_services.use_cases import (
    announce_changes,
    load_reference,
    read_bodies,
    read_ministry_adapters,
    read_reference_services,
    read_services,
    read_version,
)
from services.catalogue.publications import use_cases as publications
from services.catalogue.publications.reference import reference_publications
from services.catalogue.snapshot import Snapshot

log = structlog.get_logger()


class Refresh(Periodic):
    """Loads the reference at the start, then reads the catalogue when its version has changed.

    When a day begins in Dhaka it announces what holds from that day on. It is ready after the first
    read, also while the database is unavailable.

    Args:
        database: the database of the catalogue.
        tracing: for the span of the load.
        services: the snapshot of public services.
        areas: the snapshot of areas.
        metrics: counts defects.
        adapter_of_bodies: serves those bodies for which none was ever set.
        grievances: whether they are taken.
        every_s: seconds between two reads of the version.
        clock: tells when a day begins.
    """

    def __init__(  # noqa: PLR0913
        self,
        database: Database,
        tracing: Tracing,
        services: Snapshot[ServiceIndex],
        areas: Snapshot[AreaIndex],
        *,
        metrics: Metrics,
        adapter_of_bodies: MinistryAdapter,
        every_s: float,
        grievances: bool = False,
        clock: Clock | None = None,
    ) -> None:
        super().__init__("snapshots", self.refresh, metrics=metrics, every_s=every_s)
        self._database = database
        self._tracing = tracing
        self._services = services
        self._areas = areas
        self._adapter = adapter_of_bodies
        self._grievances = grievances
        self._version: int | None = None
        self._day: date | None = None
        self._clock = clock or Clock()

    @override
    def health(self) -> ComponentHealth:
        return replace(super().health(), ready=self._version is not None)

    async def refresh(self) -> None:
        """Replace the snapshots if the catalogue's version has changed, or a day has begun.

        The first call loads the reference. The version is read before the rows; if a change commits
        in between, the next refresh reads it.

        Raises:
            Unavailable: the database does not answer; the last snapshots stay.
        """
        now = self._clock.now()
        day = dhaka_date(now)
        if self._version is None:
            await self._load()
        async with self._database.transaction() as tx:
            if self._day not in {None, day}:
                await announce_changes(tx, now)
            version = await read_version(tx)
            if (version, day) == (self._version, self._day):
                return
            services, bodies = await read_services(tx, day), await read_bodies(tx)
            adapters = await read_ministry_adapters(tx)
            described, reference = await read_described(tx), await read_reference_services(tx)
            areas, postcodes = await read_areas(tx)
        service_index = await asyncio.to_thread(
            ServiceIndex, services, bodies, adapters, described, reference
        )
        area_index = await asyncio.to_thread(AreaIndex, areas, postcodes)
        self._services.replace(service_index)
        self._areas.replace(area_index)
        self._version, self._day = version, day

    async def _load(self) -> None:
        taken, now = self._grievances, self._clock.now()
        reference = await asyncio.to_thread(read_reference, grievances=taken)
        published = await asyncio.to_thread(reference_publications, now, grievances=taken)
        with self._tracing.span(LOAD_CATALOGUE):
            async with self._database.transaction() as tx:
                result = await load_reference(
                    tx, reference, self._clock.now(), adapter_of_bodies=self._adapter
                )
                new = await publications.load_reference(tx, published)
        log.info("catalogue loaded", announced=result.announced, publications=new, **result.rows)
