"""The catalogue's reference holds 81 public services, each with its sourcing."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from libs.bangladesh.bodies import bodies_by_id
from services.catalogue import domain
from services.catalogue.domain import FeeRuling, Ruling, as_it_stands, parse_reference

FILE = Path(domain.__file__).with_name("reference") / "services.json"
SERVICES = parse_reference(json.loads(FILE.read_text(encoding="utf-8"))["rows"])


def test_all_services_are_read_and_open() -> None:
    """81 services, each once, each with a body that exists."""
    assert len({service.public_service_id for service in SERVICES}) == len(SERVICES) == 81
    assert all(service.open and service.body in bodies_by_id() for service in SERVICES)


def test_what_is_sourced_names_its_source() -> None:
    """A value that may be shown as official says where it was published."""
    for service in SERVICES:
        sourcing = service.sourcing
        assert (sourcing.fee == "sourced") is (sourcing.fee_source is not None)
        assert (sourcing.days == "sourced") is (sourcing.days_source is not None)
        assert (sourcing.docs == "sourced") is (sourcing.docs_source is not None)


def test_fees_and_days_are_no_less_than_nothing() -> None:
    """An unknown fee is None, never a number."""
    for service in SERVICES:
        assert service.fee_bdt is None or service.fee_bdt >= 0
        assert service.days is None or service.days > 0
        assert service.fee_bdt is None or service.sourcing.fee != "unknown"


def test_an_incomplete_row_is_a_defect() -> None:
    """A row without a field stops the start, it is not guessed."""
    with pytest.raises(KeyError):
        parse_reference([{"id": "S999"}])


def test_what_is_laid_down_stands_above_the_reference() -> None:
    """An operator's word on state or fee replaces the reference's, and nothing else."""
    service = SERVICES[0]
    assert as_it_stands(service, None) == service
    assert as_it_stands(service, Ruling("S001")) == service
    closed = as_it_stands(service, Ruling("S001", open=False))
    assert closed == replace(service, open=False)
    priced = as_it_stands(service, Ruling("S001", fee=FeeRuling(75, "note", "gazette")))
    assert (priced.fee_bdt, priced.fee_note, priced.open) == (75, "note", True)
    assert (priced.sourcing.fee, priced.sourcing.fee_source) == ("sourced", "gazette")
    assert priced.sourcing.days == service.sourcing.days


def test_a_fee_without_source_is_never_official() -> None:
    """Without a source a fee is illustrative, and without amount and note it is unknown."""
    heard = as_it_stands(SERVICES[0], Ruling("S001", fee=FeeRuling(75, None, None)))
    assert heard.sourcing.fee == "illustrative"
    nothing = as_it_stands(SERVICES[0], Ruling("S001", fee=FeeRuling(None, None, None)))
    assert nothing.sourcing.fee == "unknown"
