"""A paper is PDF/A-3b by the rules of ISO 19005-3 that a file like it could break.

No validator is to be had as a package, so the rules are looked at one by one.
"""

import io
import re
from typing import Any, Final

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream

from libs.decision_papers.templates import OWN_DOCUMENT, templates
from services.issuance.drawing.worker import draw
from tests.services.issuance.drawing.scenes import a_paper, drawing

_ACTIONS: Final = {
    "/Launch", "/Sound", "/Movie", "/ResetForm", "/ImportData", "/JavaScript", "/Hide",
    "/Rendition", "/SetOCGState", "/Trans", "/GoTo3DView",
}  # fmt: skip
_FONT_FILES: Final = ("/FontFile", "/FontFile2", "/FontFile3")


@pytest.fixture(params=sorted(templates().keys() - {OWN_DOCUMENT}))
def pdf(request: pytest.FixtureRequest) -> Pdf:
    """A paper of each template."""
    fields = {field.name: "রহিমা Rahima 1" for field in templates()[request.param].fields}
    return pikepdf.open(io.BytesIO(draw(drawing(a_paper(template=request.param, fields=fields)))))


def of_type(pdf: Pdf, kind: str) -> list[Any]:
    """The dictionaries of a type."""
    return [
        each
        for each in pdf.objects
        if isinstance(each, (Dictionary, Stream)) and each.get("/Type") == Name(kind)
    ]


def test_head_and_end(pdf: Pdf) -> None:
    """6.1.2, 6.1.3: bytes above 127 behind the header, an id, no password."""
    stored = io.BytesIO()
    pdf.save(stored)
    assert not pdf.is_encrypted
    assert len(pdf.trailer.ID) == 2
    raw = draw(drawing(a_paper()))
    first, second = raw.split(b"\n", 2)[:2]
    assert re.fullmatch(rb"%PDF-1\.[0-7]", first)
    assert second.startswith(b"%")
    assert all(byte > 127 for byte in second[1:5])
    assert raw.rstrip().endswith(b"%%EOF")


def test_what_it_says_of_itself(pdf: Pdf) -> None:
    """6.6: part and level, not compressed, and the same title and day as its dictionary."""
    stream = pdf.Root.Metadata
    assert "/Filter" not in stream
    with pdf.open_metadata() as said:
        assert (said["pdfaid:part"], said["pdfaid:conformance"]) == ("3", "B")
        if "/Info" in pdf.trailer and "/Title" in pdf.trailer.Info:
            assert said["dc:title"] == str(pdf.trailer.Info.Title)


def test_colours_are_defined(pdf: Pdf) -> None:
    """6.2.3: an output intent with a profile, of as many colours as it says."""
    (intent,) = [each for each in pdf.Root.OutputIntents if each.S == Name.GTS_PDFA1]
    profile = intent.DestOutputProfile
    data = profile.read_bytes()
    assert data[36:40] == b"acsp"
    assert {b"RGB ": 3, b"GRAY": 1, b"CMYK": 4}[data[16:20]] == int(profile.N)


def test_every_font_is_inside(pdf: Pdf) -> None:
    """6.2.11: as a part of its letters, which can be read as text."""
    described = of_type(pdf, "/FontDescriptor")
    assert described
    assert all(any(name in each for name in _FONT_FILES) for each in described)
    composed = [font for font in of_type(pdf, "/Font") if font.Subtype == Name.Type0]
    assert composed
    assert all("/ToUnicode" in font for font in composed)
    assert {str(font.Subtype) for font in of_type(pdf, "/Font")} <= {
        "/Type0", "/CIDFontType0", "/CIDFontType2", "/Type3",
    }  # fmt: skip


def test_nothing_runs_and_nothing_is_fetched(pdf: Pdf) -> None:
    """6.1.6, 6.1.7, 6.5, 6.6.1: no action, no content elsewhere, no form but for a signature."""
    assert not {"/AA", "/OpenAction", "/Perms"} & set(pdf.Root.keys())
    if form := pdf.Root.get("/AcroForm"):
        assert set(form.keys()) == {"/Fields", "/SigFlags"}
        (field,) = form.Fields  # no picture is needed of what has no size; it is printed with it
        assert str(field.FT) == "/Sig"
        assert [int(each) for each in field.Rect] == [0, 0, 0, 0]
        assert int(field.F) == 132
    for each in pdf.objects:
        if isinstance(each, (Dictionary, Stream)):
            assert str(each.get("/S", "")) not in _ACTIONS
            assert "/AA" not in each
            assert "/Alternates" not in each
        if isinstance(each, Stream):
            assert not {"/F", "/FFilter", "/FDecodeParms"} & set(each.keys())
            assert "LZW" not in str(each.get("/Filter", ""))
            assert str(each.get("/Subtype", "")) != "/PS"
            assert not each.get("/Interpolate", False)


def test_the_file_inside_is_named_and_linked(pdf: Pdf) -> None:
    """6.8: its names, its type, when it changed, and how it relates to the whole."""
    (given,) = pdf.Root.AF
    assert isinstance(pdf.Root.AF, Array)
    assert str(given.F) == str(given.UF) == "decision.json"
    assert given.AFRelationship == Name.Data
    inner: Object = given.EF.F
    assert inner.Subtype == Name("/application/json")
    assert str(inner.Params.ModDate).startswith("D:2026")
