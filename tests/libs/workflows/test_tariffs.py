import itertools
import json
from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from libs.bangladesh.geography import areas_by_code, unions_by_id
from libs.errors import Refused
from libs.workflows.facts import CaseFacts, place_of
from libs.workflows.model import Fee
from libs.workflows.parsing import Wrong
from libs.workflows.tariffs import Bill, TariffRow, check_tariffs, make_bill, parse_tariffs
from services.catalogue.workflows.reference import reference_tariffs
from tests.libs.workflows.scenes import TODAY, WORKFLOWS

ROWS = reference_tariffs().rows
AREAS = {*unions_by_id(), *areas_by_code()}
BORN = "1990-01-01"


def bill_of(key: str, step: str, form: Mapping[str, Any], on: date = TODAY, **known: Any) -> Bill:
    """Return the bill of a fee step of a workflow of the reference."""
    workflow = WORKFLOWS[key]
    fee = workflow.steps[step]
    assert isinstance(fee, Fee)
    place = place_of(workflow, form)
    facts = CaseFacts(form, on, tariffs=ROWS, place=place, **known)
    return make_bill(ROWS, fee.items, facts, place, on)


def taka(bill: Bill) -> list[float]:
    """Return amount and VAT of each line, in taka."""
    return [poisha / 100 for line in bill.lines for poisha in (line.amount_poisha, line.vat_poisha)]


@pytest.mark.parametrize(
    ("key", "step", "form", "known", "expected"),
    [
        ("S020@2", "pay", {"pages": 48, "years": 5, "speed": "express"}, {}, [5500, 825]),
        ("S025@1", "pay_application", {}, {}, [20, 0, 50, 0]),
        ("S025@1", "pay_dcr", {}, {}, [1000, 0, 100, 0]),
        ("S016@2", "pay", {}, {"attempt": 1}, [200, 30]),
        ("S016@2", "pay", {}, {"attempt": 7}, [600, 90]),
        ("S010@1", "pay", {"business_kind": "restaurant"}, {}, [2000, 300, 600, 90]),
        ("S043@1", "pay_card", {"professional": False}, {}, [4152, 0]),
        ("S043@1", "pay_learner", {"classes": ["light"]}, {}, [345, 0]),
        ("S043@1", "pay_learner", {"classes": ["light", "heavy"]}, {}, [518, 0]),
        ("S001@1", "pay", {"birth_date": "2024-01-01"}, {}, [25, 0]),
        ("S001@1", "pay", {"birth_date": BORN}, {}, [50, 0]),
    ],
)
def test_bills_of_the_reference(
    key: str, step: str, form: dict[str, Any], known: dict[str, Any], expected: list[int]
) -> None:
    """Amounts before VAT, and VAT as a line of its own."""
    bill = bill_of(key, step, form, **known)
    assert taka(bill) == expected
    assert bill.total_poisha == sum(expected) * 100


@pytest.mark.parametrize(
    ("day", "amount"), [(date(2022, 11, 15), 2542), (date(2022, 11, 16), 4152)]
)
def test_a_card_costs_what_it_did_on_the_day(day: date, amount: int) -> None:
    """The last day of the old row and the first of the new one."""
    assert taka(bill_of("S043@1", "pay_card", {"professional": False}, day)) == [amount, 0]


@pytest.mark.parametrize(
    ("union", "kind", "amount"),
    [("U0712", "restaurant", 1000), ("U0713", "restaurant", 2000), ("U0712", "service", 500)],
)
def test_a_union_has_its_own_row_before_the_general_one(union: str, kind: str, amount: int) -> None:
    """Where its own rows say nothing, the general one holds."""
    form = {"business_kind": kind, "premises": {"area": "200318", "union": union}}
    assert bill_of("S010@1", "pay", form).lines[0].amount_poisha == amount * 100


def test_a_percentage_is_rounded_to_whole_poisha() -> None:
    """7.5 per cent of a third of an amount; half a poisha is rounded up."""
    rows = [row_of(amount_bdt=1, vat_percent=7.5), row_of(item="b", amount_bdt=33, percent_of="a")]
    facts = CaseFacts({}, TODAY)
    assert [line.vat_poisha for line in make_bill(rows, ["a"], facts, (), TODAY).lines] == [8]
    assert [line.amount_poisha for line in make_bill(rows, ["b"], facts, (), TODAY).lines] == [33]


def test_every_filling_of_a_form_has_exactly_one_row() -> None:
    """No bill of the reference is without a row, and none has two."""
    kinds = ["small_shop", "restaurant", "food", "manufacturing", "clinic", "service", "other"]
    for pages, years, speed in itertools.product(
        (48, 64), (5, 10), ("regular", "express", "super_express")
    ):
        bill_of("S020@2", "pay", {"pages": pages, "years": years, "speed": speed})
    for kind, union in itertools.product(kinds, ("U0712", "U0001")):
        form = {"business_kind": kind, "premises": {"area": "200318", "union": union}}
        bill_of("S010@1", "pay", form)
    for attempt in range(1, 20):
        bill_of("S016@1", "pay", {}, attempt=attempt)
    for professional in (True, False):
        bill_of("S043@1", "pay_card", {"professional": professional})
    for days in range(46, 4000, 7):
        born = date.fromordinal(TODAY.toordinal() - days).isoformat()
        bill_of("S001@1", "pay", {"birth_date": born})


def test_no_row_and_two_rows_are_refused() -> None:
    """Nothing is charged that no row says, nor what two rows say."""
    facts = CaseFacts({}, TODAY)
    with pytest.raises(Refused) as refused:
        make_bill(ROWS, ["nothing"], facts, (), TODAY)
    assert refused.value.code == "tariff_missing"
    with pytest.raises(Refused) as refused:
        make_bill([row_of(), row_of()], ["a"], facts, (), TODAY)
    assert refused.value.code == "tariff_ambiguous"


def test_a_line_says_whether_it_is_sourced() -> None:
    """An invented amount is never shown as official."""
    sourced = bill_of("S020@2", "pay", {"pages": 48, "years": 5, "speed": "regular"})
    invented = bill_of("S020@2", "pay", {"pages": 64, "years": 5, "speed": "regular"})
    assert [sourced.lines[0].sourced, invented.lines[0].sourced] == [True, False]


def test_what_is_wrong_with_tariffs_is_found() -> None:
    """The reference is right; a circle, an unknown area and a reversed time are not."""
    assert list(check_tariffs(reference_tariffs(), AREAS)) == []
    wrong = [
        row_of(percent_of="a"),
        row_of(item="b", percent_of="none"),
        row_of(item="c", valid_until="2019-12-31"),
        row_of(item="d", locality={"union": "U99999"}),
        row_of(item="e", when={"fact": "form.x", "like": 1}),
    ]
    tariffs = reference_tariffs().model_copy(update={"rows": tuple(wrong)})
    places = [problem.place for problem in check_tariffs(tariffs, AREAS)]
    assert places == [
        "/rows/0/percent_of",
        "/rows/1/percent_of",
        "/rows/2/valid_until",
        "/rows/3/locality",
        "/rows/4/when",
    ]


@pytest.mark.parametrize(
    "change", [{"vat_percent": 16}, {"amount_bdt": -1}, {"locality": {}}, {"extra": 1}]
)
def test_a_row_of_another_shape_is_refused(change: dict[str, Any]) -> None:
    """With the place of what is wrong."""
    text = json.dumps({"note": "x", "currency": "BDT", "rows": [{**ROW, **change}]})
    with pytest.raises(Wrong) as wrong:
        parse_tariffs(text)
    assert wrong.value.problems[0].place.startswith("/rows/0")


ROW: dict[str, Any] = {
    "item": "a",
    "name": {"bn": "ক", "en": "a"},
    "amount_bdt": 100,
    "valid_from": "2020-01-01",
    "vat_percent": 0,
    "status": {"amount_bdt": "sourced", "valid_from": "sourced", "vat": "sourced"},
    "source": "a test",
}


def row_of(**change: Any) -> TariffRow:
    """Return a row."""
    return TariffRow.model_validate_json(json.dumps({**ROW, **change}))
