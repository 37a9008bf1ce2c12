from dataclasses import replace

from libs.contracts.catalogue import ServicesQuery
from services.catalogue.public_services.reference import read_reference
from services.catalogue.public_services.service_index import ServiceIndex


def index() -> ServiceIndex:
    """An index in which one service is closed."""
    reference = read_reference()
    closed, *others = reference.services
    return ServiceIndex([replace(closed, open=False), *others], reference.bodies)


def test_closed_services_are_listed_as_closed() -> None:
    """A closed service stays in the list, unless the filter is for open ones."""
    rows = index().list_services(ServicesQuery()).items
    assert [row.public_service_id for row in rows if not row.open] == ["S001"]
    open_only = index().list_services(ServicesQuery(open="true"))
    assert open_only.total == 80


def test_the_limit_is_applied_after_the_filters() -> None:
    """A filter does not make a page shorter than the limit."""
    found = index().list_services(ServicesQuery(q="সনদ", category="certificate", limit=2))
    assert len(found.items) == 2
    assert found.total > 2
    assert all(row.category == "certificate" for row in found.items)


def test_a_long_query_is_cut() -> None:
    """Text beyond the searched length does not change the result."""
    once = index().list_services(ServicesQuery(q="passport"))
    long = index().list_services(ServicesQuery(q="passport" + " " * 500 + "x" * 100_000))
    assert long == once
