"""What the start page of a service says before anybody begins."""

import pytest

from services.portal.search.rules import ages_in
from tests.services.portal.scenes import service


@pytest.mark.parametrize(
    ("public_service_id", "ages"),
    [("S043", ["Professional from 21", "From 18"]), ("S055", ["Men from 65", "Women from 62"])],
)
def test_ages_of_applicants_are_said_as_the_form_checks_them(
    public_service_id: str, ages: list[str]
) -> None:
    """In the form's own words."""
    assert [age.en for age in ages_in(service(public_service_id))] == ages


def test_no_age_is_said_that_is_not_sourced() -> None:
    """Nor what is about something else than the applicant's age."""
    seen = service("S043")
    rules = [{**rule, "status": "illustrative"} for rule in seen.form_rules]
    assert ages_in(seen.model_copy(update={"form_rules": rules})) == []
    assert ages_in(service("S025")) == []
