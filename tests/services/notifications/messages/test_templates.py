"""Texts of messages: short, complete and in the citizen's language."""

import json
import re
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any, get_args

import pytest

from libs.contracts.identity import ConsentRequested, MandateMessageRequested, Notice
from libs.contracts.language import Language, Text
from libs.contracts.mandates import HIGHEST_TOLD_FEE_BDT, Replacement
from libs.ids import new_id
from services.notifications.messages.segments import compose, count_segments
from services.notifications.messages.templates import (
    MOST_SEGMENTS,
    Template,
    application_text,
    code_text,
    consent_text,
    mandate_text,
    notice_text,
)
from tests.services.notifications.scenes import notice_requested

NUMBER = "NS-7K4M9-PXRT3-HC2D3"
LANGUAGES: tuple[Language, ...] = get_args(Language)
APPLICATION_TEMPLATES: list[Template] = [t for t in get_args(Template) if t != "login_code"]
REFERENCE = Path(__file__).parents[4] / "services/catalogue/reference"
FEE_CASES = json.loads((REFERENCE / "fee_cases.json").read_text(encoding="utf-8"))["rows"]
CODE: dict[str, Any] = {"code": "482913", "cap_bdt": 45, "expires_at": datetime.now(UTC)}


@pytest.fixture(scope="module")
def names() -> list[Text]:
    """The names of all public services of the pilot."""
    rows: list[dict[str, Any]] = json.loads(
        (REFERENCE / "services.json").read_text(encoding="utf-8")
    )["rows"]
    return [Text(bn=row["name_bn"], en=row["name_en"]) for row in rows]


@pytest.mark.parametrize("template", APPLICATION_TEMPLATES)
def test_a_message_takes_two_segments(template: Template, names: list[Text]) -> None:
    """With the name of any of the 81 services, in both languages.

    A message about a delay is rare, and may take three.
    """
    most = 3 if template in {"delayed", "delayed_by_platform"} else 2
    for language in LANGUAGES:
        for name in names:
            text = application_text(template, language, tracking_number=NUMBER, name=name)
            assert count_segments(text) <= most, text
            assert text.startswith(compose(name.in_language(language)))


@pytest.mark.parametrize("template", APPLICATION_TEMPLATES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_names_the_tracking_number_and_the_sender(
    template: Template, language: Language
) -> None:
    """The tracking number has Latin capitals in both languages."""
    text = application_text(template, language, tracking_number=NUMBER, name=None)
    assert NUMBER in text
    assert text.endswith("নাগরিক সেবা" if language == "bn" else "Nagorik Sheba")


@pytest.mark.parametrize("template", APPLICATION_TEMPLATES)
def test_english_without_a_name_fits_one_segment(template: Template) -> None:
    """English texts use the GSM alphabet."""
    assert count_segments(application_text(template, "en", tracking_number=NUMBER, name=None)) == 1


def test_a_name_too_long_for_three_segments_is_left_out() -> None:
    """The message then has the tracking number only."""
    long = Text(bn="অত্যন্ত দীর্ঘ নামের সেবা " * 6, en="a very long name " * 30)
    for language in LANGUAGES:
        named = application_text("approved", language, tracking_number=NUMBER, name=long)
        assert named == application_text("approved", language, tracking_number=NUMBER, name=None)
    fitting = Text(bn="অ" * 110, en="a" * 300)
    text = application_text("approved", "bn", tracking_number=NUMBER, name=fitting)
    assert count_segments(text) == MOST_SEGMENTS


def test_a_name_is_sent_composed() -> None:
    """A name with letter and nukta is sent with one character for both."""
    name = Text(bn="\u099b\u09be\u09a1\u09bc\u09aa\u09a4\u09cd\u09b0", en="Clearance")
    text = application_text("approved", "bn", tracking_number=NUMBER, name=name)
    assert "\u09dc" in text
    assert "\u09bc" not in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_code_fits_one_segment_and_stands_first(language: Language) -> None:
    """Handsets find a one-time code at the beginning of a text."""
    text = code_text(language, "493027")
    assert text.startswith("493027 ")
    assert count_segments(text) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_message_has_a_link(language: Language) -> None:
    """So citizens can be warned of links in messages."""
    texts = [
        application_text(template, language, tracking_number=NUMBER, name=None)
        for template in APPLICATION_TEMPLATES
    ]
    for text in [*texts, code_text(language, "493027")]:
        assert not re.search(r"https?:|www\.|[a-z]\.[a-z]", text)


def test_bangla_texts_have_no_latin_words_but_the_tracking_number() -> None:
    """A Bangla message has no English words."""
    for template in APPLICATION_TEMPLATES:
        text = application_text(template, "bn", tracking_number=NUMBER, name=None)
        assert not re.search(r"[A-Za-z]", text.replace(NUMBER, ""))


@pytest.mark.parametrize("notice", get_args(Notice))
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_notice_about_an_account_takes_four_segments(notice: Notice, language: Language) -> None:
    """It is rare, and says what will happen, when, and how to stop it; it has no link."""
    text = notice_text(notice_requested(notice=notice, language=language, phone_ending="678"))
    assert count_segments(text) <= 4, text
    assert text.endswith("নাগরিক সেবা" if language == "bn" else "Nagorik Sheba")
    assert "{" not in text
    assert "http" not in text


def told(kind: type[Any], language: Language, **fields: Any) -> Any:
    """What whoever consents is told about a mandate."""
    return kind(
        **{
            "citizen_id": new_id(),
            "phone": "+8801700000000",
            "language": language,
            "public_service_name": Text(bn="জন্ম নিবন্ধন", en="Birth registration"),
            "service_centre_name": Text(bn="গুলশান সেবা কেন্দ্র", en="Gulshan Centre"),
            "helper": Text(bn="রহিম", en="Rahim"),
            "fee_bdt": 50,
            "fee_basis": "sourced",
            "form_origin": "ministry",
            "charge_bdt": 30,
            **fields,
        }
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_consent_has_price_names_and_how_to_say_no(language: Language) -> None:
    """Service, centre, first name, fee, charge and sum, for whom; the code last."""
    for applicant in (None, "R.K."):
        request = told(ConsentRequested, language, **CODE, applicant=applicant)
        text = consent_text(request)
        names = (request.public_service_name, request.service_centre_name, request.helper)
        assert all(name.in_language(language) in text for name in names)
        assert all(f" {amount}" in text.replace("Tk ", " ") for amount in (50, 30, 80))
        assert ("বলবেন না" if language == "bn" else "tell nobody") in text
        assert text.index("482913") > text.index("80")
        assert (applicant or ("আপনার" if language == "bn" else "for you")) in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_notice_of_a_use_has_the_price_and_the_number_and_no_code(language: Language) -> None:
    """And for whom, and where to complain; of a use before the stop: how to withdraw."""
    number = NUMBER
    used = told(
        MandateMessageRequested,
        language,
        notice="mandate_used",
        tracking_number=number,
        applicant="R.K.",
    )
    assert number in mandate_text(used)
    assert "R.K." in mandate_text(used)
    assert " 80" in mandate_text(used).replace("Tk ", " ")
    assert ("৩৩৩" if language == "bn" else "333") in mandate_text(used)
    late = mandate_text(used.model_copy(update={"notice": "mandate_used_before_end"}))
    assert number in late
    assert ("প্রত্যাহার" if language == "bn" else "withdraw") in late


@pytest.mark.parametrize("applicant", [None, "R.K.B."])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_consent_to_any_of_the_services_takes_three_segments(
    names: list[Text], language: Language, applicant: str | None
) -> None:
    """With the dearest fee that nobody confirmed, its case, and a long first name.

    What is required stays: price, that it is not confirmed, form, helper, code. The notice of
    the use, with its tracking number, takes four at most.
    """
    cases = [Text(**case["name"]) for row in FEE_CASES for case in row["cases"]]
    for name, case in product(names, [None, *cases]):
        fields: dict[str, Any] = {
            "public_service_name": name,
            "helper": Text(bn="মোস্তাফিজুর", en="Mostafizur"),
            "fee_bdt": HIGHEST_TOLD_FEE_BDT,
            "fee_basis": "told_by_office",
            "fee_case": case,
            "form_origin": "this_project",
            "charge_bdt": 50,
            "applicant": applicant,
        }
        text = consent_text(told(ConsentRequested, language, **fields, **CODE))
        assert count_segments(text) <= MOST_SEGMENTS, text
        used: dict[str, Any] = {"notice": "mandate_used", "tracking_number": NUMBER}
        notice = mandate_text(told(MandateMessageRequested, language, **fields, **used))
        assert count_segments(notice) <= MOST_SEGMENTS + 1, notice
        for sent in (text, notice):
            assert compose(name.in_language(language)) in sent
            assert compose("নিশ্চিত নয়" if language == "bn" else "not confirmed") in sent
            assert compose("ফরমটি সরকারি নয়" if language == "bn" else "not official") in sent
            assert compose(fields["helper"].in_language(language)) in sent
            assert str(HIGHEST_TOLD_FEE_BDT + 50) in sent


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_fee_that_is_paid_at_the_office_is_said_to_be(language: Language) -> None:
    """In the consent and in the notice of the use, without an amount, and with the charge."""
    there: dict[str, Any] = {"fee_bdt": 0, "fee_basis": "told_by_office", "fee_at_office": True}
    used: dict[str, Any] = {"notice": "mandate_used", "tracking_number": NUMBER}
    for text in (
        consent_text(told(ConsentRequested, language, **there, **CODE)),
        mandate_text(told(MandateMessageRequested, language, **there, **used)),
    ):
        assert compose("দপ্তরে দেবেন" if language == "bn" else "to be paid at the office") in text
        assert compose("সেবা 30 = 30 টাকা" if language == "bn" else "charge 30 = Tk 30") in text
        assert not re.search(r"\b0 ", text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_correction_names_what_it_changes_and_takes_two_segments(language: Language) -> None:
    """When the consent is asked for, with the code, and when it was sent; without a price."""
    fields: dict[str, Any] = {
        "tracking_number": NUMBER,
        "changes": ("name", "number", "birth_date"),
        "fee_bdt": 0,
        "charge_bdt": 0,
        "service_centre_name": Text(
            bn="নীলক্ষেত নাগরিক সেবা কেন্দ্র", en="Nilkhet Nagorik Sheba Centre"
        ),
        "helper": Text(bn="আব্দুর রহমান", en="Abdur Rahman"),
    }
    consent = told(
        ConsentRequested,
        language,
        **{**fields, "code": "482913", "cap_bdt": 45, "expires_at": datetime.now(UTC)},
    )
    sent = told(MandateMessageRequested, language, **{**fields, "notice": "mandate_used"})
    asked = consent_text(consent)
    assert "482913" in asked
    for text in (asked, mandate_text(sent)):
        assert NUMBER in text
        assert ("জন্মতারিখ" if language == "bn" else "the birth date") in text
        assert not re.search(r"টাকা|Tk ", text)
        assert count_segments(text) <= 2, (len(text), text)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("letters", [5, 60])
def test_a_correction_says_what_stood_there_and_what_will(language: Language, letters: int) -> None:
    """On the citizen's own phone, in three segments; of long names, only what will stand there."""
    before, after = ("ক" * letters, "খ" * letters) if language == "bn" else ("a" * letters, "b")
    name = Replacement(part="name", before=before, after=after)
    born = Replacement(part="birth_date", before="01-02-1990", after="02-02-1990")
    fields: dict[str, Any] = {"tracking_number": NUMBER, "changes": ("name", "birth_date")}
    text = consent_text(told(ConsentRequested, language, **CODE, **fields, replaced=(name, born)))
    assert count_segments(text) <= MOST_SEGMENTS
    assert compose(after) in text
    assert "02-02-1990)" in text
    is_short = letters == 5 or language == "en"
    assert ("(01-02-1990 > 02-02-1990)" in text) is is_short
    assert (compose(f"({before} > {after})") in text) is is_short


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_case_of_a_fee_is_sent_where_it_fits(language: Language) -> None:
    """A short one is."""
    case = Text(bn="জন্মের ৪৫ দিনের মধ্যে", en="within 45 days of birth")
    consent = told(ConsentRequested, language, fee_case=case, **CODE)
    assert compose(case.in_language(language)) in consent_text(consent)


@pytest.mark.parametrize("template", APPLICATION_TEMPLATES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_whoever_consented_for_another_reads_for_whom_and_no_outcome(
    template: Template, language: Language, names: list[Text]
) -> None:
    """Three segments at most; nobody is sent to a login that does not open the application."""
    for name in names:
        text = application_text(
            template, language, tracking_number=NUMBER, name=name, is_own=False, applicant="R.K.B."
        )
        assert count_segments(text) <= MOST_SEGMENTS, text
        assert "R.K.B.: " in text
        assert NUMBER in text
        outcome = ("মঞ্জুর", "লগইন") if language == "bn" else ("approved", "og in")
        assert not any(word in text for word in outcome)


@pytest.mark.parametrize("template", ["corrected", "corrected_at_centre", "applicant_changed"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_whoever_consented_for_another_is_not_sent_to_a_centre_for_a_correction(
    template: Template, language: Language
) -> None:
    """It is no news of the ministry, so nobody at the centre has anything to tell."""
    text = application_text(
        template, language, tracking_number=NUMBER, name=None, is_own=False, applicant="R.K.B."
    )
    said = "সংশোধন জমা হয়েছে" if language == "bn" else "The correction of application"
    assert compose(said) in text
    assert compose("খবর আছে" if language == "bn" else "news") not in text


@pytest.mark.parametrize("template", ["appealed", "appealed_at_centre", "appealed_at_office"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_whoever_consented_for_another_reads_that_an_objection_is_in(
    template: Template, language: Language
) -> None:
    """And whom to tell if it is not right."""
    text = application_text(
        template, language, tracking_number=NUMBER, name=None, is_own=False, applicant="R.K.B."
    )
    said = "একটি আপত্তি জমা হয়েছে" if language == "bn" else "An objection in application"
    assert compose(said) in text
    assert "৩৩৩" in text or "333" in text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("applicant", [None, "R.K.B."])
def test_a_consent_to_an_objection_says_for_whom_and_that_it_is_made_once(
    language: Language, applicant: str | None
) -> None:
    """Nothing is said of a price, and nothing of what was written."""
    fields: dict[str, Any] = {"tracking_number": NUMBER, "applicant": applicant}
    text = consent_text(told(ConsentRequested, language, **fields, **CODE))
    said = ("নামঞ্জুরের বিরুদ্ধে আপত্তি", "একবারই") if language == "bn" else ("object", "once")
    assert all(compose(part) in text for part in said)
    assert NUMBER in text
    assert CODE["code"] in text
    assert (applicant or "") in text
    assert count_segments(text) <= MOST_SEGMENTS


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("applicant", [None, "R.K.B."])
def test_a_consent_to_a_correction_says_for_whom(language: Language, applicant: str | None) -> None:
    """On a guardian's or shared phone: it may have consented for several."""
    fields: dict[str, Any] = {
        "tracking_number": NUMBER,
        "changes": ("name", "number", "birth_date"),
        "applicant": applicant,
    }
    sent: dict[str, Any] = {"notice": "mandate_used"}
    for text in (
        consent_text(told(ConsentRequested, language, **fields, **CODE)),
        mandate_text(told(MandateMessageRequested, language, **fields, **sent)),
    ):
        assert ("R.K.B." in text) is (applicant is not None)
        assert "None" not in text
        assert "{" not in text
        assert count_segments(text) <= MOST_SEGMENTS


@pytest.mark.parametrize("language", ["bn", "en"])
@pytest.mark.parametrize(
    "template", ["submitted", "approved", "refused", "refused_until", "appealed"]
)
def test_a_grievance_is_answered_and_not_approved(language: Language, template: Template) -> None:
    """In few segments and without the long name; another's phone reads that there is news."""
    name = Text(bn="সরকারি দপ্তরের বিরুদ্ধে অভিযোগ", en="Grievance about a government office")

    def shown(*, is_grievance: bool = True, is_own: bool = True) -> str:
        return application_text(
            template,
            language,
            tracking_number=NUMBER,
            name=name,
            is_own=is_own,
            is_grievance=is_grievance,
        )

    assert count_segments(shown()) <= 2
    assert ("grievance" if language == "en" else "অভিযোগ") in shown()
    assert "approved" not in shown()
    assert name.in_language(language) not in shown()
    assert shown(is_own=False) == shown(is_own=False, is_grievance=False)
