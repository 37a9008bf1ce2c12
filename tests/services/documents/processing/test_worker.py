"""The process that opens files of strangers: what it may use, and what becomes of more."""

from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont

from libs.errors import Refused, Unavailable
from libs.ids import new_id
from libs.limited_process import ProcessLimits
from libs.opener.client import Opener
from libs.telemetry.metrics import Metrics
from services.documents.processing.processor import Processor, workplace
from services.documents.processing.rules import Processed, concerns_of
from tests.libs.opener.running import opener_of
from tests.services.documents import scenes
from tests.services.documents.running import Documents
from tests.waiting import until

MIB = 1024 * 1024


async def pieces(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def processed(
    limits: ProcessLimits,
    scratch: Path,
    metrics: Metrics | None = None,
    content: bytes = scenes.jpeg(),
    opener: Opener | None = None,
) -> Processed:
    """Process a photo within limits."""
    opener, metrics = opener or Opener(), metrics or Metrics("t")
    processor = Processor(opener, limits, at_once=1, wait_s=10.0, metrics=metrics)
    async with workplace(scratch) as place:
        await place.add(0, pieces(content))
        return await processor.process(place, new_id())


def names_in(folder: Path) -> list[str]:
    """What is in a folder."""
    return [each.name for each in folder.iterdir()]


@pytest.mark.parametrize(
    ("limits", "size"),
    [
        (ProcessLimits(memory_bytes=200 * MIB), (7000, 6000)),
        (ProcessLimits(deadline_s=0.001), (64, 48)),
    ],
)
async def test_a_file_that_takes_too_much_is_refused(
    limits: ProcessLimits, size: tuple[int, int], tmp_path: Path
) -> None:
    """Memory or time: its process is ended, its folder deleted, and the next one is well."""
    with pytest.raises(Refused, match="document_too_demanding"):
        await processed(limits, tmp_path, content=scenes.image("PNG", *size))
    assert names_in(tmp_path) == []
    assert (await processed(ProcessLimits(), tmp_path)).media_type == "image/jpeg"


async def test_a_defect_of_the_process_is_no_refusal(tmp_path: Path) -> None:
    """The files may come again, nothing is remembered against them, and an alert follows."""
    metrics = Metrics("t")
    cannot_begin = ProcessLimits(memory_bytes=2**70)
    with pytest.raises(Unavailable):
        await processed(cannot_begin, tmp_path, metrics)
    assert 'nagorik_step_defects_total{component="open files",service="t"} 1.0' in (
        metrics.render().decode()
    )


async def test_the_opener_makes_the_same_of_a_file(tmp_path: Path) -> None:
    """A paper, a refusal, and one that takes too much; where it is away the files come again."""
    refused = [
        (b"no photo", "document_type_unknown"),
        (scenes.image("PNG", 7000, 6000), "document_too_demanding"),
    ]
    async with opener_of("documents") as running:
        made = await processed(ProcessLimits(), tmp_path, opener=running.client)
        assert made == await processed(ProcessLimits(), tmp_path)
        for content, code in refused:
            limits = ProcessLimits(memory_bytes=200 * MIB)
            with pytest.raises(Refused, match=code):
                await processed(limits, tmp_path, content=content, opener=running.client)
    with pytest.raises(Unavailable):
        await processed(ProcessLimits(), tmp_path, opener=running.client)
    assert names_in(tmp_path) == []


async def test_the_service_says_whether_files_are_opened_confined(documents: Documents) -> None:
    """In its health answer, since the start; a file is opened all the same."""

    async def detail() -> str:
        health = await documents.call("GET", "/health/ready", citizen_id=None)
        return str(health.body["components"]["confinement"]["detail"])

    async def is_said() -> bool:
        return await detail() != "not tried yet"

    await until(is_said)
    assert await detail() == "such a process can act as the user of this service"


def page(
    *, lines: int = 40, blur: float = 0.0, light: float = 1.0, size: tuple[int, int] = (1240, 1754)
) -> bytes:
    """A photo of a printed page of A4."""
    sheet = Image.new("L", (1240, 1754), 235)
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(22)
    for line in range(lines):
        text = f"Application of Rahima Khatun, village Charpara, post 2280, number {line * 7919}"
        pen.text((100, 90 + line * 28), text, fill=40, font=font)
    seen = ImageEnhance.Brightness(sheet.filter(ImageFilter.GaussianBlur(blur))).enhance(light)
    made = BytesIO()
    seen.convert("RGB").resize(size).save(made, "JPEG", quality=80)
    return made.getvalue()


@pytest.mark.parametrize(
    ("content", "concerns"),
    [
        (page(), []),
        (page(lines=3), []),
        (page(light=0.45), []),
        (page(blur=1.0), []),
        (page(blur=4.0), ["blurred"]),
        (page(lines=3, blur=6.0), ["blurred"]),
        (page(light=0.1), ["dark"]),
        (page(lines=0, blur=4.0), ["empty"]),
        (page(size=(60, 40)), ["small"]),
        (page(light=0.0, size=(60, 40)), ["dark", "small"]),
    ],
    ids=["page", "3 lines", "in the evening", "soft", "blurred", "3 lines blurred", "in the dark",
         "nothing on it", "60 by 40", "black and small"],
)  # fmt: skip
async def test_a_photo_that_nobody_can_read_is_taken_and_said_to_be_so(
    content: bytes, concerns: list[str], tmp_path: Path
) -> None:
    """Measured where it is opened; what somebody should look at is judged from the figures."""
    made = await processed(ProcessLimits(), tmp_path, content=content)
    assert made.media_type == "image/jpeg"
    assert concerns_of(made.photos) == concerns
