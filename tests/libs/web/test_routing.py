from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from libs.web.routing import Routes


async def endpoint(_: Request) -> Response:
    return Response()


def route(path: str, *methods: str) -> Route:
    return Route(path, endpoint, methods=methods or ["GET"])


def scope(method: str, path: str) -> dict[str, Any]:
    return {"type": "http", "method": method, "path": path, "root_path": ""}


def test_first_route_in_order_wins() -> None:
    """An address without parameters does not overtake one with parameters that stands before it."""
    general, special = route("/areas/{kind}"), route("/areas/postcodes")
    assert Routes([general, special]).find(scope("GET", "/areas/postcodes"))[0] is general
    assert Routes([special, general]).find(scope("GET", "/areas/postcodes"))[0] is special


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT"])
def test_every_method_of_an_address_finds_its_route(method: str) -> None:
    """An address may have a route for each method; HEAD goes with GET."""
    read, write = route("/a"), route("/a", "PUT")
    expected = write if method == "PUT" else read
    assert Routes([read, write]).find(scope(method, "/a")) == (expected, set())


def test_parameters_are_put_into_the_scope() -> None:
    """What stands in the address reaches the endpoint."""
    asked = scope("GET", "/a/NS-1")
    Routes([route("/a/{number}")]).find(asked)
    assert asked["path_params"] == {"number": "NS-1"}


def test_methods_that_would_do_are_named() -> None:
    """Where only the method is wrong, the right ones are told; elsewhere none."""
    routes = Routes([route("/a"), route("/a", "PUT")])
    assert routes.find(scope("POST", "/a")) == (None, {"GET", "HEAD", "PUT"})
    assert routes.find(scope("GET", "/b")) == (None, set())
