"""The forms of all 81 public services, from the schema to the page and back to the body."""

import re
from dataclasses import replace

import pytest

from libs.contracts.language import Language
from libs.pages.errors import PageError
from libs.pages.forms import controls, rules
from libs.pages.forms.questions import PAPER_ID, Section
from services.applications.forms.rules import check_form, compile_form
from services.portal.forms.views import path_after, section_path
from tests.libs.pages.scenes import filling
from tests.services.applications.scenes import papers
from tests.services.catalogue.public_services.scenes import fillings
from tests.services.portal.scenes import (
    FORM_IDS,
    SERVICE_IDS,
    TODAY,
    errors_of,
    filled_in,
    section_of,
)
from tools.virtual_users.forms import valid_answers

MOST_SECTIONS = 6
JUNK = ("!", "x" * 3_000, "৯৯৯৯৯৯৯৯৯৯৯৯৯৯৯৯৯৯৯৯", "<b>&\"'", "\u202e./..", "0")


def test_no_form_has_more_than_six_pages() -> None:
    """An application is five screens and one for each section."""
    assert {one for one in SERVICE_IDS if len(filling(one).form.sections) > MOST_SECTIONS} == set()


@pytest.mark.parametrize("public_service_id", SERVICE_IDS)
@pytest.mark.parametrize("language", ["bn", "en"])
def test_every_section_asks_each_of_its_questions(
    public_service_id: str, language: Language
) -> None:
    """Each question has its controls, each control an id of its own, and each id a label."""
    form = filling(public_service_id)
    for section in form.form.sections:
        page = section_of(form, section, language)
        asked = rules.questions_asked(form.form, section, {})
        shown = controls.shown_controls(asked, {})
        assert page.status == 200
        papers = {f"{name}.{PAPER_ID}" for name in page.form("shown").buttons.get("paper", ())}
        assert {*page.form("shown").controls, *papers} == shown
        assert page.form("shown").fields["shown"].split() == sorted(shown)
        for question in asked:
            assert question.place in page.ids
            assert f"q-{question.name}" in page.ids
            assert question.label.in_language(language) in page.text


@pytest.mark.parametrize("public_service_id", SERVICE_IDS)
def test_a_form_that_is_filled_in_on_its_pages_is_accepted(public_service_id: str) -> None:
    """Right answers, typed into the controls of the pages, are the body that the API takes."""
    form = filling(public_service_id)
    answers = valid_answers(public_service_id, form.service.form)
    for section in form.form.sections:
        form = filled_in(form, section, answers)
    compiled = compile_form(form.service.form, form.service.form_rules)
    assert check_form(compiled, form.body, TODAY, papers()) == answers
    assert errors_of(form) == ()


@pytest.mark.parametrize("form_id", FORM_IDS)
def test_every_choice_leads_to_the_questions_that_follow_from_it(form_id: str) -> None:
    """With each choice just what is asked is sent, also after another choice was answered."""
    form = filling(form_id)
    for answers in fillings(form.service.form):
        for section in form.form.sections:
            form = filled_in(form, section, answers)
        assert form.body.keys() <= answers.keys() | {"via_deeds"}
        assert {name: form.body[name] for name in answers} == answers


def test_a_changed_answer_leads_to_the_answered_page_that_now_asks_more() -> None:
    """The way is made from the answers: a shop that is a company's now needs its memorandum."""
    form = filling("S010")
    answers = next(one for one in fillings(form.service.form) if one["ownership"] != "company")
    for section in form.form.sections:
        form = filled_in(form, section, answers)
    form = replace(form, seen=tuple(one.section_id for one in form.form.sections))
    section = next(one for one in form.form.sections if _asks(one, "ownership"))
    assert path_after(form, section).endswith("/check")
    changed = replace(form, typed={**form.typed, "ownership": "company"})
    now = path_after(changed, section).rpartition("/")[2]
    assert _asks(changed.form.section(now), "memorandum")
    later = next(one for one in form.form.sections if _asks(one, "memorandum"))
    assert path_after(replace(changed, seen=()), later) == section_path(
        changed, form.form.sections[0]
    )


def _asks(section: Section | None, name: str) -> bool:
    """Whether a section has a question."""
    return section is not None and any(one.name == name for one in section.questions)


@pytest.mark.parametrize("form_id", FORM_IDS)
def test_answers_that_were_sent_are_typed_in_again(form_id: str) -> None:
    """A correction begins with what was sent: the body becomes what was typed, and back."""
    form = filling(form_id)
    for answers in fillings(form.service.form):
        assert rules.body_of(form.form, rules.typed_of(form.form, answers)) == answers


@pytest.mark.parametrize("form_id", FORM_IDS)
def test_a_missing_answer_is_an_error_at_its_question(form_id: str) -> None:
    """The error leads to a control of the question on the page of its section."""
    form = filling(form_id)
    for section in form.form.sections:
        asked = rules.questions_asked(form.form, section, {})
        page = section_of(form, section)
        found = errors_of(form, [question.name for question in asked])
        places = {controls.place_of(one.pointer, form.form, set(page.ids)) for one in found}
        assert places <= page.ids
        required = rules.required_by(form.form, {})
        assert {place.partition(".")[0] for place in places} == {
            question.name for question in asked if question.name in required
        }


@pytest.mark.parametrize("form_id", FORM_IDS)
def test_an_error_is_read_out_with_its_control_or_the_group_of_it(form_id: str) -> None:
    """Whoever does not see the page hears what is wrong where it is corrected."""
    form = filling(form_id)
    for section in form.form.sections:
        asked = rules.questions_asked(form.form, section, {})
        places = {question.place for question in asked}
        page = section_of(form, section, "bn", *(PageError(place, "ভুল") for place in places))
        described = " ".join(re.findall(r'aria-describedby="([^"]*)"', page.html)).split()
        assert {f"{place}-error" for place in places} <= set(described)
        assert set(described) <= page.ids


@pytest.mark.parametrize("form_id", FORM_IDS)
def test_headings_of_a_section_are_in_order(form_id: str) -> None:
    """No level is left out between the title of a page and what is inside it."""
    form = filling(form_id)
    for section in form.form.sections:
        levels = re.findall(r"<h([1-6])", section_of(form, section).html)
        assert set(levels) <= {"1", "2"}


@pytest.mark.parametrize("form_id", FORM_IDS)
def test_a_wrong_answer_is_an_error_at_its_control(form_id: str) -> None:
    """Whatever is typed into one control, errors lead to controls of its question only."""
    form = filling(form_id)
    answers = valid_answers(form.service.public_service_id, form.service.form)
    for section in form.form.sections:
        form = filled_in(form, section, answers)
    for section in form.form.sections:
        for name in section_of(form, section).form("shown").controls:
            field = controls.field_of(name)
            for junk in JUNK:
                wrong = replace(form, typed={**form.typed, name: junk})
                shown = controls.shown_controls(section.questions, wrong.typed)
                for error in errors_of(wrong, [field]):
                    place = controls.place_of(error.pointer, form.form, shown)
                    assert place in shown
                    assert controls.field_of(place) == field


def test_a_photo_is_not_asked_for_a_day_of_issue() -> None:
    """Nobody issues one; a paper has such a day."""
    asked = {
        question.document_kind: {part.key for part in question.parts}
        for form_id in FORM_IDS
        for question in filling(form_id).form.questions
        if question.kind == "paper"
    }
    assert {kind for kind, parts in asked.items() if "issued_on" not in parts} == {
        "passport_photo",
        "licence_photo",
        "live_photo",
    }
