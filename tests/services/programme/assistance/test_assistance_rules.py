"""What counts of help say, by values."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.contracts.identity import ComplaintMade, MandateClosed
from services.programme.assistance import rules
from services.programme.pilot.rules import Seen, cost, overcharging

LATE = datetime(2026, 6, 30, 19, tzinfo=UTC)
"""Already the first of July in Dhaka."""
HERE: dict[str, Any] = {"service_centre_id": "gulshan", "area": "30262500", "occurred_at": LATE}


def closed(outcome: str = "used", fee: int | None = 50, charge: int = 30) -> MandateClosed:
    said: dict[str, Any] = {"outcome": outcome, "fee_bdt": fee, "charge_bdt": charge}
    return MandateClosed(**HERE, public_service_id="S001", **said)


def complaint(kind: str = "overcharged") -> ComplaintMade:
    said: dict[str, Any] = {"kind": kind}
    return ComplaintMade(**HERE, public_service_id="S001", **said)


def counted(*events: MandateClosed | ComplaintMade) -> dict[str, int]:
    """What is counted in the country."""
    found = rules.counts_of(events)
    return {key.metric: number for key, number in found.items() if key.place == rules.COUNTRY}


def test_an_event_counts_at_its_centre_in_each_area_around_it_and_in_the_country() -> None:
    """On its day in Dhaka."""
    found = rules.counts_of([complaint()])
    assert {key.place for key in found} == {"centre gulshan", "30262500", "3026", "country"}
    assert {str(key.day) for key in found} == {"2026-07-01"}


def test_only_what_was_sent_has_a_cost() -> None:
    """The rest is counted by how it ended."""
    assert counted(closed(), closed("refused"), closed("expired")) == {
        "used": 1, "cost_80": 1, "charge_30": 1, "refused": 1, "expired": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("fees", "expected"),
    [
        ([], None),
        ([10], 40),
        ([10, 20], 50),
        ([10, 20, None], 50),
        ([10, None], None),
        ([10, 20, 30, None], 60),
        ([10, None, None], None),
    ],
)
def test_an_unknown_cost_is_the_dearest(fees: list[int | None], expected: int | None) -> None:
    """And of two in the middle the dearer one counts."""
    assert rules.median_cost(counted(*(closed(fee=fee) for fee in fees))) == expected


@given(used=st.integers(1, 5_000), against=st.integers(0, 50), bound=st.integers(0, 100))
def test_a_share_of_complaints_is_rounded_against_passing(
    used: int, against: int, bound: int
) -> None:
    """10.1 of 10,000 are not 10."""
    seen = overcharging({"used": used, "complaint_overcharged": against}, 0).value
    assert seen is not None
    assert (seen <= bound) == (against * 10_000 <= bound * used)


def test_a_complaint_of_no_known_kind_counts_against() -> None:
    """Others do not."""
    said = [complaint(kind) for kind in ("overcharged", "not_said", "rude", "other", "wrong")]
    seen = counted(*(closed() for _ in range(1_000)), *said)
    assert overcharging(seen, 1_000) == Seen(20, 1_000)


def test_nothing_is_known_of_what_was_not_counted() -> None:
    """Nothing was sent, or applications has announced more than was counted here."""
    assert overcharging({}, 0) == Seen(None, 0)
    assert cost({}, 0) == Seen(None, 0)
    seen = counted(closed(), closed())
    assert overcharging(seen, 2) == Seen(0, 2)
    assert overcharging(seen, 3) == Seen(None, 2)
    assert cost(seen, 3) == Seen(80, 3)
    assert cost(seen, 4) == Seen(None, 4)
