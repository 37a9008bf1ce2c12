"""Pages of the portal without a server, and forms of the reference data."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from libs.bangladesh.bodies import bodies
from libs.contracts.catalogue import ServiceView
from libs.contracts.language import Language
from libs.errors import FieldError
from libs.ids import new_id
from libs.pages.assets import read_assets
from libs.pages.errors import PageError
from libs.pages.form_tokens import FormTokens
from libs.pages.forms import controls, rules
from libs.pages.forms.filling import Filling
from libs.pages.forms.questions import PAPER_ID, Section, read_form
from libs.pages.papers import DRAWINGS
from libs.pages.rendering import Pages
from libs.pages.visits import Login, Visit
from services.applications.forms import rules as checking
from services.applications.forms.rules import Form, compile_form
from services.catalogue.public_services.reference import read_reference
from services.catalogue.public_services.service_index import ServiceIndex
from services.portal import main as portal
from services.portal.forms.views import section_page
from services.portal.search.rules import papers_of, required_of, who_can_apply
from tools.virtual_users.pages import Page, filled, papers_named, read_page

SECRET = "only-for-tests-0123456789-0123456789"
TEMPLATES = sorted(Path(portal.__file__).parent.glob("*/templates"))
PAGES = Pages(TEMPLATES, FormTokens(bytes(32)), read_assets(), secure=False)
TODAY = date(2026, 11, 27)
LOGIN = Login("access", "refresh", 2e9, "0190bbbb-0000-7000-8000-000000000001", "+8801712345678")
SERVICE_IDS = tuple(sorted(one.public_service_id for one in read_reference().services))
FORM_IDS = ("S000", "S001", "S005", "S010", "S016", "S020", "S024", "S025", "S031", "S043", "S055")


@cache
def index() -> ServiceIndex:
    """The catalogue in memory."""
    return ServiceIndex(read_reference().services, bodies())


@cache
def service(public_service_id: str) -> ServiceView:
    """A public service as the API shows it; S000 is any of those with the common form."""
    return index().view("S002" if public_service_id == "S000" else public_service_id)


def filling(public_service_id: str, typed: Mapping[str, str] | None = None) -> Filling:
    """A form that somebody fills in."""
    view = service(public_service_id)
    return Filling(
        draft_id=new_id(),
        service=view,
        form=read_form(view.form, view.form_sections),
        typed=typed or {},
        seen=(),
        revision=0,
        form_version=view.form_version,
        tracking_number=None,
    )


KINDS = {one.kind: one for one in index().document_kinds().items}


def start_page(public_service_id: str, language: Language) -> str:
    """The start page of a service."""
    view = service(public_service_id)
    shown = PAGES.show(
        request_of(language=language),
        "service.html",
        service=view,
        required=required_of(view),
        papers=papers_of(view),
        who=who_can_apply(view, KINDS),
        kinds=KINDS,
        drawings=DRAWINGS,
    )
    return bytes(shown.body).decode()


def request_of(path: str = "/", language: Language = "bn", login: Login | None = LOGIN) -> Request:
    """A request of a browser."""
    visit = Visit(language=language, path=path, query="", address="198.18.0.1", login=login)
    state = {"visit": visit}
    scope = {"type": "http", "method": "GET", "path": path, "headers": [], "state": state}
    return Request(scope)


def page_of(response: Response, path: str = "/") -> Page:
    """A page as a browser reads it."""
    text = bytes(response.body).decode()
    return read_page(f"http://portal{path}", response.status_code, text, response.headers)


def section_of(
    form: Filling, section: Section, language: Language = "bn", *errors: PageError
) -> Page:
    """The page of a section."""
    request = request_of(language=language)
    return page_of(section_page(request, PAGES, form, section, errors=list(errors)))


def filled_in(form: Filling, section: Section, answers: Mapping[str, Any]) -> Filling:
    """A form after somebody has answered all that its page asks, whatever it asks later."""
    before: set[str] = set()
    while True:
        shown = section_of(form, section).form("shown")
        if set(shown.controls) == before:
            return form
        before = set(shown.controls)
        posted = {**shown.fields, **filled(shown, answers)}
        papers = {f"{name}.{PAPER_ID}": one for name, one in papers_named(shown, answers).items()}
        typed = controls.typed_in(section, posted, {**form.typed, **papers})
        form = replace(form, typed=typed)


def errors_of(form: Filling, fields: list[str] | None = None) -> tuple[FieldError, ...]:
    """What the API finds wrong."""
    body = rules.body_of(form.form, form.typed)
    return checking.find_errors(compiled(form.service.public_service_id), body, TODAY, fields)


@cache
def compiled(public_service_id: str) -> Form:
    """A form as the API checks it."""
    view = service(public_service_id)
    return compile_form(view.form, view.form_rules)
