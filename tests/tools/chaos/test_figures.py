"""What the programme counts, beside a count of what it has read."""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from aiokafka import TopicPartition

from libs.contracts.access import group_of
from libs.contracts.applications import ApplicationWithdrawn
from libs.contracts.topics import APPLICATIONS
from libs.database.pool import Database
from libs.messaging.reading import inbox
from services.programme.figures.rules import ApplicationEvent
from services.programme.figures.use_cases import count
from tests.services.programme.figures.scenes import decided, facts, rated, submitted
from tests.tools.chaos.observed_run import seen
from tools.chaos.evidence import Counted
from tools.chaos.figures import check_figures
from tools.chaos.queries import Count, Figures, read_figures

DAY = timedelta(days=1)
NOON = "2026-06-30T06:00:00Z"
PLACE = ("applications.v1", 0)
KEYS = ("occurred_at", "public_service_id", "ministry")


def happened(offset: int, kind: str, **fields: Any) -> Any:
    said = dict(zip(KEYS, (NOON, "S001", "minland"), strict=True))
    return seen("applications.v1", kind, "a", offset=offset, **said, **fields)


RECORDS = [
    happened(0, "application_submitted", assistance=None),
    happened(1, "application_submitted", assistance={"mandate_id": "m"}),
    happened(2, "application_received"),
    happened(3, "application_decided", outcome="approved", submitted_at=NOON, due_on="2026-06-29"),
    happened(4, "application_submitted", assistance=None),
]
METRICS = {"submitted": 1, "assisted": 1, "approved": 1, "days_0": 1, "late": 1}


def found(of: dict[str, int], records: Any = RECORDS) -> list[tuple[str, str]]:
    """What is wrong if so much was counted, after the first record and before the last one."""
    day = "2026-06-30"
    before = Figures({Count(day, "S001", "minland", "submitted"): 1}, {PLACE: 1})
    counts = {Count(day, "S001", "minland", metric): number for metric, number in of.items()}
    after = {count: number + before.counts.get(count, 0) for count, number in counts.items()}
    return list(check_figures(Counted(before, Figures(after, {PLACE: 4}), records)))


def test_what_was_read_is_counted_once() -> None:
    """Records of before and behind are others; one that was written twice is one."""
    assert found(METRICS) == []
    assert found(METRICS, [*RECORDS, RECORDS[1]]) == []


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"submitted": 0}, "lost"), ({"late": 0, "in_time": 1}, "effects"),
        ({"assisted": 2}, "effects"), ({"withdrawn": 1}, "effects"), ({"approved": 0}, "lost"),
    ],
)  # fmt: skip
def test_another_number_is_found(change: dict[str, int], wrong: str) -> None:
    """One that is too small is lost; one that is too large is an effect too many."""
    assert wrong in {kind for kind, _ in found({**METRICS, **change})}


async def test_the_programme_counts_what_the_check_counts(
    database_for: Callable[[str], Awaitable[Database]],
) -> None:
    """By its own code, from the same events; one that it counts again is found."""
    at = datetime(2026, 6, 30, 18, 30, tzinfo=UTC)  # the day after in Dhaka
    said: dict[str, Any] = {"submitted_at": at - 9 * DAY, "due_on": date(2026, 6, 30)}
    events: list[ApplicationEvent] = [
        submitted(),
        decided(**said),
        decided(occurred_at=at, **said),
        rated(4),
    ]
    events += [decided(outcome="refused"), ApplicationWithdrawn(**facts())]
    group, database = group_of("programme", APPLICATIONS), await database_for("programme")

    async def wrong(*more: ApplicationEvent) -> list[str]:
        async with database.transaction() as tx:
            await count(tx, more)
            read = {TopicPartition(*PLACE): len(events)}
            await inbox.take_read(tx, [], group, read)
        async with database.transaction() as tx:
            after = await read_figures(tx, group)
        return [kind for kind, _ in check_figures(Counted(Figures(), after, records))]

    records = [
        seen(PLACE[0], event.type, "a", offset=n, **event.model_dump(mode="json"))
        for n, event in enumerate(events)
    ]
    assert await wrong(*events) == []
    assert await wrong(events[0]) == ["effects"]
