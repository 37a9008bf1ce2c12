"""The process that opens files of strangers: what it may use, and what becomes of more."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from libs.errors import Refused
from libs.ids import new_id
from libs.limited_process import ProcessLimits
from services.documents.processing.processor import Processor, workplace
from services.documents.processing.rules import Processed
from tests.services.documents import files
from tests.services.documents.running import Documents
from tests.waiting import until

MIB = 1024 * 1024


async def pieces(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def processed(limits: ProcessLimits, scratch: Path) -> Processed:
    """Process a small photo within limits."""
    async with workplace(scratch) as place:
        await place.add(0, pieces(files.jpeg()))
        return await Processor(limits, at_once=1, wait_s=10.0).process(place, new_id())


def names_in(folder: Path) -> list[str]:
    """What is in a folder."""
    return [each.name for each in folder.iterdir()]


@pytest.mark.parametrize(
    "limits", [ProcessLimits(memory_bytes=64 * MIB), ProcessLimits(deadline_s=0.001)]
)
async def test_a_file_that_takes_too_much_is_refused(limits: ProcessLimits, tmp_path: Path) -> None:
    """Memory or time: its process is ended, its folder deleted, and the next one is well."""
    with pytest.raises(Refused, match="document_too_demanding"):
        await processed(limits, tmp_path)
    assert names_in(tmp_path) == []
    assert (await processed(ProcessLimits(), tmp_path)).media_type == "image/jpeg"


async def test_the_service_says_whether_files_are_opened_confined(documents: Documents) -> None:
    """In its health answer, since the start; a file is opened all the same."""

    async def detail() -> str:
        health = await documents.call("GET", "/health/ready", citizen_id=None)
        return str(health.body["components"]["confinement"]["detail"])

    async def is_said() -> bool:
        return await detail() != "not tried yet"

    await until(is_said)
    assert await detail() == "confined"
