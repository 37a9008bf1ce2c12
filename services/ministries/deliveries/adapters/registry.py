"""The interface of adapters to ministries' systems, and the choice of a ministry's adapter."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Protocol

from libs.contracts.ministries import MinistryDecision
from libs.web.client import HttpClient
from libs.web.document_links import link_key
from services.ministries.deliveries.adapters.credentials import Credentials
from services.ministries.deliveries.adapters.http_json import HttpJsonAdapter
from services.ministries.deliveries.adapters.oauth import AccessTokens
from services.ministries.deliveries.adapters.paper_links import PaperLinks
from services.ministries.deliveries.rules import Delivery
from services.ministries.keys import keys_of
from services.ministries.settings import AdapterName, Settings


class Adapter(Protocol):
    """Connects to one kind of ministry system."""

    async def submit(self, delivery: Delivery, idempotency_key: str) -> MinistryDecision:
        """Hand a submission over, and return the ministry's response.

        Args:
            delivery: the delivery to hand over.
            idempotency_key: the same for every attempt, so that the ministry recognises a repeat.

        Raises:
            Unavailable: the ministry's system does not respond, or fails temporarily.
            Refused: the system refuses the submission for good.
            Unreadable: the response does not have the agreed shape.
        """


def adapters(
    settings: Settings, client_of: Callable[[str], HttpClient], *, public_url: str
) -> Callable[[str], Adapter]:
    """Make every adapter, and return the function that finds the adapter of a ministry.

    Args:
        settings: adapters, base URLs and credentials by ministry.
        client_of: returns the client for a ministry's system.
        public_url: base URL at which ministries' systems reach us.
    """
    tokens = {
        ministry: AccessTokens(
            ministry, client_of(ministry), oauth, deadline_s=settings.answer_deadline_s
        )
        for ministry, oauth in settings.oauth_clients.items()
    }
    by_name: Mapping[AdapterName, Adapter] = {
        "http_json": HttpJsonAdapter(
            client_of,
            Credentials(partial(keys_of, settings), tokens=tokens),
            base_url=lambda ministry: settings.ministry_urls.get(ministry, settings.ministries_url),
            callback_url=lambda ministry: f"{public_url}/v1/ministries/{ministry}/decisions",
            papers=PaperLinks(
                settings.documents_url,
                link_key(settings.ministry_secret.get_secret_value()),
            ),
            deadline_s=settings.answer_deadline_s,
        )
    }
    return lambda ministry: by_name[settings.adapters.get(ministry, "http_json")]
