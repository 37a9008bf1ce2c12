"""The list and the views of public services, whatever the transport."""

from dataclasses import replace

import pytest

from libs.errors import Refused
from services.catalogue.reference_files import read_reference
from services.catalogue.shelf import ServiceQuery, Shelf

ALL = ServiceQuery(q=None, category=None, body=None, open=None, limit=100)


def shelf() -> Shelf:
    """A shelf on which one service is closed."""
    reference = read_reference()
    closed, *others = reference.services
    return Shelf([replace(closed, open=False), *others], reference.bodies)


def test_closed_services_are_shown_as_closed() -> None:
    """A closed service stays in the list, so that people learn that it is closed."""
    rows = shelf().list_services(ALL).items
    assert [row.public_service_id for row in rows if not row.open] == ["S001"]
    open_only = shelf().list_services(replace(ALL, open=True))
    assert open_only.total == 80


def test_the_limit_cuts_after_the_filters() -> None:
    """A filter never makes a page shorter than it has to be."""
    found = shelf().list_services(replace(ALL, q="সনদ", category="certificate", limit=2))
    assert len(found.items) == 2
    assert found.total > 2
    assert all(row.category == "certificate" for row in found.items)


def test_a_long_question_is_read_as_far_as_it_is_searched() -> None:
    """Text beyond what the search reads makes no other question."""
    once = shelf().list_services(replace(ALL, q="passport"))
    long = shelf().list_services(replace(ALL, q="passport" + " " * 500 + "x" * 100_000))
    assert long == once


def test_an_unknown_service_is_refused() -> None:
    """There is no view of what is not there."""
    with pytest.raises(Refused, match="public_service_not_found"):
        shelf().view("S999")
