"""Which adapter serves which ministry."""

from collections.abc import Callable, Mapping
from functools import partial

from libs.web.client import HttpClient
from services.ministries.deliveries.adapters.adapter import Adapter
from services.ministries.deliveries.adapters.http_json import HttpJsonAdapter
from services.ministries.settings import AdapterName, Settings


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
            base_url=partial(_base_url, settings),
            callback_url=partial(_callback_url, public_url),
            deadline_s=settings.answer_deadline_s,
        )
    }
    return lambda ministry: by_name[settings.adapters.get(ministry, "http_json")]


def _base_url(settings: Settings, ministry: str) -> str:
    return settings.ministry_urls.get(ministry, settings.ministries_url)


def _callback_url(public_url: str, ministry: str) -> str:
    return f"{public_url}/v1/ministries/{ministry}/decisions"
