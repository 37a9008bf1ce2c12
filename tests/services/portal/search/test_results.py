"""What the results of a search show."""

import pytest

from libs.contracts.catalogue import ServicesQuery
from libs.contracts.language import Language
from tests.libs.pages.scenes import index, request_of
from tests.services.portal.scenes import PAGES


def results(q: str, language: Language) -> str:
    """The page of results."""
    found = index().list_services(ServicesQuery(q=q))
    shown = PAGES.show(
        request_of(language=language), "results.html", q=q, found=found, heading=None, categories=[]
    )
    return bytes(shown.body).decode()


@pytest.mark.parametrize(
    ("language", "number", "purpose"),
    [("bn", "১০৯", "নির্যাতন, যৌন হয়রানি"), ("en", "109", "Against violence")],
)
def test_who_asks_for_help_sees_the_number_and_what_it_is_for(
    language: Language, number: str, purpose: str
) -> None:
    """A tap calls it; nothing says that no service was found."""
    page = results("বউ মারে", language)
    assert f'href="tel:109">{number}</a>' in page
    assert purpose in page
    assert "পাওয়া যায়নি" not in page
    assert "No service was found" not in page


@pytest.mark.parametrize(
    ("language", "heading"), [("bn", "হয়তো এর কোনোটি খুঁজছেন"), ("en", "This may be what you mean")]
)
def test_what_may_be_meant_stands_under_its_own_heading(language: Language, heading: str) -> None:
    """A sure result has no such heading."""
    assert page_after(results("গ্যাসের লাইন", language), heading).count("/services/S076") == 1
    assert heading not in results("গ্যাসের বিল", language)


def page_after(page: str, heading: str) -> str:
    """The part of a page after a heading."""
    before, _, after = page.partition(heading)
    assert "/services/S0" not in before
    return after
