"""Every span of the platform by name, kind and attributes.

They follow OpenTelemetry's semantic conventions for messaging, HTTP and errors; what those have no
name for begins with `nagorik.`. No attribute has content or personal data: ids, topics, routes,
destinations and statuses only. Another attribute, or a name that is not made here, is a type error.
"""

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple, NewType

Kind = Literal["internal", "server", "client", "producer", "consumer"]
SpanName = NewType("SpanName", str)
AttributeName = Literal[
    "cloudevents.event_type",
    "error.type",
    "http.request.method",
    "http.response.status_code",
    "http.route",
    "messaging.consumer.group.name",
    "messaging.destination.name",
    "messaging.destination.partition.id",
    "messaging.kafka.offset",
    "messaging.message.id",
    "messaging.operation.name",
    "messaging.operation.type",
    "messaging.system",
    "nagorik.destination",
    "nagorik.kept",
    "server.address",
    "server.port",
    "url.scheme",
]
Attributes = Mapping[AttributeName, str | int | float | bool]

SHOWN_LATE: Final[AttributeName] = "nagorik.kept"
"""Why a span is there although its trace is not sampled: `failed` or `slow`."""

NAMED_LATE: Final = SpanName("")
"""Of a request, until its route is found."""
VISIT: Final = SpanName("visit")
LOAD_CATALOGUE: Final = SpanName("load catalogue")
OFFICER_DECIDES: Final = SpanName("officer decides")
DELIVERY_REPORT: Final = SpanName("delivery report")
TAKE_MESSAGE: Final = SpanName("take message")
CALL_BACK_DECISION: Final = SpanName("call back decision")
CALL_BACK_REPORT: Final = SpanName("call back delivery report")


class SpanKind(NamedTuple):
    """The name of a span, and its attributes."""

    name: SpanName
    kind: Kind
    attributes: Attributes


def request(method: str, route: str) -> SpanKind:
    """A request that is answered; the route is the template of its path."""
    return SpanKind(
        SpanName(f"{method} {route}"),
        "server",
        {"http.request.method": method, "http.route": route, "url.scheme": "http"},
    )


def call(method: str, destination: str, host: str, port: int) -> SpanKind:
    """A request to another system."""
    return SpanKind(
        SpanName(f"{method} {destination}"),
        "client",
        {"http.request.method": method, "server.address": host, "server.port": port},
    )


def send(topic: str, partition: int) -> SpanKind:
    """An event of the outbox is written to its topic."""
    return SpanKind(
        SpanName(f"send {topic}"),
        "producer",
        {
            "messaging.system": "kafka",
            "messaging.operation.name": "send",
            "messaging.operation.type": "send",
            "messaging.destination.name": topic,
            "messaging.destination.partition.id": str(partition),
        },
    )


def process(topic: str, partition: int, offset: int, group: str) -> SpanKind:
    """A record is handled by a consumer group."""
    return SpanKind(
        SpanName(f"process {topic}"),
        "consumer",
        {
            "messaging.system": "kafka",
            "messaging.operation.name": "process",
            "messaging.operation.type": "process",
            "messaging.destination.name": topic,
            "messaging.destination.partition.id": str(partition),
            "messaging.kafka.offset": offset,
            "messaging.consumer.group.name": group,
        },
    )


def of_event(shown: SpanKind, event_id: str, event_type: str) -> SpanKind:
    """The same span, of a record whose event could be read."""
    event: Attributes = {"messaging.message.id": event_id, "cloudevents.event_type": event_type}
    return shown._replace(attributes={**shown.attributes, **event})


def replay(topic: str, event_id: str) -> SpanKind:
    """A dead letter is handled again."""
    return SpanKind(
        SpanName(f"replay {topic}"),
        "consumer",
        {
            "messaging.system": "kafka",
            "messaging.operation.name": "replay",
            "messaging.operation.type": "process",
            "messaging.destination.name": topic,
            "messaging.message.id": event_id,
        },
    )


def job(queue: str, destination: str) -> SpanKind:
    """A job's call to its destination."""
    return SpanKind(
        SpanName(f"{queue} {destination}"), "internal", {"nagorik.destination": destination}
    )


def called_back(name: SpanName, destination: str) -> SpanKind:
    """The sandbox calls the platform back for a ministry or a provider."""
    return SpanKind(name, "client", {"nagorik.destination": destination})


def command(service: str, name: str) -> SpanName:
    """The name of an operator's command."""
    return SpanName(f"{service} {name}")
