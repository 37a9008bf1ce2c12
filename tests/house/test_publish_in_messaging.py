"""Only `libs/messaging` publishes; the Kafka client is known to it and to programs of operators.

Why: a message sent from a route or a handler is lost when the process ends between the commit and
the send, or is sent although the change was rolled back. A widely used server kept such jobs in
memory until the end of the request: a crash after the commit lost them. Here an event is a row of
the outbox in the same transaction, and the relay is the one that publishes.
"""

import ast
from collections.abc import Iterator

import pytest

from tests.house.checking import CODE, Rule, Source, Violation

_CLIENTS = ("aiokafka", "faststream", "confluent_kafka", "kafka")
_SENDING = {"publish", "publish_batch", "publisher", "send_and_wait", "send_batch"}
_HOME = "libs/messaging/"
_KNOWS_THE_CLIENT = (
    _HOME,
    "operations/topics/",
    "tools/chaos/inspector.py",
    "tools/contracts/",  # FastStream writes the document of the topics
    "tools/embedded/",
)


def _find(source: Source) -> Iterator[Violation]:
    for node in ast.walk(source.tree):
        match node:
            case ast.Import(names=names):
                yield from _clients(source, node, [alias.name for alias in names])
            case ast.ImportFrom(module=str(module)):
                yield from _clients(source, node, [module])
            case ast.Call(func=ast.Attribute(value=ast.Name(id="router"), attr="publisher")):
                pass  # declares what handlers return; the middleware writes it to the outbox
            case ast.Call(func=ast.Attribute(attr=name)) if name in _SENDING:
                if not source.path.startswith(_HOME):
                    yield Violation(node.lineno, f"{name}() outside {_HOME}: use outbox.add")
            case _:
                pass


def _clients(source: Source, node: ast.stmt, modules: list[str]) -> Iterator[Violation]:
    if source.path.startswith(_KNOWS_THE_CLIENT):
        return
    for module in modules:
        if module.split(".")[0] in _CLIENTS:
            yield Violation(node.lineno, f"{module} outside {_HOME}: use what it offers")


# The kit for vendors is an adapter outside the platform.
RULE = Rule("publish-in-messaging", _find, tuple(set(CODE) - {"conformance"}))


def test_only_messaging_publishes() -> None:
    """Other code writes to the outbox."""
    assert not (broken := RULE.broken()), broken


@pytest.mark.parametrize(
    "text",
    [
        "from aiokafka import AIOKafkaProducer\n",
        "import faststream.kafka\n",
        "await self._broker.publish(event)\n",
        "await producer.send_and_wait(topic, value)\n",
        "tell = broker.publisher('applications.v1')\n",
    ],
)
def test_a_way_around_the_outbox_is_found(text: str) -> None:
    """A client or a send call outside the library breaks the rule."""
    assert RULE.lines(text, "services/applications/lifecycle/use_cases.py") == [1]
    assert RULE.lines(text, "libs/messaging/writing/relay.py") == []


@pytest.mark.parametrize(
    "text",
    [
        "from libs.messaging import outbox\n\nawait outbox.add(tx, told)\n",
        "@router.publisher(topics.APPLICATIONS)\nasync def on_events(batch, tx): ...\n",
    ],
)
def test_the_outbox_is_allowed(text: str) -> None:
    """`outbox.add` and declared publishers do not break the rule."""
    assert RULE.lines(text, "services/applications/lifecycle/use_cases.py") == []
