"""The events of a live view, for the TypeScript client."""

from libs.contracts.topics import APPLICATIONS, NOTIFICATIONS


def live_events() -> list[str]:
    """Return the types of the events that a live view shows, as lines of TypeScript."""
    return [
        f'  "{event.type}",' for topic in (APPLICATIONS, NOTIFICATIONS) for event in topic.events
    ]
