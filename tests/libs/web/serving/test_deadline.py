import asyncio

import pytest

from libs.web.serving.deadline import Deadline, TimedWork


async def endless() -> None:
    await asyncio.Event().wait()


async def held_to(deadline: Deadline) -> TimedWork:
    """Work without end, and its result."""
    held = TimedWork(deadline)
    with pytest.raises(TimeoutError), held:
        await endless()
    return held


async def test_work_over_time_is_cut_short() -> None:
    """Overdue work raises TimeoutError, and its task continues."""
    held = await held_to(Deadline(0.01))
    assert held.expired
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_each_is_cut_short_at_its_own_time() -> None:
    """Each piece of work has its own deadline, with one timer; also after that ran out."""
    deadline, loop = Deadline(0.1), asyncio.get_running_loop()
    took_s: dict[str, float] = {}

    async def timed(name: str) -> None:
        begun_s = loop.time()
        await held_to(deadline)
        took_s[name] = loop.time() - begun_s

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(timed("first"))
        await asyncio.sleep(0.03)  # a duration is tested: the second has its time, not the first's
        await timed("second")
        await timed("third")
    assert list(took_s) == ["first", "second", "third"]
    assert min(took_s.values()) > 0.09


async def test_work_done_in_time_is_left_alone() -> None:
    """Work that ended in time is not cancelled."""
    deadline = Deadline(0.01)
    done = TimedWork(deadline)
    with done:
        await asyncio.sleep(0)
    assert (await held_to(deadline)).expired
    assert not done.expired


async def test_failure_of_the_work_itself_comes_out() -> None:
    """A TimeoutError of the work itself is raised unchanged."""
    held = TimedWork(Deadline(10))
    with pytest.raises(TimeoutError, match="a ministry"), held:
        raise TimeoutError("a ministry")
    assert not held.expired


async def test_a_cancelled_task_does_not_time_out() -> None:
    """A cancelled task is cancelled, and does not time out."""
    async with asyncio.TaskGroup() as tasks:
        work = tasks.create_task(held_to(Deadline(10)))
        await asyncio.sleep(0)
        work.cancel()
    assert work.cancelled()


async def test_a_task_cancelled_at_its_deadline_is_cancelled() -> None:
    """A task that is cancelled at its deadline is cancelled."""
    held = TimedWork(Deadline(10))

    async def work() -> None:
        with held:
            await endless()

    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(work())
        await asyncio.sleep(0)
        held.time_out()
        task.cancel()
    assert task.cancelled()
