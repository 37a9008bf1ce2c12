import asyncio

import pytest

from libs.errors import Refused
from libs.ids import new_id
from libs.telemetry.metrics import Metrics
from services.gateway.live.rules import live_event
from services.gateway.live.watchers import Watchers
from tests.services.gateway.scenes import APPLICATION, submitted

CITIZEN = new_id()


def watchers(limit: int = 10, per_caller: int = 10, queue_events: int = 3) -> Watchers:
    return Watchers(
        limit=limit, per_caller=per_caller, metrics=Metrics("t"), queue_events=queue_events
    )


async def test_event_reaches_all_views_of_its_application() -> None:
    """Two views of one application get it; a view of another does not."""
    here = watchers()
    event = live_event(submitted())
    with (
        here.watching(APPLICATION, CITIZEN) as one,
        here.watching(APPLICATION, CITIZEN) as two,
        here.watching(new_id(), CITIZEN) as other,
    ):
        here.send(event)
        assert await one.next(1) == await two.next(1) == event
        with pytest.raises(TimeoutError):
            await other.next(0.01)


async def test_event_without_a_view_is_dropped() -> None:
    """Without a view nothing is stored for an application."""
    here = watchers()
    here.send(live_event(submitted()))
    assert not here.has(str(APPLICATION).encode())


async def test_slow_view_ends_and_delays_no_other() -> None:
    """A view that falls three events behind gets those, then its end; others go on."""
    here = watchers(queue_events=3)
    with here.watching(APPLICATION, CITIZEN) as slow, here.watching(APPLICATION, CITIZEN) as quick:
        told = [live_event(submitted()) for _ in range(5)]
        for event in told:
            here.send(event)
            assert await quick.next(1) == event
        assert [await slow.next(1) for _ in range(4)] == [*told[:3], None]


async def test_view_that_ended_is_removed() -> None:
    """A view is removed when it closes for any reason."""
    here = watchers()
    with pytest.raises(KeyError), here.watching(APPLICATION, CITIZEN):
        raise KeyError
    assert here.count() == 0
    assert not here.has(str(APPLICATION).encode())


async def test_views_of_one_citizen_are_limited() -> None:
    """A view over the limit is refused until another one closes."""
    here = watchers(per_caller=1)
    with here.watching(APPLICATION, CITIZEN):
        with pytest.raises(Refused, match="too_many_watchers"), here.watching(new_id(), CITIZEN):
            pass
        with here.watching(APPLICATION, new_id()):
            assert here.count() == 2
    with here.watching(APPLICATION, CITIZEN):
        assert here.count() == 1


async def test_views_of_the_process_are_limited() -> None:
    """All citizens together have a limit, too."""
    here = watchers(limit=1)
    with (
        here.watching(APPLICATION, CITIZEN),
        pytest.raises(Refused, match="too_many_watchers"),
        here.watching(APPLICATION, new_id()),
    ):
        pass


async def test_draining_ends_every_view() -> None:
    """After stop every open view ends, and so does a view opened later."""
    here = watchers()
    stop = asyncio.Event()
    with here.watching(APPLICATION, CITIZEN) as open_view:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(here.run(stop))
            stop.set()
        assert await open_view.next(1) is None
    with here.watching(APPLICATION, CITIZEN) as late:
        assert await late.next(1) is None
