"""Pages of a form at the counter, without a server."""

import pytest

from libs.contracts.language import Language
from libs.contracts.problems import ProblemFieldError
from libs.pages.forms.controls import question_at
from libs.web.signed.seals import Seals
from services.portal.counter.work import Work
from tests.services.portal.scenes import KINDS, PAGES, filling, page_of, request_of


def work_of(public_service_id: str, language: Language = "bn") -> Work:
    """The correction of an application."""
    request = request_of("/counter/corrections/NS-1", language)
    return Work(request, PAGES, Seals(bytes(32)), filling(public_service_id), number="NS-1")


@pytest.mark.parametrize(
    ("language", "says"),
    [("bn", "“টিকা কার্ড বা প্রত্যয়ন”-এর ছবি বা পিডিএফ দিন।"), ("en", "Give a photo or PDF of")],
)
def test_wrong_answers_are_told_as_on_the_page_of_their_question(
    language: Language, says: str
) -> None:
    """Nobody fills in a paper."""
    wrong = ProblemFieldError(pointer="/form/epi_card", code="required", message="fill in")
    page = page_of(work_of("S001", language).check([wrong]))
    assert page.status == 422
    assert says in page.text
    assert "fill in" not in page.text


@pytest.mark.parametrize(("service_id", "kind"), [("S001", "holding_tax"), ("S025", "land_tax")])
def test_a_paper_of_the_citizen_is_kept_as_its_kind_and_shown_as_a_specimen(
    service_id: str, kind: str
) -> None:
    """Fields of one name ask for different papers."""
    work = work_of(service_id)
    question = question_at(work.filling.form, "tax_receipt")
    assert question is not None
    page = page_of(work.paper(question, KINDS))
    assert page.form("file").fields["kind"] == kind
    assert f"নমুনা দেখুন: {KINDS[kind].name.bn}" in page.text
