"""What the gateway does with events: tell whoever watches, drop what is out of date."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial

from libs.contracts import topics
from libs.contracts.events import Event
from libs.contracts.topics import Topic
from services.gateway.domain import live_event
from services.gateway.store.answers import Answers
from services.gateway.store.watchers import Watchers


@dataclass(frozen=True, slots=True)
class Listeners:
    """What of this process wants to hear of events."""

    watchers: Watchers
    answers: Answers

    def want(self, topic: Topic, key: bytes | None) -> bool:
        """Whether a record is worth reading: of applications those that are watched."""
        return topic is topics.CATALOGUE or self.watchers.want(key)


async def on_application_event(listeners: Listeners, event: Event) -> None:
    """Send an application's event to its open live views."""
    listeners.watchers.tell(live_event(event))


async def on_notification_event(listeners: Listeners, event: Event) -> None:
    """Send what became of a message to its application's open live views."""
    listeners.watchers.tell(live_event(event))


async def on_catalogue_event(listeners: Listeners, event: Event) -> None:  # noqa: ARG001
    """Drop the kept answers: a public service has changed."""
    listeners.answers.drop()


HANDLERS: Mapping[Topic, Callable[[Listeners, Event], Awaitable[None]]] = {
    topics.APPLICATIONS: on_application_event,
    topics.NOTIFICATIONS: on_notification_event,
    topics.CATALOGUE: on_catalogue_event,
}


def handlers(listeners: Listeners) -> Mapping[Topic, Callable[[Event], Awaitable[None]]]:
    """The functions of `HANDLERS`, each given what it works on."""
    return {topic: partial(handler, listeners) for topic, handler in HANDLERS.items()}
