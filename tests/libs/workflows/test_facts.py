from datetime import UTC, datetime
from typing import Any

import pytest

from libs.workflows.facts import CaseFacts, answer_at, place_of
from services.catalogue.workflows.reference import reference_tariffs
from tests.libs.workflows.scenes import TODAY, WORKFLOWS

FORM: dict[str, Any] = {
    "birth_date": "1990-01-31",
    "new_birth_date": "1991-01-31",
    "classes": ["light", "heavy"],
    "signboard_sqft": 10,
    "permanent_address": {"area": "203425", "union": "U0382"},
}


@pytest.mark.parametrize(
    ("fact", "value"),
    [
        ("form.birth_date", "1990-01-31"),
        ("form.birth_date_shift_days", 365),
        ("form.class_count", 2),
        ("form.signboard_sqft", 12),
        ("form.category", "food"),
        ("age_years", 36),
        ("register.match", "full"),
        ("case.attempt", 3),
        ("person.open_cases", 1),
        ("submitted_at", "2026-11-29T04:00:00+00:00"),
        ("tariff.citizenship_certificate.amount_bdt", 20),
        ("tariff.nothing.amount_bdt", None),
        ("weather", None),
    ],
)
def test_facts_of_a_case(fact: str, value: Any) -> None:
    """Answers, what officers set, computed sums, what is known of the person, and amounts."""
    facts = CaseFacts(
        FORM,
        TODAY,
        submitted_at=datetime(2026, 11, 29, 4, tzinfo=UTC),
        register_match="full",
        attempt=3,
        open_cases=1,
        sets={"signboard_sqft": 12, "category": "food"},
        tariffs=reference_tariffs().rows,
        place=place_of(WORKFLOWS["S005@1"], FORM),
    )
    assert facts(fact) == value


@pytest.mark.parametrize("fact", ["form.birth_date_shift_days", "form.class_count", "submitted_at"])
def test_what_cannot_be_computed_is_absent(fact: str) -> None:
    """An unanswered question has no sum."""
    assert CaseFacts({"birth_date": "1990-01-31"}, TODAY)(fact) is None


def test_a_register_that_was_not_asked_has_not_answered() -> None:
    """No rule takes silence for a mismatch."""
    assert CaseFacts({}, TODAY)("register.match") == "unreachable"


@pytest.mark.parametrize(("union", "amount"), [("U4435", 0), ("U0382", 20)])
def test_a_fee_depends_on_the_union(union: str, amount: int) -> None:
    """One union charges nothing, so the case goes past the fee."""
    form = {"permanent_address": {"area": "399999", "union": union}}
    place = place_of(WORKFLOWS["S005@1"], form)
    facts = CaseFacts(form, TODAY, tariffs=reference_tariffs().rows, place=place)
    assert facts("tariff.citizenship_certificate.amount_bdt") == amount


def test_a_case_without_an_address_has_no_place() -> None:
    """Then only general rows apply."""
    assert place_of(WORKFLOWS["S005@1"], {}) == ()
    assert place_of(WORKFLOWS["S025@1"], {"land": {"area": "302614"}}) == ("302614",)


def test_a_pointer_that_leads_nowhere_has_no_answer() -> None:
    """Also through something that is no object."""
    assert answer_at({"a": {"b": 1}}, "/a/b") == 1
    assert answer_at({"a": 1}, "/a/b") is None
