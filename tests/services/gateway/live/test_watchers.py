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


async def test_event_reaches_everyone_who_watches_its_application() -> None:
    """Two views of one application both hear; a view of another hears nothing."""
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


async def test_event_that_nobody_watches_costs_nothing() -> None:
    """Without a view there is no memory of an application."""
    here = watchers()
    here.send(live_event(submitted()))
    assert not here.want(str(APPLICATION).encode())


async def test_slow_view_is_ended_and_slows_nobody() -> None:
    """A view that falls three events behind gets those, then its end; others go on."""
    here = watchers(queue_events=3)
    with here.watching(APPLICATION, CITIZEN) as slow, here.watching(APPLICATION, CITIZEN) as quick:
        told = [live_event(submitted()) for _ in range(5)]
        for event in told:
            here.send(event)
            assert await quick.next(1) == event
        assert [await slow.next(1) for _ in range(4)] == [*told[:3], None]


async def test_view_that_ended_is_forgotten() -> None:
    """Nothing stays behind when a view closes, however it closes."""
    here = watchers()
    with pytest.raises(KeyError), here.watching(APPLICATION, CITIZEN):
        raise KeyError
    assert here.count() == 0
    assert not here.want(str(APPLICATION).encode())


async def test_one_citizen_has_so_many_views() -> None:
    """More open pages than allowed are refused, and one closed makes room again."""
    here = watchers(per_caller=1)
    with here.watching(APPLICATION, CITIZEN):
        with pytest.raises(Refused, match="too_many_watchers"), here.watching(new_id(), CITIZEN):
            pass
        with here.watching(APPLICATION, new_id()):
            assert here.count() == 2
    with here.watching(APPLICATION, CITIZEN):
        assert here.count() == 1


async def test_process_has_so_many_views() -> None:
    """The process as a whole takes no more views than it can hold."""
    here = watchers(limit=1)
    with (
        here.watching(APPLICATION, CITIZEN),
        pytest.raises(Refused, match="too_many_watchers"),
        here.watching(APPLICATION, new_id()),
    ):
        pass


async def test_draining_ends_every_view() -> None:
    """Told to stop, every open view gets its end, and so does one that comes late."""
    here = watchers()
    stop = asyncio.Event()
    with here.watching(APPLICATION, CITIZEN) as open_view:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(here.run(stop))
            stop.set()
        assert await open_view.next(1) is None
    with here.watching(APPLICATION, CITIZEN) as late:
        assert await late.next(1) is None
