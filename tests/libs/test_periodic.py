import asyncio

from libs.contracts.identity import MandateEnded
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.errors import Unavailable
from libs.ids import new_id
from libs.periodic import Periodic, deletion, in_transaction
from libs.telemetry.metrics import Metrics
from libs.trace_context import TraceContext
from tests.libs.messaging.scenes import running
from tests.waiting import PATIENCE_S, until

METRICS = Metrics("test")


async def test_steps_follow_at_once_while_there_is_more_and_after_a_wake_up(
    database: Database,
) -> None:
    """After a true result or `wake` the next step does not wait."""
    left = [3, 2, 1, 0, 0]
    steps: list[int] = []

    async def step(tx: Transaction) -> int:
        await tx.execute("SELECT 1")
        steps.append(left.pop(0))
        return steps[-1]

    component = Periodic("sweep", in_transaction(database, step), metrics=METRICS, every_s=60.0)
    async with running(component):
        await until(lambda: len(steps) == 4)
        component.wake()
        await until(lambda: len(steps) == 5)
    assert steps == [3, 2, 1, 0, 0]


async def test_steps_are_repeated_after_their_time() -> None:
    """The first step is done at once, and the component is then ready."""
    steps = 0

    async def step() -> None:
        nonlocal steps
        steps += 1

    component = Periodic("refresh", step, metrics=METRICS, every_s=0.01, required=True)
    assert not component.health().ready
    async with running(component):
        await until(lambda: steps >= 3)
        assert component.health().ready


async def test_what_a_step_causes_has_a_trace_and_steps_share_none() -> None:
    """An event that no request causes can be followed, too, to the step that announced it."""
    traces: list[TraceContext | None] = []

    async def step() -> None:
        traces.append(MandateEnded(mandate_id=new_id(), reason="expired").trace)

    async with running(Periodic("expire", step, metrics=METRICS, every_s=0.01)):
        await until(lambda: len(traces) >= 2)
    assert len({trace.trace_id for trace in traces if trace}) == len(traces)


async def test_a_failed_step_is_repeated_soon() -> None:
    """It does not wait for `every_s`."""
    away = [True, True, False]

    async def step() -> None:
        if away.pop(0):
            raise Unavailable("database", "away")

    component = Periodic("sweep", step, metrics=METRICS, every_s=60.0, required=True)
    async with running(component):
        await until(lambda: len(away) == 2)
        await until(lambda: component.health().detail == "waits for database")
        assert not component.health().ready
        await until(lambda: not away)
        await until(lambda: component.health().ready)


async def test_a_defect_is_counted_and_the_step_is_tried_again() -> None:
    """It ends no process and takes no readiness away; before a first success there is none."""
    metrics, failing = Metrics("test"), asyncio.Queue[bool]()
    series = 'nagorik_step_defects_total{component="sweep",service="test"}'

    async def step() -> None:
        if await failing.get():
            raise KeyError

    def is_counted(times: int) -> bool:
        return f"{series} {times}.0" in metrics.render().decode()

    component = Periodic("sweep", step, metrics=metrics, every_s=0.01, required=True)
    assert is_counted(0)
    async with running(component) as stop:
        failing.put_nowait(True)
        await until(lambda: is_counted(1))
        assert (component.health().ready, component.health().detail) == (False, "failed: KeyError")
        failing.put_nowait(False)
        await until(lambda: component.health().ready)
        failing.put_nowait(True)
        await until(lambda: is_counted(2))
        assert component.health().ready
        stop.set()
        failing.put_nowait(False)


async def test_readiness_does_not_depend_on_a_component_that_is_not_required() -> None:
    """The health still has the reason."""
    nowhere = Database("postgresql://nobody@127.0.0.1:1/none")

    async def step(_: Transaction) -> int:
        raise AssertionError

    component = Periodic("forget", in_transaction(nowhere, step), metrics=METRICS, every_s=0.01)
    assert component.health().ready
    async with running(component):
        await until(lambda: component.health().detail == "waits for database")
        assert component.health().ready


async def test_it_ends_when_stopped() -> None:
    """It does not wait for the next step, and finishes the current one."""
    entered, may_end, finished = asyncio.Event(), asyncio.Event(), False

    async def step() -> None:
        nonlocal finished
        entered.set()
        await may_end.wait()
        finished = True

    async with (
        asyncio.timeout(PATIENCE_S),
        running(Periodic("sweep", step, metrics=METRICS, every_s=3600.0)) as stop,
    ):
        await entered.wait()
        stop.set()
        may_end.set()
    assert finished


async def test_deletions_do_not_begin_all_at_once_with_the_process(database: Database) -> None:
    """They begin within half a minute, at random; a wake-up begins one at once."""
    begun: list[str] = []

    def deleting(name: str) -> Periodic:
        async def delete(_: Transaction) -> int:
            begun.append(name)
            return 0

        return deletion(name, database, delete, metrics=METRICS, every_s=3600.0)

    components = [deleting(str(number)) for number in range(20)]
    async with running(*components):
        assert all(component.health().ready for component in components)
        components[7].wake()
        await until(lambda: "7" in begun)
        assert len(begun) < len(components)
    assert len(begun) == len(set(begun))
