"""What the codes of papers say."""

import pytest

from libs.decision_papers.templates import templates
from services.issuance.downloads.rules import claims_of
from services.issuance.papers.rules import paper_of
from tests.services.issuance.scenes import granted

NID = "1234567890123"


@pytest.mark.parametrize("template", sorted(templates()))
def test_a_code_has_the_last_digits_of_an_id_and_no_more(template: str) -> None:
    """Whoever photographs it gets no number of a person, also where the form has no name."""
    names = [field.name for field in templates()[template].fields]
    fields = {name: NID if name == "nid" else "রহিমা খাতুন" for name in names}
    claims = claims_of(paper_of(granted(template=template, fields=fields), "7K4M-9PXR-T3H5"))
    assert NID not in "".join(claims.values())
    assert claims["i"] == (NID[-4:] if "nid" in names else "")
