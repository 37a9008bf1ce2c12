"""The form of a draft, and the content that it makes."""

from libs.contracts.publishing import ServiceContent, ServiceDraftProblem
from services.desk.publishing.drafts import content_of, errors_of, typed_of
from tests.services.catalogue.publishing.scenes import content


def test_a_content_comes_back_as_it_was_typed() -> None:
    """Through the fields of the form and back; Bangla digits are read, too."""
    typed = typed_of(content())
    assert typed["papers-papers"] == "টিকা কার্ড | Vaccination card"
    again = content_of({**typed, "days-days": "৭", "name-bn": " জন্ম নিবন্ধন\r\n"})
    assert ServiceContent.model_validate(again) == ServiceContent.model_validate(content())


def test_a_time_that_was_left_empty_is_none() -> None:
    """Only where nothing of it was typed."""
    typed = typed_of(content(days=None))
    assert content_of(typed)["days"] is None
    assert content_of({**typed, "days-days": "many"})["days"]["days"] == "many"


def test_each_field_has_one_error() -> None:
    """At the field of the form that made the value."""
    problems = [
        ServiceDraftProblem(place="/papers/papers/1/en", wrong="missing"),
        ServiceDraftProblem(place="/papers/papers/2/en", wrong="missing"),
        ServiceDraftProblem(place="/name/text/bn", wrong="missing"),
        ServiceDraftProblem(place="/days/days", wrong="no_number"),
    ]
    errors = errors_of(problems, "en")
    assert [error.place for error in errors] == ["papers-papers", "name-bn", "days-days"]
    assert errors[2].message == "Enter a number from 1 to 1,000"
