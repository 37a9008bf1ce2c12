"""Events of applications, sent to whoever watches them."""

from libs.contracts.events import Event
from services.gateway.live.rules import live_event
from services.gateway.live.watchers import Watchers


async def on_event(watchers: Watchers, event: Event) -> None:
    """Send an event of an application, or of one of its messages, to its open live views."""
    watchers.publish(live_event(event))
