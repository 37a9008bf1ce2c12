"""A paper is drawn as PDF/A-3 with its data inside, and no field changes what its template says."""

import asyncio
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest
from PIL import Image, ImageChops
from typing_extensions import override

from libs.contracts.issuance import LONGEST_FIELD
from libs.contracts.language import Text
from libs.decision_papers.templates import OWN_DOCUMENT, printable, templates
from libs.errors import Refused, Unavailable
from libs.ids import new_id
from libs.limited_process import ProcessEnded
from libs.opener.client import Opener
from services.issuance.downloads.rules import record_of
from services.issuance.drawing.drawer import Drawer
from services.issuance.drawing.worker import code, draw
from tests.services.issuance.drawing.scenes import LINK, a_paper, drawing
from tests.services.issuance.scenes import FIELDS, RAHIMA, SIGNER, badly_printed, codes_of
from tests.waiting import until

HARD = (
    "ক্ষ", "জ্ঞান", "স্ত্রী", "র\u200d্যাব", "কর্তৃত্ব", "উদ্ভিদ", "আকাঙ্ক্ষা", "সৌহার্দ্য", "ব্রাহ্মণবাড়িয়া",
    "ত্র্যহস্পর্শ", "উজ্জ্বল", "পশ্চিমবঙ্গ",
)  # fmt: skip


def test_a_paper_is_pdf_a_3_with_its_data_inside() -> None:
    """It says so itself; the data are those of the decision, and it has no script."""
    paper = a_paper()
    made = draw(drawing(paper))
    with pikepdf.open(io.BytesIO(made)) as pdf:
        said = pdf.open_metadata()
        assert (said["pdfaid:part"], said["pdfaid:conformance"]) == ("3", "B")
        attached = pdf.attachments["decision.json"].get_file().read_bytes()
        assert "/JavaScript" not in pdf.Root
    assert json.loads(attached) == record_of(paper)
    assert json.loads(attached)["fields"] == FIELDS


def test_a_paper_is_drawn_alike_each_time() -> None:
    """Nothing drawn is stored, so it must look the same in ten years."""
    shown = drawing(a_paper())
    assert draw(shown) == draw(shown)


@pytest.mark.parametrize("template", sorted(templates().keys() - {OWN_DOCUMENT}))
def test_every_template_is_drawn_and_says_that_it_is_illustrative(template: str) -> None:
    """With all its fields, each as long as it may be."""
    fields = {field.name: "ক " * (LONGEST_FIELD // 2) for field in templates()[template].fields}
    shown = drawing(a_paper(template=template, fields=fields))
    assert shown["is_illustrative"]
    assert draw(shown).startswith(b"%PDF-")
    with_mark = picture(draw({**shown, "lines": []}))
    without = picture(draw({**shown, "lines": [], "is_illustrative": False}))
    box = ImageChops.difference(with_mark, without).getbbox()
    assert box is not None
    left, top, right, bottom = box
    assert right - left > with_mark.width / 2  # across the page
    assert bottom - top > with_mark.height / 3


@pytest.mark.parametrize(
    "hostile",
    [
        '#eval("1+1")',
        "#set page(width: 1cm)",
        "#read(\"/etc/passwd\")",
        "*bold* _slant_ $x$ = Head",
        "#pdf.attach(\"x\", bytes(\"x\"))",
        "\"; drop \\ ] ) }",
        "\\u{41} @cite <label> // comment /* more */",
        "#import \"@preview/x:0.1.0\": *",
    ],
)  # fmt: skip
def test_a_hostile_field_is_shown_as_it_is(hostile: str) -> None:
    """The text of the page has it letter by letter, and all else is as without it."""
    made = draw(drawing(a_paper(fields={**FIELDS, "purpose": hostile})))
    harmless = draw(drawing(a_paper(fields={**FIELDS, "purpose": "QQQ"})))
    shown, other = text_of(made), text_of(harmless)
    assert "".join(hostile.split()) in shown
    assert shown.replace("".join(hostile.split()), "") == other.replace("QQQ", "")
    with pikepdf.open(io.BytesIO(made)) as pdf:
        assert len(pdf.pages) == 1
        assert [*pdf.attachments] == ["decision.json"]


def test_every_character_that_is_let_in_can_be_drawn() -> None:
    """A missing glyph would be no PDF/A, and typst would refuse the whole paper."""
    letters = [letter for letter in map(chr, range(0x20, 0x3000)) if printable(letter) == letter]
    shown = drawing(a_paper())
    for first in range(0, len(letters), 50):
        some = [f"ক{letter}" if letter > "\u0980" else letter for letter in letters[first:][:50]]
        line = {"label": "x", "label_en": "x", "value": " ".join(some)}
        assert draw({**shown, "lines": [line]}).startswith(b"%PDF-")


def test_hard_words_of_bangla_look_as_they_should() -> None:
    """Twelve words, compared with a picture that a reader has looked at."""
    shown = drawing(a_paper())
    lines = [{"label": "শব্দ", "label_en": "", "value": word} for word in HARD]
    made = picture(draw({**shown, "lines": lines, "is_illustrative": False}))
    expected = Image.open(Path(__file__).with_name("hard_words.png"))
    made = made.crop((0, int(made.height * 0.2), made.width, int(made.height * 0.75)))
    assert made.size == expected.size
    different = ImageChops.difference(made.convert("L"), expected.convert("L"))
    assert sum(different.histogram()[64:]) <= 50  # the edges of a few letters


@pytest.mark.parametrize("dots_per_inch", [110, 150])
def test_both_codes_are_read_from_a_bad_print(dots_per_inch: int) -> None:
    """Also with the longest name that a code has; the signed one is 45 mm wide at least."""
    shown = drawing(a_paper(fields={**FIELDS, "name_bn": "ক" * 120}))
    assert codes_of(badly_printed(draw(shown), dots_per_inch)) == [LINK, shown["signed"]]
    with_border = int(code(shown["signed"]).split('width="')[1].split('"')[0])
    assert 52 * (with_border - 8) / with_border >= 45
    assert with_border <= 101


def test_names_of_offices_and_posts_can_be_drawn_whatever_was_typed() -> None:
    """A citizen could never have her paper; and none turns the direction of its line."""
    paper = a_paper(
        office=Text(bn="\u202eঅফিস 日本", en="Office 🙂"), post=Text(bn="পদ\u2066", en="سلام")
    )
    shown = drawing(paper)
    assert shown["office"] == {"bn": "?অফিস ??", "en": "Office ?"}
    assert shown["post"] == {"bn": "পদ?", "en": "????"}
    assert draw(shown).startswith(b"%PDF-")


async def test_papers_are_drawn_in_a_process_without_keys() -> None:
    """What comes back is the same; a drawing that fails is refused, and the next one is drawn."""
    drawer = Drawer(Opener(), at_once=1, wait_s=60)
    shown = drawing(a_paper())
    with pytest.raises(Refused) as refused:
        await drawer.draw({**shown, "day": [2026, 13, 1]}, RAHIMA)
    assert refused.value.code == "paper_not_drawn"
    assert await drawer.draw(shown, RAHIMA) == draw(shown)
    assert SIGNER.secrets[0] not in json.dumps(shown)


class Slow(Opener):
    """An opener that takes long for one kind of drawing."""

    def __init__(self) -> None:
        super().__init__()
        self.goes_on = asyncio.Event()
        self.begun = 0

    @override
    async def run(self, module: str, *arguments: str, **fields: Any) -> bytes:
        if b"long" in fields["standard_input"]:
            self.begun += 1
            await self.goes_on.wait()
        count = len(json.loads(fields["standard_input"]))
        return json.dumps([5] * count).encode() + b"\n" + b"%PDF-" * count


async def test_whoever_asks_for_many_papers_leaves_a_place_to_the_others() -> None:
    """Those of one person are drawn one after the other; with two at once all others waited."""
    opener = Slow()
    drawer = Drawer(opener, at_once=2, wait_s=60)
    async with asyncio.TaskGroup() as tasks:
        for _ in range(5):
            tasks.create_task(drawer.draw({"long": True}, RAHIMA))
        await until(lambda: opener.begun > 0)
        assert await drawer.draw({}, new_id()) == b"%PDF-"
        assert opener.begun == 1
        opener.goes_on.set()
    assert opener.begun == 5


class Counting(Opener):
    """An opener that draws nothing, and counts what it was asked for.

    Args:
        prints: what a process of so many papers prints; by default each paper.
    """

    def __init__(self, prints: Callable[[int], bytes] | None = None) -> None:
        super().__init__()
        self.asked: list[int] = []
        self._prints = prints or (
            lambda count: json.dumps([5] * count).encode() + b"\n" + b"%PDF-" * count
        )

    @override
    async def run(self, module: str, *arguments: str, **fields: Any) -> bytes:
        self.asked.append(len(json.loads(fields["standard_input"])))
        await asyncio.sleep(0)
        return self._prints(self.asked[-1])


async def drawn_at_once(opener: Opener, count: int) -> list[bytes | BaseException]:
    """What so many people get who ask at the same moment, of one process at a time."""
    drawer = Drawer(opener, at_once=1, wait_s=60)
    asked = [drawer.draw({"number": number}, new_id()) for number in range(count)]
    return await asyncio.gather(*asked, return_exceptions=True)


async def test_papers_that_wait_share_a_process() -> None:
    """To begin one takes as long as to draw five; a paper that finds one free has it alone."""
    opener = Counting()
    assert await drawn_at_once(opener, 200) == [b"%PDF-"] * 200
    assert opener.asked == [1, 64, 64, 64, 7]
    assert await drawn_at_once(opener, 1) == [b"%PDF-"]
    assert opener.asked[-1] == 1


async def test_each_gets_the_own_paper_and_one_that_fails_fails_alone() -> None:
    """In the order in which they were asked for, by the process itself."""
    drawer = Drawer(Opener(), at_once=1, wait_s=60)
    shown = [drawing(a_paper(fields={**FIELDS, "purpose": letter})) for letter in "XYZ"]
    shown.insert(1, {**shown[0], "day": [2026, 13, 1]})
    some = [drawer.draw(each, new_id()) for each in shown]
    first, wrong, *others = await asyncio.gather(*some, return_exceptions=True)
    assert isinstance(wrong, Refused)
    assert [first, *others] == [draw(shown[at]) for at in (0, 2, 3)]


async def test_a_paper_that_ends_a_shared_process_harms_nobody_else() -> None:
    """Each is drawn again, alone."""

    def over_a_limit(count: int) -> bytes:
        if count > 1:
            raise ProcessEnded(by_limit=True, status=-9)
        return b"[5]\n%PDF-"

    opener = Counting(over_a_limit)
    assert await drawn_at_once(opener, 3) == [b"%PDF-"] * 3
    assert opener.asked == [1, 2, 1, 1]


@pytest.mark.parametrize(
    "printed", [b"", b"x", b"[]\n", b"[5,5]\n%PDF-%PDF-", b"[-5]\n", b"[6]\n%PDF-", b"[4]\nPDF-"]
)
async def test_a_process_that_was_taken_over_gives_no_paper(printed: bytes) -> None:
    """What it prints is looked at: one for each that was asked for, and a PDF."""
    (refused,) = await drawn_at_once(Counting(lambda _: printed), 1)
    assert isinstance(refused, Refused)
    assert refused.code == "paper_not_drawn"


async def test_an_opener_that_is_away_is_said_to_be(tmp_path: Path) -> None:
    """Everybody who waits is told, and the next one is tried anew."""
    for _ in range(2):
        told = await drawn_at_once(Opener(str(tmp_path / "none")), 3)
        assert [type(each) for each in told] == [Unavailable] * 3


async def test_whoever_goes_away_takes_nobody_along() -> None:
    """Of three papers in one process, the caller that began it has gone: the others are drawn."""
    opener = Slow()
    drawer = Drawer(opener, at_once=1, wait_s=60)
    others: list[bytes] = []

    async def draw_other() -> None:
        others.append(await drawer.draw({"long": True}, new_id()))

    async with asyncio.TaskGroup() as tasks:
        first = tasks.create_task(drawer.draw({"long": True}, RAHIMA))
        await until(lambda: opener.begun == 1)
        second = tasks.create_task(drawer.draw({"long": True}, new_id()))
        for _ in range(2):
            tasks.create_task(draw_other())
        await asyncio.sleep(0)
        first.cancel()  # while it is alone
        await until(lambda: opener.begun == 2)
        second.cancel()  # while the others are in its process
        await until(lambda: opener.begun == 3)
        opener.goes_on.set()
    assert others == [b"%PDF-"] * 2


def picture(made: bytes) -> Image.Image:
    """The first page, as somebody sees it."""
    page = pypdfium2.PdfDocument(made)[0]
    shown: Image.Image = page.render(scale=1.5).to_pil()
    return shown.convert("RGB")


def text_of(made: bytes) -> str:
    """The text of the first page, without spaces."""
    text = pypdfium2.PdfDocument(made)[0].get_textpage().get_text_range()
    return "".join(text.split())
