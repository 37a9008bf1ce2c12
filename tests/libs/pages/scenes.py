"""Forms of the reference data, requests of a browser, and pages as it reads them."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

from starlette.requests import Request
from starlette.responses import Response

from libs.bangladesh.bodies import bodies
from libs.contracts.catalogue import ServiceView
from libs.contracts.language import Language
from libs.ids import new_id
from libs.pages.forms.filling import Filling, without_answers
from libs.pages.visits import Login, Visit
from services.catalogue.public_services.reference import read_reference
from services.catalogue.public_services.service_index import ServiceIndex
from tests.libs.pages.html_suite import check
from tools.virtual_users.pages import Page, read_page

LOGIN = Login("access", "refresh", 2e9, "0190bbbb-0000-7000-8000-000000000001", "+8801712345678")


@cache
def index() -> ServiceIndex:
    """The catalogue in memory."""
    return ServiceIndex(read_reference().services, bodies())


@cache
def service(public_service_id: str) -> ServiceView:
    """A public service as the API shows it; S000 is any of those with the common form."""
    return index().view("S002" if public_service_id == "S000" else public_service_id)


KINDS = {kind.kind: kind for kind in index().document_kinds().items}


def filling(public_service_id: str, typed: Mapping[str, str] | None = None) -> Filling:
    """A form that somebody fills in."""
    return replace(without_answers(service(public_service_id), new_id()), typed=typed or {})


def request_of(path: str = "/", language: Language = "bn", login: Login | None = LOGIN) -> Request:
    """A request of a browser."""
    visit = Visit(language=language, path=path, query="", address="198.18.0.1", login=login)
    state = {"visit": visit}
    scope = {"type": "http", "method": "GET", "path": path, "headers": [], "state": state}
    return Request(scope)


def page_of(response: Response, path: str = "/") -> Page:
    """A page as a browser reads it."""
    text = bytes(response.body).decode()
    page = read_page(f"http://pages{path}", response.status_code, text, response.headers)
    check(page)
    return page
