"""No field changes what a template says, leaves the page, or reaches a key or the network."""

import io
import json
from pathlib import Path
from typing import Final

import pikepdf
import pypdfium2
import pytest

from libs.contracts.issuance import LONGEST_FIELD
from libs.contracts.language import Text
from libs.decision_papers.templates import (
    OWN_DOCUMENT,
    check_fields,
    printable,
    template_of,
    templates,
)
from libs.errors import Refused
from libs.limited_process import ProcessEnded, ProcessLimits
from libs.opener.messages import ATTEMPTS
from services.issuance.downloads.rules import record_of
from services.issuance.drawing.drawer import WORKER, Drawer
from services.issuance.drawing.worker import draw
from services.issuance.papers.rules import Paper
from tests.libs.opener.running import opener_of
from tests.services.issuance.drawing.scenes import a_paper, drawing
from tests.services.issuance.scenes import FIELDS, RAHIMA, SIGNER, page_of

MARK: Final = "QQQ"
HOSTILE: Final = (
    "#eval(\"1+1\")", "#read(\"/etc/passwd\")", "#read(\"/proc/self/environ\")",
    "#import \"@preview/x:0.1.0\": *", "#include \"worker.py\"", "#image(\"fonts/x.ttf\")",
    "#json(bytes(sys.inputs.record))", "#sys.inputs", "#set page(width: 1cm)",
    "#show: it => []", "#place(top)[valid]", "#hide[", "#pdf.attach(\"x\", bytes(\"x\"))",
    "#let paper = (:)", "]", "]]]]]]", "[", "}", ")", "#", "$", "$ x^2 $", "`", "```", "*x* _y_",
    "= Head", "- item", "/ term: x", "@cite", "<label>", "// x", "/* x", "\\u{41}", "\\n", "\\",
    "\"", "\"}],\"title\":{\"bn\":\"x\"}", "{\"a\":1}", "</text><script>", "%s %d {0} {paper}",
    "%PDF-1.7", "endstream endobj", "9" * 150, "1e999", "NaN", "-0", "../../etc/passwd",
    "http://169.254.169.254/", "ISSUANCE_KEY_SECRET", "\u200c\u200d", "র\u200d্যাব",
)  # fmt: skip
TURNING: Final = (
    *"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c",
    *"\u200b\u2060\ufeff\u00ad\u2028\u2029\u0085\x00\x07\x1b\x7f\ue000\ufffe\U000e0041",
    "سلام", "שלום", "日本", "🙂", "А",  # the last is no A: it is Cyrillic
)  # fmt: skip


def text_of(made: bytes) -> str:
    """The text of all pages without spaces, and without the places where a word may be broken."""
    pages = pypdfium2.PdfDocument(made)
    text = "".join(page.get_textpage().get_text_range() for page in pages)
    return "".join(
        letter for letter in text if not letter.isspace() and letter not in "\u200b\ufffe"
    )


@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_a_field_says_is_shown_and_nothing_else_changes(hostile: str) -> None:
    """In the name, another field, office and post at once; the data inside are those given."""

    def made(value: str) -> tuple[Paper, bytes]:
        fields = {**FIELDS, "name_bn": value, "purpose": value}
        text = Text(bn=value, en=value)
        paper = a_paper(fields=fields, office=text, post=text)
        return paper, draw(drawing(paper))

    (paper, drawn), (_, plain) = made(hostile), made(MARK)
    shown = "".join(hostile.split())
    if shown.isascii():  # where Bangla is shaped, a page's text has other letters than were typed
        assert text_of(drawn) == text_of(plain).replace(MARK, shown)
    with pikepdf.open(io.BytesIO(drawn)) as pdf, pikepdf.open(io.BytesIO(plain)) as other:
        assert [*pdf.attachments] == [*other.attachments] == ["decision.json"]
        attached = json.loads(pdf.attachments["decision.json"].get_file().read_bytes())
        assert attached == json.loads(json.dumps(record_of(paper)))
        assert attached["fields"]["purpose"] == hostile
        assert pdf.Root.keys() == other.Root.keys()
        assert not pdf.pages[0].get("/Annots")


@pytest.mark.parametrize("turning", TURNING)
def test_what_turns_a_line_or_is_not_seen_is_no_field(turning: str) -> None:
    """A ministry is told so; where a form or an office has it, the paper has a question mark."""
    value = f"করিম{turning}মিয়া"
    with pytest.raises(Refused) as refused:
        check_fields("citizenship_certificate", {**FIELDS, "purpose": value})
    assert refused.value.code == "paper_field_unprintable"
    assert printable(value) == f"করিম{'?' * len(turning)}মিয়া"


@pytest.mark.parametrize(
    ("template", "long"),
    [
        *((template, "W") for template in sorted(templates().keys() - {OWN_DOCUMENT})),
        *(("trade_licence", long) for long in ("ক", "ক্ষ", "#", '"}],', "W\n", "ক \u200d")),
    ],
)
def test_the_longest_field_stays_on_the_page(template: str, long: str) -> None:
    """Also a word without an end: what was decided is seen whole, and the codes stay readable."""
    names = [field.name for field in template_of(template).fields]
    value = (long * LONGEST_FIELD)[:LONGEST_FIELD]
    made = draw(drawing(a_paper(template=template, fields=dict.fromkeys(names, value))))
    pages = pypdfium2.PdfDocument(made)
    assert len(pages) > 1
    for page in range(len(pages)):
        picture = page_of(made, page=page, dots_per_inch=60)
        margin = picture.crop((int(picture.width * 0.91), 0, picture.width, picture.height))
        assert margin.getextrema() == (255, 255)


async def test_the_process_that_draws_reaches_neither_key_nor_network(tmp_path: Path) -> None:
    """The opener of issuance itself: no file, socket or process of others; and no other module."""
    folder = tmp_path / "own"
    folder.mkdir()
    async with opener_of("issuance") as running:
        tried = await running.client.run(ATTEMPTS, limits=ProcessLimits(), folder=folder)
        assert json.loads(tried) == []
        for other in (
            "services.issuance.keys.signer",
            "libs.limited_child",
            "tests.libs.limited_main",
        ):
            with pytest.raises(ProcessEnded):
                await running.client.run(other, "1", limits=ProcessLimits())
        shown = drawing(a_paper())
        drawer = Drawer(running.client, at_once=1, wait_s=60)
        assert await drawer.draw(shown, RAHIMA) == draw(shown)
        assert WORKER == "services.issuance.drawing.worker"


def test_a_drawing_has_no_key() -> None:
    """What the process gets is what the paper shows: no secret, no id of a person's account."""
    said = json.dumps(drawing(a_paper()))
    assert SIGNER.secrets[0] not in said
    assert str(RAHIMA) not in said
