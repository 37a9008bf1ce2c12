"""What every adapter to a ministry's system does, and which adapter serves which ministry."""

from collections.abc import Callable, Mapping
from typing import Protocol

from libs.contracts.ministries import MinistryDecision
from libs.web.client import HttpClient
from services.ministries.deliveries.adapters.http_json import HttpJsonAdapter
from services.ministries.deliveries.rules import Delivery
from services.ministries.settings import AdapterName, Settings


class Adapter(Protocol):
    """The way to one kind of ministry system."""

    async def submit(self, delivery: Delivery, idempotency_key: str) -> MinistryDecision:
        """Hand a submission over, and return what the ministry says about it.

        Args:
            delivery: the delivery to hand over.
            idempotency_key: the same on every attempt, so that the ministry recognises a repeat.

        Raises:
            Unavailable: the ministry's system does not answer, or says "not now".
            Refused: the system says no, and would say no again.
            Unreadable: the answer is not what was agreed.
        """


def adapters(
    settings: Settings, client: HttpClient, *, public_url: str
) -> Callable[[str], Adapter]:
    """Make every adapter, and return the function that finds the adapter of a ministry.

    Args:
        settings: which ministry has which adapter, and where its system is.
        client: makes the calls.
        public_url: base URL at which ministries' systems reach us.
    """
    by_name: Mapping[AdapterName, Adapter] = {
        "http_json": HttpJsonAdapter(
            client,
            base_url=lambda ministry: settings.ministry_urls.get(ministry, settings.ministries_url),
            callback_url=lambda ministry: f"{public_url}/v1/ministries/{ministry}/decisions",
            deadline_s=settings.answer_deadline_s,
        )
    }
    return lambda ministry: by_name[settings.adapters.get(ministry, "http_json")]
