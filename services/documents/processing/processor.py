"""Opens files of others in a process of its own, with limits, and reads its result."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterable, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final
from uuid import UUID

import anyio
import structlog
from pydantic import TypeAdapter, ValidationError

from libs.contracts.papers import LARGEST_BYTES
from libs.errors import Refused, Unavailable
from libs.limited_process import ProcessEnded, ProcessLimits
from libs.opener.client import Opener
from libs.telemetry.metrics import Metrics
from services.documents.processing.lanes import Lanes
from services.documents.processing.rules import (
    CONTENT,
    THUMBNAIL,
    UNCHANGED,
    Answer,
    Processed,
    source_name,
)

_WORKER: Final = "services.documents.processing.worker"
_READ_BYTES: Final = 256 * 1024
_ANSWER: Final = TypeAdapter(Answer)
_COMPONENT: Final = "open files"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Workplace:
    """A folder with the files of one paper, deleted at the end.

    Args:
        folder: where they are.
    """

    folder: Path

    @property
    def content(self) -> Path:
        """The content of the paper, once it is processed."""
        return self.folder / CONTENT

    @property
    def thumbnail(self) -> Path:
        """Its thumbnail."""
        return self.folder / THUMBNAIL

    async def add(self, number: int, pieces: AsyncIterable[bytes]) -> Path:
        """Write one source, and return its path.

        Raises:
            Refused: it is over the limit of a file.
        """
        path, written_bytes = self.folder / source_name(number), 0
        async with await anyio.open_file(path, "wb") as file:
            async for piece in pieces:
                written_bytes += len(piece)
                if written_bytes > LARGEST_BYTES:
                    raise Refused("document_too_large")
                await file.write(piece)
        return path


_PREFIX: Final = "nagorik-paper-"


def delete_left_workplaces(scratch: Path, before: datetime) -> int:
    """Delete the folders that killed processes left before a time; return how many."""
    found = [
        path for path in scratch.glob(f"{_PREFIX}*") if path.stat().st_mtime < before.timestamp()
    ]
    for folder in found:
        shutil.rmtree(folder, ignore_errors=True)
    return len(found)


@asynccontextmanager
async def workplace(scratch: Path) -> AsyncIterator[Workplace]:
    """Make an empty folder in the folder for temporary files, and delete it at the end."""
    folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix=_PREFIX, dir=scratch))
    try:
        yield Workplace(folder)
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


async def read_file(path: Path) -> AsyncIterator[bytes]:
    """Read a file in pieces."""
    async with await anyio.open_file(path, "rb") as file:
        while piece := await file.read(_READ_BYTES):
            yield piece


class Processor:
    """Processes papers, a few at once.

    A paper that would wait long is refused for now. Its sender would have stopped waiting and sent
    it again, so the work would be wasted.

    Args:
        opener: runs the process of each paper.
        limits: of each process.
        at_once: most processes.
        wait_s: most seconds that a paper waits for one of them.
        metrics: counts defects of ours.
    """

    def __init__(
        self,
        opener: Opener,
        limits: ProcessLimits,
        at_once: int,
        *,
        wait_s: float,
        metrics: Metrics,
    ) -> None:
        self._opener = opener
        self._limits = limits
        self._metrics = metrics
        metrics.count("step_defects", 0, component=_COMPONENT)
        self._lanes = Lanes(at_once, wait_s=wait_s)

    async def process(
        self, place: Workplace, opened_for: UUID, *, unchanged: bool = False
    ) -> Processed:
        """Make content and thumbnail of the sources in a workplace, sent by a person.

        With `unchanged` the one source, a PDF, is checked and is the content.

        Raises:
            Refused: a file cannot become a paper, or takes too much time or memory.
            Unavailable: as many papers as may be are being processed, and stay so; or the opener is
                away, or the process was told to end, as when all are stopped, or has a defect of
                ours: the files are not to blame, and may come again.
        """
        try:
            printed = await self._lanes.run(
                opened_for, partial(self._open, place.folder, *([UNCHANGED] if unchanged else []))
            )
            answer = _ANSWER.validate_json(printed)
        except ProcessEnded as ended:
            if ended.by_limit:
                raise Refused("document_too_demanding") from None
            if not ended.was_told:
                self._metrics.count("step_defects", component=_COMPONENT)
                log.exception("the process that opens files failed by a defect")
            raise Unavailable("processing", "the process was ended") from None
        except ValidationError:
            raise Refused("document_too_demanding") from None
        if answer.processed is None:
            raise Refused(answer.refused or "document_unreadable")
        if (await anyio.Path(place.content).stat()).st_size > LARGEST_BYTES:
            raise Refused("document_too_large")
        return answer.processed

    async def _open(self, folder: Path, *how: str) -> bytes:
        made = (CONTENT, THUMBNAIL)
        return await self._opener.run(
            _WORKER, *how, limits=self._limits, folder=folder, wanted=made
        )
