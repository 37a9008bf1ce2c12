from datetime import UTC, datetime, time
from typing import get_args

import pytest

from libs.contracts.catalogue import Adapter
from libs.contracts.language import Text
from libs.contracts.ministries import (
    MinistryStatusChanged,
    PlannedOutage,
    ServiceHours,
    Trouble,
)
from libs.contracts.status import MinistryStatusView
from services.applications.ministry_status.rules import DueCount, notice, page
from tests.services.applications.ministry_status.scenes import HOUR, changed
from tests.services.applications.scenes import NOW

OUTAGE = PlannedOutage(
    starts_at=NOW - HOUR, ends_at=NOW + HOUR, reason=Text(bn="নতুন সার্ভার", en="A new server")
)
OFFICE = ServiceHours(days=(1, 7), opens_at=time(9), closes_at=time(17))


def row(status: MinistryStatusChanged | None, *adapters: Adapter) -> MinistryStatusView:
    """The row of a ministry with these adapters; the hosted one without."""
    known = {"lgd": status} if status else {}
    (item,) = page({"lgd": adapters or ("hosted",)}, known, [DueCount("lgd", 10, 9)], NOW).items
    return item


@pytest.mark.parametrize(
    ("status", "adapters", "state"),
    [
        (changed("down"), ["hosted"], "down"),
        (None, ["hosted"], "not_called"),
        (changed(answered_at=None), ["hosted"], "not_called"),
        (changed(), ["hosted"], "working"),
        (changed("down"), ["own"], "own_system"),
        (changed("down"), ["none_yet"], "not_connected"),
        (changed("down"), ["desk", "none_yet"], "desk"),
        (changed("down"), ["desk", "hosted"], "down"),
    ],
)
def test_a_ministry_that_is_not_called_has_no_outage(
    status: MinistryStatusChanged | None, adapters: list[Adapter], state: str
) -> None:
    """What was seen before the ministry took over by itself does not count."""
    item = row(status, *adapters)
    assert item.state == state
    assert item.text.bn
    assert item.text.en


def test_a_row_has_numbers_and_what_is_planned() -> None:
    """The beginning of a state is shown only if something is wrong; an outage until it is over."""
    later = PlannedOutage(starts_at=NOW - 3 * HOUR, ends_at=NOW - HOUR)
    item = row(changed("down", waiting=7, answered_at=NOW - 2 * HOUR, outages=(OUTAGE, later)))
    assert (item.since, item.waiting, item.answered_at) == (NOW - HOUR, 7, NOW - 2 * HOUR)
    assert item.outages == [OUTAGE]
    assert item.decided_in_time is not None
    assert (item.decided_in_time.due, item.decided_in_time.in_time) == (10, 9)
    assert row(changed()).since is None


@pytest.mark.parametrize("trouble", get_args(Trouble))
def test_a_trouble_has_words_of_its_own(trouble: Trouble) -> None:
    """In both languages, and only while the platform hands over to this system."""
    silent, troubled = row(changed("down")), row(changed("down", trouble=trouble))
    assert troubled.trouble == trouble
    assert {troubled.text.bn, troubled.text.en}.isdisjoint({silent.text.bn, silent.text.en})
    own = row(changed("down", trouble=trouble), "own")
    assert (own.state, own.trouble) == ("own_system", None)


@pytest.mark.parametrize(
    ("status", "adapter", "said"),
    [
        (changed(), "hosted", "All ministries' systems work normally."),
        (changed("down"), "hosted", "1 with trouble or a pause"),
        (changed(answered_at=None), "hosted", "1 not called yet."),
        (None, "hosted", "1 not called yet."),
        (changed(), "none_yet", "1 not connected yet."),
        (changed(), "own", "1 fetching by itself."),
        (None, "desk", "1 working here."),
    ],
)
def test_the_summary_says_what_was_seen(
    status: MinistryStatusChanged | None, adapter: Adapter, said: str
) -> None:
    """All is well only where every system has answered; each other state has its own words."""
    adapters: dict[str, set[Adapter]] = {"lgd": {adapter}, "mopa": {"hosted"}}
    mopa = changed(ministry="mopa")
    summary = page(adapters, {"mopa": mopa, **({"lgd": status} if status else {})}, [], NOW).summary
    assert said in summary.en
    assert summary.bn.startswith("সব" if said.startswith("All") else "২টি মন্ত্রণালয়: ১টি")


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (
            changed("planned_outage", outages=(OUTAGE,)),
            "The ministry has announced an outage until 25/11/2026, 17:00: A new server",
        ),
        (
            changed("outside_hours", hours=OFFICE),
            "The ministry's system takes applications Mon, Sun, 09:00 to 17:00",
        ),
        (changed("working", hours=OFFICE), None),
        (changed("down"), None),
        (None, None),
    ],
)
def test_a_notice_says_when_the_ministry_is_back(
    status: MinistryStatusChanged | None, said: str | None
) -> None:
    """Times are Dhaka's; nothing is said where nobody knows."""
    text = notice(status, NOW)
    assert (text.en if text else None) == said


def test_a_notice_is_in_bangla_too() -> None:
    """With Bangla digits."""
    text = notice(changed("planned_outage", outages=(OUTAGE,)), NOW)
    assert text is not None
    assert text.bn == "মন্ত্রণালয়ের ঘোষিত সেবা বিঘ্ন ২৫/১১/২০২৬, ১৭:০০ পর্যন্ত: নতুন সার্ভার"
    assert datetime(2026, 11, 25, 11, tzinfo=UTC) == OUTAGE.ends_at
