import pytest

from libs.database.pool import Database
from libs.ids import new_id
from libs.messaging.alerting import alert, watch
from libs.telemetry.metrics import Metrics
from tests.libs.messaging.scene import Hearing, handling, raw, submitted, withdrawn


def failures(metrics: Metrics, source: str) -> float | None:
    """How many final failures the metrics show of a source; None where it is not watched."""
    return metrics._registry.get_sample_value(
        "nagorik_final_failures_total", {"service": metrics._service, "source": source}
    )


async def test_an_alert_is_raised_by_the_commit_and_only_by_it(database: Database) -> None:
    """What is rolled back will be tried again, and alarms nobody before that."""
    metrics = Metrics("test")

    async def roll_back() -> None:
        async with database.transaction() as tx:
            alert(tx, metrics, "hand over", {"row": "a"})
            raise LookupError

    with pytest.raises(LookupError):
        await roll_back()
    assert failures(metrics, "hand over") is None
    async with database.transaction() as tx:
        alert(tx, metrics, "hand over", {"row": "a"})
        assert failures(metrics, "hand over") is None
    assert failures(metrics, "hand over") == 1


def test_a_source_is_counted_from_zero() -> None:
    """The first failure is an increase, which it would not be of a series that begins at one."""
    metrics = Metrics("test")
    watch(metrics, "hand over")
    assert failures(metrics, "hand over") == 0


async def test_a_record_that_failed_for_good_raises_one_alert_and_those_behind_it_none(
    database: Database,
) -> None:
    """Not per try, not again when the batch comes again, not for who only waits."""
    metrics, application = Metrics("applications"), new_id()
    hearing = Hearing(fails_on=lambda _: KeyError("a defect"))
    for _ in range(2):
        work = handling(database, hearing, metrics=metrics)
        for record in (raw(submitted(application), 1), raw(withdrawn(application), 2)):
            await work.handle([record])
    assert failures(metrics, "applications.v1") == 1
