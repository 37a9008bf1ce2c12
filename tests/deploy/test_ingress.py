"""The ingress against the services behind it."""

import re

import pytest

from libs.pages.visits import ENGLISH
from libs.web.signed.document_links import LINKS_PATH
from operations.declarations import routes_of
from services.gateway.documentation.document import api_document
from services.gateway.documentation.routes import page_routes
from services.registry import entry_of
from tests.deploy.manifests import DEPLOY, named, nginx_settings, of_kind

_HOSTS = {"portal": "nagorik.example", "desk": "desk.nagorik.example"}
_ROUTES = {service: routes_of(entry_of(service).package) for service in _HOSTS}
_PAGES = sorted({(service, route.path) for service in _HOSTS for route in _ROUTES[service]})
_API = {*api_document()["paths"], *(page_route.path for page_route in page_routes({}))}


def test_a_certificate_for_the_outside_has_a_secret_of_its_own() -> None:
    """cert-manager writes no certificate of our authority into it; the README names it."""
    shown = {entry["secretName"] for each in of_kind("Ingress") for entry in each["spec"]["tls"]}
    made = {each["spec"]["secretName"] for each in of_kind("Certificate")}
    readme = (DEPLOY / "README.md").read_text(encoding="utf-8")
    assert shown & made == set()
    assert {name for name in shown if f"`{name}`" not in readme} == set()


@pytest.mark.parametrize(("service", "path"), _PAGES)
def test_every_page_is_reached(service: str, path: str) -> None:
    """The ingress passes every route of portal and desk on to it, in both languages."""
    assert _behind(_HOSTS[service], path) == {service}
    assert _behind(_HOSTS[service], f"{ENGLISH}{path}") == {service}


@pytest.mark.parametrize(("service", "path"), [("portal", "/counter"), ("desk", "/applications")])
def test_the_pages_of_citizens_and_of_staff_have_different_addresses(
    service: str, path: str
) -> None:
    """Nothing of the one is reached at the name of the other."""
    assert _behind(_HOSTS[service], path) == set()


@pytest.mark.parametrize("path", sorted(_API))
def test_every_operation_of_the_api_is_reached(path: str) -> None:
    """The ingress passes every public route of the gateway on to it."""
    assert _behind("api.nagorik.example", path) == {"gateway"}


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/metrics"])
def test_health_and_metrics_are_not_reached(path: str) -> None:
    """They are for probes and the monitoring inside the cluster."""
    hosts = {rule["host"] for each in of_kind("Ingress") for rule in each["spec"]["rules"]}
    assert {service for host in hosts for service in _behind(host, path)} == set()


@pytest.mark.parametrize("service", sorted(_HOSTS))
def test_files_pass_through_the_ingress_of_pages(service: str) -> None:
    """It refuses no body that a page takes, stores none, and waits for the slowest answer."""
    limits = [each.limits for each in _ROUTES[service]]
    settings = nginx_settings(named("Ingress", service))
    size = settings["proxy-body-size"]
    assert size.endswith("m")
    assert int(size[:-1]) * 1024**2 >= max(limit.body_bytes or 0 for limit in limits)
    assert int(settings["proxy-read-timeout"]) > max(limit.deadline_s or 0 for limit in limits)
    assert settings["proxy-request-buffering"] == "off"


@pytest.mark.parametrize("path", ["/v1/live-views", LINKS_PATH])
def test_an_address_that_opens_something_is_in_no_access_log(path: str) -> None:
    """Who reads the log would open a citizen's live view, or a paper for fifteen minutes."""
    (ingress,) = [
        each
        for each in of_kind("Ingress")
        for rule in each["spec"]["rules"]
        if path in {own["path"] for own in rule["http"]["paths"]}
    ]
    assert nginx_settings(ingress)["enable-access-log"] == "false"


def _behind(host: str, template: str) -> set[str]:
    """The services to which the ingress passes a path of a host; of a template, any path."""
    asked = _elements(re.sub(r"\{\w+\}", "any", template, flags=re.ASCII))
    return {
        path["backend"]["service"]["name"]
        for each in of_kind("Ingress")
        for rule in each["spec"]["rules"]
        if rule["host"] == host
        for path in rule["http"]["paths"]
        if asked == (own := _elements(path["path"]))
        or (path["pathType"] == "Prefix" and asked[: len(own)] == own)
    }


def _elements(path: str) -> list[str]:
    """The elements of a path: a Prefix of Kubernetes has whole ones, and no slash at its end."""
    return path.rstrip("/").split("/")
