"""What the codes of papers say."""

from dataclasses import replace

import pytest

from libs.decision_papers.templates import OWN_DOCUMENT, templates
from libs.errors import Refused
from services.issuance.downloads.rules import claims_of, drawing_of
from services.issuance.papers.rules import paper_of
from tests.services.issuance.scenes import granted

NID = "1234567890123"


def test_a_paper_is_drawn_by_the_version_that_it_was_issued_by() -> None:
    """Its words are those of that day; where a release does not have them it draws no others."""
    paper = paper_of(granted(), "7K4M-9PXR-T3H5")
    newest = templates()[paper.template]
    assert paper.template_version == newest.version
    assert drawing_of(paper, "link", "code")["title"] == newest.title.model_dump()
    later = replace(paper, template_version=newest.version + 1)
    with pytest.raises(Refused, match="paper_not_drawn"):
        drawing_of(later, "link", "code")


@pytest.mark.parametrize("template", sorted(templates().keys() - {OWN_DOCUMENT}))
def test_a_code_has_the_last_digits_of_an_id_and_no_more(template: str) -> None:
    """Whoever photographs it gets no number of a person, also where the form has no name."""
    names = [field.name for field in templates()[template].fields]
    fields = {name: NID if name == "nid" else "রহিমা খাতুন" for name in names}
    claims = claims_of(paper_of(granted(template=template, fields=fields), "7K4M-9PXR-T3H5"))
    assert NID not in "".join(claims.values())
    assert claims["i"] == (NID[-4:] if "nid" in names else "")
