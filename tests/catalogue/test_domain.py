"""The catalogue's reference holds 81 public services, each with its sourcing."""

import json
from pathlib import Path

import pytest

from libs.bangladesh.bodies import bodies_by_id
from services.catalogue import domain
from services.catalogue.domain import parse_reference

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
