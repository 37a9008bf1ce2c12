"""Links with which a ministry's system fetches the papers of a submission."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from joserfc.jwk import OctKey

from libs.web.document_links import LINK_VALID, DocumentLink, make_link
from services.ministries.deliveries.rules import Delivery


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
