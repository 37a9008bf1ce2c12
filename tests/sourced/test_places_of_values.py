"""Fees and times stand in texts that were looked at, and in no other."""

import re
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final, get_args

import pytest

from libs.bangladesh.text import ascii_digits
from libs.contracts.applications import ApplicationView
from libs.contracts.language import Language, Text
from libs.ids import new_id, new_tracking_number
from services.catalogue.public_services.reference import read_reference
from services.ministries.deliveries.adapters.files import COLUMNS
from services.notifications.messages.templates import Template, application_text, code_text
from services.portal.applications import rules
from tests.libs.pages.scenes import request_of, service
from tests.services.portal.scenes import PAGES

ROOT: Final = Path(__file__).parents[2]
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)
VALUES: Final = re.compile(r"\b(?:\w*fee\w*|\w*amount_bdt|\w*_bdt|service_deadline\w*)\b")
NAMES: Final = re.compile(r"\{[{%].*?[%}]\}", re.DOTALL)
TEXT: Final = re.compile(r"\"[^\"]*\"|'[^']*'")
KNOWN: Final = {
    "libs/pages/templates/sourced.html": "what was not published is marked, and has no amount",
    "services/portal/search/templates/service.html": "rendered for each service, all invented",
    "services/portal/helpers/templates/rates.html": "rendered for a board, all invented",
    "services/portal/applications/templates/confirmation.html": "rendered for each service, below",
    "services/portal/applications/templates/application.html": "days come from a source only",
    "services/portal/grievances/templates/grievance.html": "days come from a source only",
    "services/portal/helpers/templates/helpers.html": "a mandate: published, or told and marked",
    "services/desk/programme/templates/price.html": "what a centre charges, as it is set",
    "services/desk/programme/templates/prices.html": "what a centre charges, as it is set",
    "services/desk/counter/templates/new.html": "a price list's row, whose fee is published",
    "services/desk/counter/templates/mandate.html": "a mandate",
    "services/desk/counter/templates/payment_receipt.html": "a mandate",
    "services/desk/counter/templates/banner.html": "a mandate",
    "services/desk/counter/templates/account.html": "mandates; what was told has a sum of its own",
    "services/desk/witness/templates/consent.html": "a mandate",
    "services/desk/rollout/templates/area.html": "of consents: published, or as the office told",
    "services/desk/rollout/templates/rollout_words.html": "as the line above",
    "services/desk/publishing/templates/publishing_service.html": "only whether one is said",
}


def test_no_other_page_or_print_has_a_fee_or_a_time() -> None:
    """A page that is to show one is looked at, and gets its line here."""
    found = {
        str(path.relative_to(ROOT))
        for path in (*ROOT.glob("services/**/*.html"), *ROOT.glob("libs/pages/**/*.html"))
        for name in NAMES.findall(path.read_text(encoding="utf-8"))
        if VALUES.search(TEXT.sub("", name))
    }
    assert found == set(KNOWN)


def test_no_file_for_a_ministry_has_a_column_of_a_fee_or_a_time() -> None:
    """A batch of files, CSV or XLSX, has these columns and a form's answers, and no others."""
    assert not [name for name in COLUMNS if VALUES.search(name) or re.search("day|due|dead", name)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sms_about_an_application_has_an_amount(language: Language) -> None:
    """Only the consent and its receipt have one, and they are of a mandate."""
    number = new_tracking_number(new_id())
    texts = [code_text(language, "482913")]
    for template in get_args(Template):
        if template != "login_code":
            name = Text(bn="জন্ম নিবন্ধন", en="Birth registration")
            texts.append(application_text(template, language, tracking_number=number, name=name))
    for text in texts:
        plain = ascii_digits(text).replace(number, "").replace("482913", "")
        assert set(re.findall(r"[0-9]+", plain)) <= {"333"}, text
        assert not re.search(r"টাকা|Tk|taka|৳", plain), text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_print_of_an_application_has_published_fees_only(language: Language) -> None:
    """Of every service as it is in the reference; the others say where to ask."""
    application = ApplicationView(**APPLICATION)
    for known in read_reference().services:
        view = service(known.public_service_id)
        is_published = view.fee.claim.status == "sourced"
        shown = PAGES.show(
            request_of(language=language),
            "confirmation.html",
            application=application,
            meaning=rules.meaning_of("with_ministry", None),
            sent=SimpleNamespace(service=view),
            names=[],
            phone="",
        )
        page = ascii_digits(bytes(shown.body).decode()).replace(",", "")
        fee = page.partition("dl class")[2].partition("note")[0]
        amounts = re.search(r"(?:Tk |৳)[0-9]|[0-9] টাকা", fee)
        assert is_published or amounts is None, known.public_service_id
        assert ("Not confirmed" in page or "নিশ্চিত নয়" in page) is not is_published


APPLICATION: dict[str, Any] = {
    "tracking_number": new_tracking_number(new_id()),
    "application_id": new_id(),
    "public_service_id": "S001",
    "public_service_name": Text(bn="সেবা", en="Service"),
    "ministry": "lgd",
    "status": "with_ministry",
    "submitted_at": datetime(2026, 11, 29, tzinfo=UTC),
    "form_origin": "ministry",
    "timeline": [],
}
