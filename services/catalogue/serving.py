"""What this process serves: read from the database at start and whenever it has changed.

Reads cost no query, and go on while the database is away; they are then as of the last reading.
"""

import asyncio
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Final, Protocol

import structlog
from pydantic import BaseModel

from libs.component import ComponentHealth, pause
from libs.database.pool import Database
from libs.errors import Unavailable
from libs.messaging.retry import Backoff
from libs.telemetry.tracing import Tracing
from services.catalogue.atlas import Atlas
from services.catalogue.loading import load, services_as_they_stand
from services.catalogue.reference_files import read_reference
from services.catalogue.shelf import Shelf
from services.catalogue.store import changes, places

_ANSWERS_KEPT: Final = 256  # at most 100 KB each

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Rendered:
    """An answer as it goes out, and the entity tag that it has while it reads so."""

    body: bytes
    etag: str


class Question(Hashable, Protocol):
    """What can be asked of a stock; equal questions have equal answers."""

    def answer(self, stock: "Stock") -> BaseModel:
        """Return the answer; raises Refused where the question is wrong."""


class Stock:
    """All that is offered at one version of the catalogue; never changed once made."""

    def __init__(self, version: int, shelf: Shelf, atlas: Atlas) -> None:
        self.version = version
        self.shelf = shelf
        self.atlas = atlas
        self.rendered = lru_cache(maxsize=_ANSWERS_KEPT)(self._render)

    def _render(self, question: Question) -> Rendered:
        body = question.answer(self).model_dump_json().encode()
        return Rendered(body, f'"{sha256(body).hexdigest()[:32]}"')


async def read_stock(database: Database) -> Stock:
    """Read all that is offered, and arrange it beside the work in hand.

    The version is read first: a change that commits meanwhile raises it, and is read next time.

    Raises:
        Unavailable: the database does not answer.
    """
    async with database.transaction() as tx:
        version = await changes.read_version(tx)
        services = await services_as_they_stand(tx)
        bodies = await places.read_bodies(tx)
        areas = await places.read_areas(tx)
        postcodes = await places.read_postcodes(tx)
    shelf = await asyncio.to_thread(Shelf, services, bodies)
    return Stock(version, shelf, await asyncio.to_thread(Atlas, areas, postcodes))


class Serving:
    """The part that loads the reference at start and keeps what is served up to date.

    Args:
        database: the catalogue's own.
        tracing: makes the span of the load.
        refresh_s: seconds between two looks at the version.
    """

    def __init__(self, database: Database, tracing: Tracing, *, refresh_s: float) -> None:
        self.name = "serving"
        self._database = database
        self._tracing = tracing
        self._refresh_s = refresh_s
        self._stock: Stock | None = None
        self._health = ComponentHealth(ready=False, detail="nothing read yet")

    def stock(self) -> Stock:
        """Return what is offered.

        Raises:
            Unavailable: the database has not been read since this process started.
        """
        if self._stock is None:
            raise Unavailable("database", "nothing read yet")
        return self._stock

    def health(self) -> ComponentHealth:
        """Ready once there is something to serve, also while the database is away."""
        return self._health

    async def run(self, stop: asyncio.Event) -> None:
        """Load, then look for changes until `stop` is set."""
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
        """Read all that is offered, where it has changed.

        Raises:
            Unavailable: the database does not answer; what was read before is still served.
        """
        async with self._database.transaction() as tx:
            version = await changes.read_version(tx)
        if self._stock is None or version != self._stock.version:
            self._stock = await read_stock(self._database)

    async def _load(self) -> None:
        reference = await asyncio.to_thread(read_reference)
        with self._tracing.span("load catalogue"):
            async with self._database.transaction() as tx:
                loaded = await load(tx, reference, datetime.now(UTC))
        log.info("catalogue loaded", told=loaded.told, **loaded.rows)

    def _note(self, failure: Unavailable) -> None:
        serves = self._stock is not None
        self._health = ComponentHealth(ready=serves, detail=f"database away: {failure.detail}")
        log.warning("catalogue not refreshed", detail=failure.detail, serves=serves)
