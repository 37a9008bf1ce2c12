"""Pages of the portal without a server, and forms of the reference data."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from libs.contracts.language import Language
from libs.errors import FieldError
from libs.pages.assets import read_assets
from libs.pages.errors import PageError
from libs.pages.form_tokens import FormTokens
from libs.pages.forms import controls, rules
from libs.pages.forms.filling import Filling
from libs.pages.forms.questions import PAPER_ID, Section
from libs.pages.papers import DRAWINGS
from libs.pages.rendering import Pages
from services.applications.forms import rules as checking
from services.applications.forms.rules import Form, compile_form
from services.catalogue.public_services.reference import read_reference
from services.portal import main as portal
from services.portal.forms.views import section_page
from services.portal.search.rules import papers_of, required_of, who_can_apply
from tests.libs.pages.scenes import KINDS, page_of, request_of, service
from tools.virtual_users.pages import Page, filled, papers_named

TEMPLATES = sorted(Path(portal.__file__).parent.glob("*/templates"))
PAGES = Pages(
    TEMPLATES,
    FormTokens(bytes(32)),
    read_assets(),
    secure=False,
    shared={"desk": "http://desk", "owner": None},
)
TODAY = date(2026, 11, 27)
SERVICE_IDS = tuple(sorted(one.public_service_id for one in read_reference().services))
FORM_IDS = (
    "S000", "S001", "S004", "S005", "S010", "S016", "S020", "S024", "S025", "S031", "S043", "S055",
)  # fmt: skip


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


def section_of(
    form: Filling, section: Section, language: Language = "bn", *errors: PageError
) -> Page:
    """The page of a section."""
    request = request_of(language=language)
    return page_of(
        section_page(request, PAGES, form, section, stored=form.typed, errors=list(errors))
    )


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
