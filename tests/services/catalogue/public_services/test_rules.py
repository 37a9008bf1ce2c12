from dataclasses import replace

import pytest

from libs.bangladesh.bodies import bodies_by_id
from services.catalogue.public_services.reference import (
    category_names,
    fee_cases,
    read_reference,
)
from services.catalogue.public_services.rules import (
    FeeOverride,
    Override,
    apply_override,
    parse_reference,
)

SERVICES = read_reference().services


def test_all_services_are_read_and_open() -> None:
    """The reference has 81 services with distinct ids and existing bodies; payments are closed."""
    assert len({service.public_service_id for service in SERVICES}) == len(SERVICES) == 81
    assert all(service.body in bodies_by_id() for service in SERVICES)
    assert [service.name_en for service in SERVICES if not service.open] == [
        "Holding tax payment",
        "Land development tax payment",
        "Electricity bill payment",
        "Gas bill payment",
    ]


def test_every_category_has_a_name_in_both_languages() -> None:
    """Every category in use has a name, and every named category is in use."""
    assert {service.category for service in SERVICES} == set(category_names())
    assert all(name.bn and name.en for name in category_names().values())
    assert list(category_names()) == sorted(category_names())


def test_a_sourced_value_has_a_source() -> None:
    """A value has a source if its basis is `sourced`, and otherwise none."""
    for service in SERVICES:
        assert (service.fee_basis == "sourced") is (service.fee_source is not None)
        assert (service.days_basis == "sourced") is (service.days_source is not None)
        assert (service.docs_basis == "sourced") is (service.docs_source is not None)


def test_fees_and_days_are_not_negative() -> None:
    """An unknown fee is None, never a number."""
    for service in SERVICES:
        assert service.fee_bdt is None or service.fee_bdt >= 0
        assert service.days is None or service.days > 0
        assert service.fee_bdt is None or service.fee_basis != "unknown"


def test_an_incomplete_row_is_an_error() -> None:
    """A row that lacks a field raises KeyError."""
    with pytest.raises(KeyError):
        parse_reference([{"id": "S999"}])


def test_an_override_replaces_the_reference() -> None:
    """An override replaces only the state and the fee of the reference."""
    service = SERVICES[0]
    assert apply_override(service, None) == service
    assert apply_override(service, Override("S001")) == service
    closed = apply_override(service, Override("S001", open=False))
    assert closed == replace(service, open=False)
    priced = apply_override(service, Override("S001", fee=FeeOverride(75, "note", "gazette")))
    assert (priced.fee_bdt, priced.fee_note, priced.open) == (75, "note", True)
    assert (priced.fee_basis, priced.fee_source) == ("sourced", "gazette")
    assert priced.days_basis == service.days_basis


def test_a_fee_without_source_is_not_official() -> None:
    """Without a source a fee is illustrative, and without amount and note it is unknown."""
    unsourced = apply_override(SERVICES[0], Override("S001", fee=FeeOverride(75, None, None)))
    assert unsourced.fee_basis == "illustrative"
    unknown = apply_override(SERVICES[0], Override("S001", fee=FeeOverride(None, None, None)))
    assert unknown.fee_basis == "unknown"


def test_what_a_published_fee_depends_on_is_sourced_and_named() -> None:
    """A fee with a note has cases, or is asked at the office; no other fee has cases."""
    services = {service.public_service_id: service for service in SERVICES}
    for public_service_id, known in fee_cases().items():
        service = replace(services.pop(public_service_id), fee_cases=known.cases)
        assert (service.fee_basis, bool(service.fee_note)) == ("sourced", True)
        assert service.cases() == known.cases
    for service in services.values():
        asked = service.fee_basis == "sourced" and service.fee_note is not None
        assert [case.amount_bdt for case in service.cases()] == ([None] if asked else [])


def test_a_fee_that_an_operator_set_has_no_cases_of_the_reference() -> None:
    """The amount of the override counts for everybody, and with a note the office is asked."""
    service = replace(SERVICES[0], fee_cases=fee_cases()["S001"].cases)
    fixed = apply_override(service, Override("S001", fee=FeeOverride(75, None, "gazette")))
    assert (fixed.cases(), fixed.fee_decided_by) == ((), None)
    noted = apply_override(service, Override("S001", fee=FeeOverride(75, "mostly", "gazette")))
    assert [case.amount_bdt for case in noted.cases()] == [None]
