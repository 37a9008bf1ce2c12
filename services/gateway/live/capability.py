"""Live views of applications, with the events that they show."""

from libs.service import Capability
from services.gateway.forwarding.response_cache import ResponseCache
from services.gateway.live import routes
from services.gateway.live.consumers import make_router
from services.gateway.live.views import LiveViews
from services.gateway.live.watchers import Watchers


def capability(views: LiveViews, watchers: Watchers, cache: ResponseCache) -> Capability:
    """Make the capability; the same events empty the cache."""
    return Capability(
        "live",
        routes=routes.routes,
        consumers=make_router(watchers, cache),
        provides=[views],
        streams=[watchers],
    )
