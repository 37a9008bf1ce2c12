"""Keeps the snapshots of this process current."""

import asyncio
from dataclasses import replace

import structlog
from typing_extensions import override

from libs.clock import utc_now
from libs.component import ComponentHealth
from libs.contracts.catalogue import MinistryAdapter
from libs.database.pool import Database
from libs.periodic import Periodic
from libs.telemetry.metrics import Metrics
from libs.telemetry.spans import LOAD_CATALOGUE
from libs.telemetry.tracing import Tracing
from services.catalogue.areas.area_index import AreaIndex
from services.catalogue.areas.use_cases import read_areas
from services.catalogue.public_services.reference import read_reference
from services.catalogue.public_services.service_index import ServiceIndex
from services.catalogue.public_services.use_cases import (
    load_reference,
    read_bodies,
    read_ministry_adapters,
    read_services,
    read_version,
)
from services.catalogue.publications import use_cases as publications
from services.catalogue.publications.reference import reference_publications
from services.catalogue.snapshot import Snapshot

log = structlog.get_logger()


class Refresh(Periodic):
    """Loads the reference at the start, then reads the catalogue when its version has changed.

    It is ready after the first read, also while the database is unavailable.

    Args:
        database: the database of the catalogue.
        tracing: for the span of the load.
        services: the snapshot of public services.
        areas: the snapshot of areas.
        metrics: counts defects.
        adapter_of_bodies: serves those bodies for which none was ever set.
        every_s: seconds between two reads of the version.
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
    ) -> None:
        super().__init__("snapshots", self.refresh, metrics=metrics, every_s=every_s)
        self._database = database
        self._tracing = tracing
        self._services = services
        self._areas = areas
        self._adapter = adapter_of_bodies
        self._version: int | None = None

    @override
    def health(self) -> ComponentHealth:
        return replace(super().health(), ready=self._version is not None)

    async def refresh(self) -> None:
        """Replace the snapshots if the catalogue's version has changed.

        The first call loads the reference. The version is read before the rows; if a change commits
        in between, the next refresh reads it.

        Raises:
            Unavailable: the database does not answer; the last snapshots stay.
        """
        if self._version is None:
            await self._load()
        async with self._database.transaction() as tx:
            version = await read_version(tx)
            if version == self._version:
                return
            services, bodies = await read_services(tx), await read_bodies(tx)
            adapters = await read_ministry_adapters(tx)
            areas, postcodes = await read_areas(tx)
        service_index = await asyncio.to_thread(ServiceIndex, services, bodies, adapters)
        area_index = await asyncio.to_thread(AreaIndex, areas, postcodes)
        self._services.replace(service_index)
        self._areas.replace(area_index)
        self._version = version

    async def _load(self) -> None:
        reference = await asyncio.to_thread(read_reference)
        published = await asyncio.to_thread(reference_publications, utc_now())
        with self._tracing.span(LOAD_CATALOGUE):
            async with self._database.transaction() as tx:
                result = await load_reference(
                    tx, reference, utc_now(), adapter_of_bodies=self._adapter
                )
                new = await publications.load_reference(tx, published)
        log.info("catalogue loaded", announced=result.announced, publications=new, **result.rows)
