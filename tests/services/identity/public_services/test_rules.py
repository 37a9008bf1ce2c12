from datetime import date

import pytest

from libs.contracts.catalogue import FeeCase
from libs.contracts.language import Text
from libs.errors import Refused
from services.identity.public_services.rules import AskedFee, PublicService, fee_of

TODAY = date(2026, 3, 1)
NAME = Text(bn="সেবা", en="Service")


def case(case_id: str, amount_bdt: int | None, **limits: int) -> FeeCase:
    """A case of a fee."""
    return FeeCase(case=case_id, name=Text(bn="ক্ষেত্র", en=case_id), amount_bdt=amount_bdt, **limits)


BIRTH = PublicService(
    "S001",
    NAME,
    open=True,
    fee_bdt=50,
    fee_status="sourced",
    fee_cases=(
        case("days", 0, most_days=45),
        case("years", 25, under_years=5),
        case("later", 50),
    ),
    fee_decided_by=Text(bn="জন্মের তারিখ", en="Date of birth"),
)
PASSPORT = PublicService(
    "S020",
    NAME,
    open=True,
    fee_bdt=4025,
    fee_status="sourced",
    fee_cases=(case("regular", 4025), case("other", None)),
)


@pytest.mark.parametrize(
    ("born", "amount_bdt"),
    [
        (TODAY, 0),
        (date(2026, 1, 15), 0),
        (date(2026, 1, 14), 25),
        (date(2021, 3, 2), 25),
        (date(2021, 3, 1), 50),
        (date(1950, 1, 1), 50),
    ],
)
def test_the_day_decides_on_the_amount(born: date, amount_bdt: int) -> None:
    """A birth is registered for nothing up to its 45th day, for 25 taka up to the fifth year."""
    fee = fee_of(BIRTH, AskedFee(day=born), TODAY)
    assert (fee.amount_bdt, fee.basis) == (amount_bdt, "sourced")


@pytest.mark.parametrize(
    ("service", "asked", "problem"),
    [
        (BIRTH, AskedFee(), "fee_day_needed"),
        (BIRTH, AskedFee(day=date(2026, 3, 2)), "fee_day_needed"),
        (BIRTH, AskedFee(day=date(24, 3, 2)), "fee_day_needed"),
        (BIRTH, AskedFee(day=TODAY, told_bdt=50), "fee_is_fixed"),
        (BIRTH, AskedFee(day=TODAY, at_office=True), "fee_is_fixed"),
        (PASSPORT, AskedFee(), "fee_case_needed"),
        (PASSPORT, AskedFee(case="unheard"), "fee_case_needed"),
        (PASSPORT, AskedFee(case="regular", told_bdt=8625), "fee_is_fixed"),
        (PASSPORT, AskedFee(case="other"), "fee_needed"),
    ],
)
def test_nothing_is_guessed(service: PublicService, asked: AskedFee, problem: str) -> None:
    """Without the day, the case or the office's word there is no fee; no other amount is taken."""
    with pytest.raises(Refused) as refused:
        fee_of(service, asked, TODAY)
    assert refused.value.code == problem


def test_a_case_without_a_published_amount_is_told() -> None:
    """The amount of another case does not stand in for it."""
    fee = fee_of(PASSPORT, AskedFee(case="other", told_bdt=5750), TODAY)
    assert (fee.amount_bdt, fee.basis) == (5750, "told_by_office")


@pytest.mark.parametrize("told_bdt", [None, 0, 40_000])
def test_a_fee_beyond_the_bound_is_paid_at_the_office(told_bdt: int | None) -> None:
    """Whatever was told, the centre takes nothing of it."""
    fee = fee_of(PASSPORT, AskedFee(case="other", told_bdt=told_bdt, at_office=True), TODAY)
    assert (fee.amount_bdt, fee.basis, fee.at_office) == (0, "told_by_office", True)
