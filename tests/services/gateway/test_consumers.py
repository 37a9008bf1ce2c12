from typing import Any

import pytest

from libs.contracts import topics
from libs.contracts.applications import ApplicationDecided
from libs.contracts.catalogue import PublicServiceChanged
from libs.contracts.language import Text
from libs.contracts.notifications import MessageDelivered
from libs.ids import new_id
from libs.messaging.envelope import encode
from libs.telemetry.metrics import Metrics
from services.gateway.consumers import HANDLERS, Listeners, handlers
from services.gateway.domain import Answer
from services.gateway.store.answers import Answers
from services.gateway.store.watchers import Watchers
from tests.services.gateway.scenes import APPLICATION, submitted


@pytest.fixture
def listeners() -> Listeners:
    watchers = Watchers(limit=5, per_caller=5, metrics=Metrics("t"))
    return Listeners(watchers, Answers(10.0, lambda: 0.0))


def test_gateway_hears_what_the_map_says() -> None:
    """The topics that the map gives to the gateway are those that it has functions for."""
    assert HANDLERS.keys() == {topic for topic in topics.TOPICS if "gateway" in topic.readers}


@pytest.mark.parametrize(
    ("topic", "event"),
    [
        (topics.APPLICATIONS, ApplicationDecided.because_of(submitted(), outcome="approved")),
        (
            topics.NOTIFICATIONS,
            MessageDelivered(
                application_id=APPLICATION, message_id=new_id(), channel="sms", template="decided"
            ),
        ),
    ],
)
async def test_what_happens_is_shown_at_once(
    listeners: Listeners, topic: topics.Topic, event: Any
) -> None:
    """An open view hears of decisions and of messages."""
    with listeners.watchers.watching(APPLICATION, new_id()) as view:
        await handlers(listeners)[topic](event)
        shown = await view.next(1)
    assert shown is not None
    assert shown.event_id == event.event_id


@pytest.mark.parametrize("topic", [topics.APPLICATIONS, topics.NOTIFICATIONS])
def test_only_what_somebody_watches_is_read(listeners: Listeners, topic: topics.Topic) -> None:
    """By the record's key; of other applications nothing is decoded."""
    key = encode(submitted(), trace=None).key
    assert not listeners.want(topic, key)
    with listeners.watchers.watching(APPLICATION, new_id()):
        assert listeners.want(topic, key)
        assert not listeners.want(topic, str(new_id()).encode())
        assert not listeners.want(topic, None)
    assert not listeners.want(topic, key)


def test_every_change_of_the_catalogue_is_read(listeners: Listeners) -> None:
    """Whoever watches or not."""
    assert listeners.want(topics.CATALOGUE, b"S001")


async def test_changed_service_is_not_shown_as_it_was(listeners: Listeners) -> None:
    """A change in the catalogue drops the answers that were kept."""
    listeners.answers.keep("a", Answer(200, (), b"old"), listeners.answers.edition)
    changed = PublicServiceChanged(
        public_service_id="S001",
        ministry="lgd",
        name=Text(bn="ক", en="a"),
        category="civil",
        fee_bdt=50,
        service_deadline_days=5,
        required_documents_bn=(),
        form_version=1,
        form_schema={},
        open=True,
    )
    await handlers(listeners)[topics.CATALOGUE](changed)
    assert listeners.answers.get("a") is None
