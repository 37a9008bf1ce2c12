"""The fee of an application: a published amount, or the one that the office told."""

from dataclasses import dataclass, field
from datetime import date
from typing import Final

from libs.contracts.catalogue import FeeCase, Sourcing
from libs.contracts.language import Text
from libs.contracts.mandates import HIGHEST_TOLD_FEE_BDT, FeeBasis
from libs.errors import Refused

_OLDEST_YEARS: Final = 150
"""An older day is a year of two digits, such as 24 for 2024, and would cost the dearest case."""


@dataclass(frozen=True, slots=True)
class PublicService:
    """A public service; only a `sourced` fee is the ministry's.

    Args:
        fee_cases: what a sourced fee depends on; empty where it is one amount.
        fee_decided_by: the day that decides on the case; None where the case is asked.
    """

    public_service_id: str
    name: Text
    open: bool
    fee_bdt: int | None = None
    fee_status: Sourcing = "unknown"
    fee_cases: tuple[FeeCase, ...] = ()
    fee_decided_by: Text | None = None

    @property
    def fixed_fee_bdt(self) -> int | None:
        """The published fee, where it is one amount in every case."""
        return self.fee_bdt if self.fee_status == "sourced" and not self.fee_cases else None

    @property
    def is_told(self) -> bool:
        """Whether the office must be asked for the fee in every case."""
        if self.fee_status == "sourced" and self.fee_cases:
            return all(case.amount_bdt is None for case in self.fee_cases)
        return self.fixed_fee_bdt is None


@dataclass(frozen=True, slots=True)
class AskedFee:
    """An uddokta's answers about a fee: from the office, or from the citizen on her case."""

    told_bdt: int | None = None
    at_office: bool = False
    case: str | None = None
    day: date | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Fee:
    """The fee of one application, with the case in which it applies.

    Args:
        amount_bdt: what the centre takes: nothing where the citizen pays at the office.
        day: decided on the case; the form must have the same.
    """

    amount_bdt: int
    basis: FeeBasis
    case: Text | None = None
    at_office: bool = False
    day: date | None = field(default=None, repr=False)


def fee_of(service: PublicService, asked_fee: AskedFee, today: date) -> Fee:
    """Return the fee of an application that is sent today.

    Raises:
        Refused: the office must be asked, or has told too much for a centre; the case must be
            asked, or its day lies in the future; or a published fee is said to be another one, or
            to be paid at the office.
    """
    amount_bdt, name, day = service.fixed_fee_bdt, None, None
    if service.fee_status == "sourced" and service.fee_cases:
        case = _case_of(service, asked_fee, today)
        amount_bdt, name = case.amount_bdt, case.name
        day = asked_fee.day if service.fee_decided_by else None
    if amount_bdt is None:
        told_bdt = _told_bdt(asked_fee)
        return Fee(told_bdt, "told_by_office", name, at_office=asked_fee.at_office, day=day)
    if asked_fee.told_bdt not in {None, amount_bdt} or asked_fee.at_office:
        raise Refused("fee_is_fixed", pointer="/fee_bdt")
    return Fee(amount_bdt, "sourced", name, day=day)


def _told_bdt(asked_fee: AskedFee) -> int:
    if asked_fee.at_office:
        return 0
    if asked_fee.told_bdt is None:
        raise Refused("fee_needed", pointer="/fee_bdt")
    if asked_fee.told_bdt > HIGHEST_TOLD_FEE_BDT:
        raise Refused("fee_too_high", pointer="/fee_bdt")
    return asked_fee.told_bdt


def _case_of(service: PublicService, asked_fee: AskedFee, today: date) -> FeeCase:
    if len(service.fee_cases) == 1:
        return service.fee_cases[0]
    if service.fee_decided_by is None:
        found = (case for case in service.fee_cases if case.case == asked_fee.case)
        wrong = Refused("fee_case_needed", pointer="/fee_case")
    else:
        found = (case for case in service.fee_cases if _applies(case, asked_fee.day, today))
        wrong = Refused("fee_day_needed", pointer="/fee_date")
    case = next(found, None)
    if case is None:
        raise wrong
    return case


def _applies(case: FeeCase, day: date | None, today: date) -> bool:
    """Whether a day is recent enough for a case; a day in the future is for none."""
    if day is None or day > today:
        return False
    years = today.year - day.year - ((today.month, today.day) < (day.month, day.day))
    return (
        years <= _OLDEST_YEARS
        and (case.most_days is None or (today - day).days <= case.most_days)
        and (case.under_years is None or years < case.under_years)
    )
