"""The old way to put a service together, until every service is a list of capabilities."""

from collections.abc import Mapping, Sequence

from starlette.routing import Route

from libs.component import Component
from libs.contracts.topics import Topic
from libs.messaging.consume import Consumer
from libs.messaging.handle import Handler
from libs.service import Capability, Resources, Service

__all__ = ["Resources", "assemble", "make_resources"]

make_resources = Resources.of


def assemble(
    resources: Resources,
    *,
    routes: Sequence[Route] = (),
    handlers: Mapping[Topic, Handler] | None = None,
    parts: Sequence[Component] = (),
) -> Service:
    """Make a service with a database: its routes, and a consumer per topic.

    Args:
        resources: what it works with.
        routes: its HTTP routes.
        handlers: its function for each topic.
        parts: its job runners, group commits and other loops.
    """
    consumers = [
        Consumer(
            topic,
            handler,
            broker=resources.broker,
            database=resources.database,
            tracing=resources.tracing,
            metrics=resources.metrics,
        )
        for topic, handler in (handlers or {}).items()
    ]
    return Service(
        resources, [Capability(resources.name, routes=routes, components=[*consumers, *parts])]
    )
