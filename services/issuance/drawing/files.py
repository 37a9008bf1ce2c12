"""Fetches PDFs that ministries brought from documents, without opening them."""

import asyncio
from hashlib import sha256
from typing import Final
from uuid import UUID

from libs.clock import Clock
from libs.contracts.documents import LARGEST_OWN_BYTES
from libs.errors import Refused, Unavailable, Unreadable
from libs.web.calling.client import HttpClient
from libs.web.signed.document_links import DocumentLink, link_key, make_link

_GONE: Final = frozenset({404, 410, 422})
_OK: Final = 200
_AT_ONCE: Final = 8
"""Files that are fetched at once; each is in memory twice until it is complete."""


class PaperFiles:
    """Fetches files by links that are valid for 15 minutes, as ministries' systems do.

    Args:
        client: calls documents.
        url: of documents.
        papers_secret: from which the key of links is derived; documents has it too.
        clock: the current time.
        deadline_s: seconds for one file.
    """

    def __init__(
        self, client: HttpClient, url: str, papers_secret: str, clock: Clock, deadline_s: float
    ) -> None:
        self._client = client
        self._url = url.rstrip("/")
        self._key = link_key(papers_secret)
        self._clock = clock
        self._deadline_s = deadline_s
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def fetch(
        self, document_id: UUID, digest: str, ministry: str, application_id: UUID
    ) -> bytes:
        """Return a ministry's file about an application, with this SHA-256.

        Raises:
            Refused: documents has not this file any more, or another one.
            Unavailable: documents does not answer, or too many files are being fetched.
        """
        try:
            async with asyncio.timeout(self._deadline_s):
                await self._places.acquire()
        except TimeoutError:
            raise Unavailable("documents", "no place") from None
        about = DocumentLink(document_id, ministry, application_id=application_id)
        try:
            return await self._fetch(about, digest)
        finally:
            self._places.release()

    async def _fetch(self, about: DocumentLink, digest: str) -> bytes:
        link = make_link(about, self._key, self._clock.now())
        try:
            reply = await self._client.call(
                "GET", self._url + link, deadline_s=self._deadline_s, limit_bytes=LARGEST_OWN_BYTES
            )
        except Unreadable:
            raise Refused("paper_file_gone") from None
        if reply.status in _GONE:
            raise Refused("paper_file_gone")
        if reply.status != _OK:
            raise Unavailable("documents", f"status {reply.status}")
        if sha256(reply.body).hexdigest() != digest:
            raise Refused("paper_file_gone")
        return reply.body
