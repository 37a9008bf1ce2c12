from typing import Any

import pytest

from libs.contracts.language import Language
from libs.errors import Unreadable
from services.applications.forms.papers import Papers, papers_in
from services.applications.forms.rules import check_form, compile_form
from tests.services.applications.forms.scenes import bundled, right_answers, rules
from tests.services.applications.scenes import KARIM, NOW, PAPER, RAHIMA, TODAY, papers, receipt

FORM = compile_form(bundled("S005"), rules("S005"))
ANSWERS = right_answers("S005")
NOTHING = Papers(RAHIMA, {}, NOW)


def errors(named: Papers) -> list[tuple[str, str]]:
    with pytest.raises(Unreadable) as unreadable:
        check_form(FORM, ANSWERS, TODAY, named)
    return [(error.pointer, error.code) for error in unreadable.value.field_errors]


@pytest.mark.parametrize(
    ("named", "code"),
    [
        (NOTHING, "document_unknown"),
        (Papers(RAHIMA, {PAPER.document_id: receipt(KARIM)}, NOW), "document_foreign"),
        (papers(expires_at_s=NOW.timestamp()), "document_expired"),
        (papers(state="infected"), "document_infected"),
        (papers(media_type="application/pdf"), "document_not_accepted"),
    ],
)
def test_a_wrong_paper_is_an_error_at_its_field(named: Papers, code: str) -> None:
    """Invented, of another citizen, too late, infected, or a PDF where a photo is asked."""
    assert errors(named) == [("/form/photo", code)]


@pytest.mark.parametrize("language", ["bn", "en"])
def test_the_error_says_what_to_do(language: Language) -> None:
    """In both languages, with the label of the field."""
    with pytest.raises(Unreadable) as unreadable:
        check_form(FORM, ANSWERS, TODAY, NOTHING)
    (error,) = unreadable.value.field_errors
    message = {"bn": error.message_bn, "en": error.message_en}[language]
    assert {"bn": "“ছবি”-এর ফাইলটি", "en": "file of “Photograph”"}[language] in message


def test_a_paper_that_was_not_scanned_is_taken_and_says_so() -> None:
    """The ministry sees that nobody has looked."""
    named = papers(state="not_scanned")
    stored = check_form(FORM, ANSWERS, TODAY, named)
    (reference,) = papers_in(FORM.papers, stored, named)
    assert reference.state == "not_scanned"


def test_a_paper_of_an_earlier_submission_needs_no_receipt() -> None:
    """A correction may name it again, also when its receipt has expired."""
    known = Papers(RAHIMA, {}, NOW, {PAPER.document_id: PAPER})
    late = Papers(
        RAHIMA, {PAPER.document_id: receipt(expires_at_s=0)}, NOW, {PAPER.document_id: PAPER}
    )
    for named in (known, late):
        assert papers_in(FORM.papers, check_form(FORM, ANSWERS, TODAY, named), named) == (PAPER,)


def test_papers_in_lists_are_checked_one_by_one() -> None:
    """The error names the item; a paper that is named twice is one reference."""
    form = compile_form(bundled("S025"), rules("S025"))
    invented = {"document_id": "0190aaaa-0000-7000-8000-0000000000ff"}
    known = {"document_id": str(PAPER.document_id)}
    answers: dict[str, Any] = {"via_deeds": [known, invented]}
    with pytest.raises(Unreadable) as unreadable:
        check_form(form, right_answers("S025") | answers, TODAY, papers())
    found = [(error.pointer, error.code) for error in unreadable.value.field_errors]
    assert ("/form/via_deeds/1", "document_unknown") in found
    assert papers_in(form.papers, right_answers("S025"), papers()) == (PAPER,)
