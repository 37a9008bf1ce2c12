"""Reads the receipts of papers with documents' public keys, which are kept through its outages."""

import asyncio
import ssl
from collections.abc import Iterable
from uuid import UUID

from libs.component import ComponentHealth
from libs.contracts.documents import Receipt
from libs.periodic import Periodic
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.web.calling.client import HttpClient
from libs.web.calling.key_sets import KEY_SET_PATH, KEY_SET_REFRESH_S, PublicKeys, key_id_of
from libs.web.signed.receipts import read_receipt


class Receipts:
    """Reads receipts; a component that refreshes the keys.

    Args:
        documents_url: base URL of documents.
        tracing: makes spans of the calls.
        metrics: counts the calls.
        tls: for an address with https; by default the system's authorities.
    """

    name = "receipt keys"

    def __init__(
        self,
        documents_url: str,
        *,
        tracing: Tracing,
        metrics: Metrics,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._metrics = metrics
        self._client = HttpClient(
            "documents", tracing=tracing, metrics=metrics, connections=2, tls=tls
        )
        self._keys = PublicKeys(
            "documents", documents_url.rstrip("/") + KEY_SET_PATH, client=self._client
        )

    async def read(self, receipts: Iterable[str]) -> dict[UUID, Receipt]:
        """Check the receipts that documents signed, and return them by document.

        Anything else is left out; the field that names its paper gets the error.

        Raises:
            Unavailable: the keys of documents were never fetched.
        """
        read: dict[UUID, Receipt] = {}
        for text in receipts:
            key_id = key_id_of(text)
            keys = await self._keys.with_key(key_id) if key_id else None
            if keys is None:
                continue
            receipt = read_receipt(text, keys)
            if receipt is not None:
                read[receipt.reference.document_id] = receipt
        return read

    async def run(self, stop: asyncio.Event) -> None:
        """Fetch the keys regularly until `stop` is set."""
        async with self._client:
            await Periodic(
                self.name, self._keys.refresh, metrics=self._metrics, every_s=KEY_SET_REFRESH_S
            ).run(stop)

    def health(self) -> ComponentHealth:
        """Always ready: applications without papers need no keys."""
        return ComponentHealth(detail="" if self._keys.are_known else "no key set")
