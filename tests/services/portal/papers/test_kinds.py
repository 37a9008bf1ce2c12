"""Drawings of how a photo of a paper has to look."""

import re
from html import unescape

import pytest

from libs.contracts.catalogue import DocumentKindView
from libs.contracts.language import Language
from libs.pages.papers import DRAWINGS, known_kinds
from services.portal.search.rules import papers_of
from tests.libs.pages.scenes import KINDS, service
from tests.services.portal.scenes import start_page

WITH_PAPERS = ("S001", "S005", "S010", "S016", "S024", "S025", "S043", "S055")


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_what_must_be_readable_is_marked_in_the_drawing(kind: DocumentKindView) -> None:
    """Each part once, and inside the drawing."""
    drawing = DRAWINGS[kind.looks]
    places = [part.at for part in kind.readable]
    assert places
    assert len(set(places)) == len(places)
    for place in places:
        left, top, width, height = drawing.parts[place]
        assert 11 < left < left + width <= drawing.width
        assert 11 < top < top + height <= drawing.height


def test_a_face_is_drawn_where_a_photo_must_be_seen_only() -> None:
    """A vaccination card has boxes."""
    faces = [
        part.label.en for kind in KINDS.values() for part in kind.readable if part.at == "photo"
    ]
    assert set(faces) == {"Photo"}
    assert "rows" in [part.at for part in KINDS["epi_card"].readable]


@pytest.mark.parametrize("language", ["bn", "en"])
@pytest.mark.parametrize("public_service_id", WITH_PAPERS)
def test_the_start_page_shows_how_every_paper_of_the_form_has_to_look(
    public_service_id: str, language: Language
) -> None:
    """As a specimen, with what must be readable and why it can be sent back; no inline style."""
    page = unescape(start_page(public_service_id, language))
    wanted = [paper.kind for paper in papers_of(service(public_service_id)) if paper.kind]
    assert wanted
    for kind in known_kinds(KINDS, wanted):
        name = re.escape(kind.name.in_language(language))
        [label] = re.findall(rf'aria-label="([^":]+: {name}\. [^"]*)"', page)
        for text in (kind.shown, *(part.label for part in kind.readable)):
            assert text.in_language(language) in label
        assert kind.refused.in_language(language) in page
    assert page.count("<svg") == page.count("নমুনা</text>" if language == "bn" else "SPECIMEN</text>")
    assert "style=" not in page
    assert "<style" not in page
