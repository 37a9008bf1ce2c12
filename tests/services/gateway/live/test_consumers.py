from typing import Any

import pytest

from libs.contracts import topics
from libs.contracts.applications import ApplicationDecided
from libs.contracts.catalogue import PublicServiceChanged
from libs.contracts.language import Text
from libs.contracts.notifications import MessageFailed
from libs.ids import new_id
from libs.messaging.envelope import encode
from libs.telemetry.metrics import Metrics
from services.gateway.forwarding.response_cache import ResponseCache
from services.gateway.live.consumers import is_wanted, make_router, show
from services.gateway.live.watchers import Watchers
from services.gateway.upstream import UpstreamResponse
from tests.services.gateway.scenes import APPLICATION, submitted


@pytest.fixture
def watchers() -> Watchers:
    return Watchers(limit=5, per_caller=5, metrics=Metrics("t"))


@pytest.fixture
def cache() -> ResponseCache:
    return ResponseCache(10.0, lambda: 0.0)


def test_gateway_reads_the_topics_of_the_map(watchers: Watchers, cache: ResponseCache) -> None:
    """The gateway's subscription has its topics in the map; `Service` reads the revocations."""
    assert {*make_router(watchers, cache).subscribed, topics.REVOCATIONS} == {
        topic for topic in topics.TOPICS if "gateway" in topic.readers
    }


@pytest.mark.parametrize(
    ("topic", "event"),
    [
        (topics.APPLICATIONS, ApplicationDecided.because_of(submitted(), outcome="approved")),
        (
            topics.NOTIFICATIONS,
            MessageFailed(
                application_id=APPLICATION,
                message_id=new_id(),
                channel="sms",
                template="decided",
                reason="absent",
            ),
        ),
    ],
)
async def test_events_reach_open_views(
    watchers: Watchers, cache: ResponseCache, topic: topics.Topic, event: Any
) -> None:
    """An open view gets events of decisions and of failed messages."""
    with watchers.watching(APPLICATION, new_id()) as view:
        show(event, watchers, cache)
        shown = await view.next(1)
    assert shown is not None
    assert shown.event_id == event.event_id


async def test_after_a_gap_all_views_reconnect_and_the_cache_is_empty(
    watchers: Watchers, cache: ResponseCache
) -> None:
    """Something may have been missed; a view that is opened afterwards stays."""
    ((broadcast, _),) = make_router(watchers, cache).broadcasts
    version = cache.version
    with watchers.watching(APPLICATION, new_id()) as before:
        broadcast.on_gap()
        with watchers.watching(APPLICATION, new_id()) as after:
            assert (before.closed, after.closed) == (True, False)
        assert await before.next(1) is None
    assert cache.version != version


@pytest.mark.parametrize("topic", [topics.APPLICATIONS, topics.NOTIFICATIONS])
def test_only_records_with_an_open_view_are_decoded(
    watchers: Watchers, topic: topics.Topic
) -> None:
    """The record's key decides."""
    key = encode(submitted(), trace=None).key
    assert not is_wanted(watchers, topic, key)
    with watchers.watching(APPLICATION, new_id()):
        assert is_wanted(watchers, topic, key)
        assert not is_wanted(watchers, topic, str(new_id()).encode())
        assert not is_wanted(watchers, topic, None)
    assert not is_wanted(watchers, topic, key)


def test_every_change_of_the_catalogue_is_decoded(watchers: Watchers) -> None:
    """It does not depend on open views."""
    assert is_wanted(watchers, topics.CATALOGUE, b"S001")


async def test_change_of_the_catalogue_empties_the_cache(
    watchers: Watchers, cache: ResponseCache
) -> None:
    """No old response is returned after it."""
    cache.put("a", UpstreamResponse(200, (), b"old"), cache.version)
    changed = PublicServiceChanged(
        public_service_id="S001",
        ministry="lgd",
        name=Text(bn="ক", en="a"),
        category="civil",
        fee_bdt=50,
        fee_status="unknown",
        service_deadline_days=5,
        service_deadline_status="unknown",
        required_documents_bn=(),
        required_documents_status="unknown",
        form_origin="this_project",
        form_version=1,
        form_schema={},
        open=True,
        ministry_adapter="hosted",
    )
    show(changed, watchers, cache)
    assert cache.get("a") is None
