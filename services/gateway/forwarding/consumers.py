"""The catalogue's changes, which end what the cache holds."""

from libs.contracts.events import Event
from services.gateway.forwarding.response_cache import ResponseCache


async def on_catalogue_event(cache: ResponseCache, _: Event) -> None:
    """Drop the cached responses: a public service has changed."""
    cache.drop()
