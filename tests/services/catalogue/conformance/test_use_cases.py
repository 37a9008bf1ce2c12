from datetime import timedelta

import pytest

from libs.database.pool import Database
from libs.errors import Refused
from services.catalogue.conformance.rules import Report, Verdict
from services.catalogue.conformance.use_cases import record_report
from tests.services.catalogue.scenes import AT, announced, empty_outbox, loaded


def report(ministry: str, minute: int, verdict: Verdict) -> Report:
    at = AT + timedelta(minutes=minute)
    return Report(ministry=ministry, checked_at=at, rules={"once": verdict})


async def test_it_is_announced_whether_the_own_adapter_passed(database: Database) -> None:
    """When it was checked last: an older report that comes later changes nothing."""
    await loaded(database)
    checks: list[tuple[int, Verdict, bool | None]] = [
        (1, "passed", True),
        (3, "failed", False),
        (2, "passed", None),
    ]
    for minute, verdict, expected in checks:
        await empty_outbox(database)
        async with database.transaction() as tx:
            await record_report(tx, report("lgd", minute, verdict), by="rahima", at=AT)
            events = await announced(tx)
        passed = {event.own_adapter_passed for event in events}
        assert passed == ({expected} if expected is not None else set())
        assert {event.ministry for event in events} <= {"lgd"}


async def test_an_own_adapter_takes_objections_only_if_its_last_check_says_so(
    database: Database,
) -> None:
    """By default it does not, nor where the rule or another one is broken."""
    await loaded(database)
    found = []
    for minute, rules in enumerate(
        (
            {"once": "passed"},
            {"once": "passed", "appealed": "passed"},
            {"once": "failed", "appealed": "passed"},
        )
    ):
        made = Report(ministry="lgd", checked_at=AT + timedelta(minutes=minute), rules=rules)
        await empty_outbox(database)
        async with database.transaction() as tx:
            await record_report(tx, made, by="rahima", at=AT)
            events = await announced(tx)
        found.append({event.own_adapter_takes_appeals for event in events})
    assert found == [{False}, {True}, {False}]


async def test_a_report_on_nobody_is_refused(database: Database) -> None:
    """A mistyped ministry has passed nothing."""
    await loaded(database)
    async with database.transaction() as tx:
        with pytest.raises(Refused, match="body_not_found"):
            await record_report(tx, report("lgdd", 1, "passed"), by="rahima", at=AT)
