"""Papers of a submission: links for a ministry's system, or the content for its folder."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

import orjson
from joserfc.jwk import OctKey

from libs.contracts.problems import TYPE_PREFIX
from libs.errors import Unavailable
from libs.web.calling.client import HttpClient
from libs.web.signed.document_links import LINK_VALID, DocumentLink, make_link
from services.ministries.deliveries.adapters.statuses import problem_type
from services.ministries.deliveries.rules import Delivery

_OK: Final = 200
_GONE: Final = frozenset(
    TYPE_PREFIX + code for code in ("document_unknown", "document_infected", "document_damaged")
)
"""Problems of documents by which a paper is deleted, infected or damaged.

`document_link_ended` is none: clocks differ, or only one of the two services has a new secret.
"""
_DOCUMENTS: Final = "documents"


@dataclass(frozen=True, slots=True)
class PaperLinks:
    """Makes links; each attempt to deliver a submission makes new ones.

    Args:
        base_url: address at which ministries' systems reach documents.
        key: of links, shared with documents.
    """

    base_url: str
    key: OctKey = field(repr=False)

    def of(self, delivery: Delivery, at: datetime) -> list[dict[str, Any]]:
        """Return the papers of a submission as they are handed over, with their links."""
        if delivery.documents is None:
            return []
        until = (at + LINK_VALID).isoformat(timespec="seconds")
        return [
            {**paper, "url": self._url(paper, delivery.ministry, at), "url_valid_until": until}
            for paper in orjson.loads(delivery.documents)
        ]

    def _url(self, paper: dict[str, Any], ministry: str, at: datetime) -> str:
        link = DocumentLink(UUID(paper["document_id"]), ministry)
        return self.base_url.rstrip("/") + make_link(link, self.key, at)


class PaperContents:
    """Fetches papers for a ministry that cannot do so itself.

    Args:
        client: calls documents.
        deadline_s: seconds for one paper.
    """

    def __init__(self, client: HttpClient, deadline_s: float) -> None:
        self._client = client
        self._deadline_s = deadline_s

    async def fetch(self, paper: Mapping[str, Any]) -> bytes | None:
        """Return a paper by its link; None if it was deleted, is damaged, or has a virus.

        Raises:
            Unavailable: documents does not respond, does not know the link, or gives something
                else.
        """
        reply = await self._client.call("GET", paper["url"], deadline_s=self._deadline_s)
        if reply.status != _OK:
            if problem_type(reply) in _GONE:
                return None
            raise Unavailable(_DOCUMENTS, f"status {reply.status}")
        if sha256(reply.body).hexdigest() != paper["sha256"]:
            raise Unavailable(_DOCUMENTS, "another content than was submitted")
        return reply.body
