from typing import Any

import pytest

from libs.workflows.model import Pool
from libs.workflows.ranking import group_of, rank
from tests.libs.workflows.scenes import WORKFLOWS

(POOL,) = (step for step in WORKFLOWS["S055@1"].steps.values() if isinstance(step, Pool))


def applicant(age: int | None, landless: bool | None = None, at: str | None = None) -> Any:
    """Return the facts by which an old-age allowance is ranked."""
    return {"age_years": age, "form.landless": landless, "submitted_at": at}


def test_the_oldest_then_the_landless_then_the_earliest() -> None:
    """The first fact that differs decides; who lacks one is behind."""
    facts = {
        "late": applicant(70, True, "2026-09-02"),
        "early": applicant(70, True, "2026-09-01"),
        "landed": applicant(70, False, "2026-08-01"),
        "oldest": applicant(91, False, "2026-09-03"),
        "unknown": applicant(None, True, "2026-08-01"),
    }
    ranking = rank(POOL, facts, 2)
    assert ranking.order == ("oldest", "early", "late", "landed", "unknown")
    assert (ranking.selected, ranking.waiting[0]) == (("oldest", "early"), "late")


def test_a_tie_at_the_edge_is_left_to_a_person() -> None:
    """Those whom no fact tells apart are named, with the places that are left for them."""
    facts = {name: applicant(70, True, "2026-09-01") for name in ("a", "b", "c")}
    ranking = rank(POOL, {"first": applicant(80), **facts}, 3)
    assert (ranking.selected, ranking.waiting) == (("first",), ())
    assert (ranking.tied, ranking.places) == (("a", "b", "c"), 2)


@pytest.mark.parametrize(("quota", "selected"), [(0, 0), (2, 2), (5, 2)])
def test_nobody_or_everybody_is_within_a_quota(quota: int, selected: int) -> None:
    """A quota of 0 selects nobody, and a large one all."""
    ranking = rank(POOL, {"a": applicant(70), "b": applicant(70)}, quota)
    assert (len(ranking.selected), ranking.tied) == (selected, ())


def test_the_group_is_the_union_or_the_area_without_one() -> None:
    """An address in a pourashava has no union."""
    address = {"area": "203425", "union": "U0382"}
    assert group_of(POOL, {"permanent_address": address}) == "U0382"
    assert group_of(POOL, {"permanent_address": {"area": "203425"}}) == "203425"
    assert group_of(POOL, {}) == ""
