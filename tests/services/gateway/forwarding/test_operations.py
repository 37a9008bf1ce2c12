import re

from libs.contracts.topics import READING_SERVICES
from services.gateway.forwarding.operations import READERS, ROUTES, UPSTREAMS


def test_operation_has_its_own_name_and_address() -> None:
    """No two operations share a name, or a method and path."""
    assert len({operation.name for operation in ROUTES}) == len(ROUTES)
    assert len({(operation.method, operation.path) for operation in ROUTES}) == len(ROUTES)


def test_addresses_that_outsiders_rely_on_are_there() -> None:
    """The paths of the published interface stay what they are."""
    found = {f"{operation.method} {operation.path}" for operation in ROUTES}
    assert found >= {
        "POST /v1/login/codes",
        "POST /v1/login/tokens",
        "GET /v1/services",
        "GET /v1/services/{public_service_id}",
        "POST /v1/applications",
        "GET /v1/applications",
        "GET /v1/applications/{tracking_number}",
        "GET /v1/applications/{tracking_number}/events",
        "POST /v1/applications/{tracking_number}/corrections",
        "POST /v1/applications/{tracking_number}/withdrawal",
    }


def test_literal_address_comes_before_the_one_with_a_parameter() -> None:
    """Routes are tried in order, so a parameter must not swallow a literal neighbour."""
    seen: list[tuple[str, str]] = []
    for operation in ROUTES:
        for method, path in seen:
            pattern = re.sub(r"\{[a-z_]+\}", "[^/]+", path)
            if method == operation.method:
                assert not re.fullmatch(pattern, operation.path)
        seen.append((operation.method, operation.path))


def test_only_what_is_the_same_for_everyone_is_kept() -> None:
    """A kept answer is never one person's."""
    for operation in ROUTES:
        if operation.cached:
            assert (operation.upstream, operation.method) == ("catalogue", "GET")
            assert not operation.needs_token


def test_everything_but_login_and_catalogue_needs_a_token() -> None:
    """An operation about a citizen cannot be left open by an oversight."""
    for operation in ROUTES:
        is_open = operation.upstream == "catalogue" or operation.path.startswith("/v1/login/")
        assert operation.needs_token != is_open


def test_owner_is_a_service() -> None:
    """Each operation is answered by a service behind the gateway, or by the gateway itself."""
    upstreams = {operation.upstream for operation in ROUTES} | set(READERS)
    assert upstreams == {*UPSTREAMS, "gateway", "named in the path"}
    assert set(READERS) == set(READING_SERVICES)
