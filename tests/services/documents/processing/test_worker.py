"""The process that opens files of strangers: what it may use, and what becomes of more."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from libs.errors import Refused, Unavailable
from libs.ids import new_id
from libs.limited_process import ProcessLimits
from libs.opener.client import Opener
from libs.telemetry.metrics import Metrics
from services.documents.processing.processor import Processor, workplace
from services.documents.processing.rules import Processed
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
