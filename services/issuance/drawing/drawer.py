"""Has papers drawn by processes of the opener; those that wait for one share the next."""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import accumulate, pairwise
from typing import Any, Final
from uuid import UUID

from pydantic import NonNegativeInt, TypeAdapter
from pydantic_core import to_json

from libs.errors import Refused, Unavailable
from libs.limited_process import ProcessEnded, ProcessLimits
from libs.opener.client import Opener
from libs.turns import Turns
from services.issuance.drawing.files import PaperFiles

WORKER: Final = "services.issuance.drawing.worker"
LIMITS: Final = ProcessLimits(
    memory_bytes=1536 * 1024 * 1024, cpu_s=5, deadline_s=10.0, answer_bytes=2 * 1024 * 1024
)
MOST_TOGETHER: Final = 64
"""Papers of one process: to begin one takes as long as to draw five."""

_PDF: Final = b"%PDF-"
_SIZES: Final = TypeAdapter(list[NonNegativeInt])


@dataclass(slots=True, eq=False)
class _Asked:
    """A paper that somebody waits for; its answer is None where it has to be asked for again."""

    drawing: bytes
    answer: "asyncio.Future[bytes | None]" = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    def settle(self, drawn: bytes | Exception | None) -> None:
        if self.answer.done():  # nobody waits any more
            return
        if isinstance(drawn, Exception):
            self.answer.set_exception(drawn)
        elif drawn is None or drawn.startswith(_PDF):
            self.answer.set_result(drawn)
        else:
            self.answer.set_exception(_not_drawn("no PDF"))


class Drawer:
    """Draws papers, those of one person one after the other.

    A paper that finds a free process has it alone. Papers that wait share the next one, in which
    each is drawn by itself; where a limit ends it, each of them is drawn again alone.

    Args:
        opener: runs the processes.
        at_once: processes at once.
        wait_s: seconds that a paper waits until it is begun.
        files: fetches PDFs that ministries brought, which are not drawn; None without.
    """

    def __init__(
        self, opener: Opener, *, at_once: int, wait_s: float, files: PaperFiles | None = None
    ) -> None:
        self._files = files
        self._opener = opener
        self._places = asyncio.Semaphore(at_once)
        self._turns = Turns(wait_s)
        self._wait_s = wait_s
        self._waiting: deque[_Asked] = deque()

    async def draw(self, drawing: Mapping[str, Any], citizen_id: UUID) -> bytes:
        """Return a drawing of a citizen's as PDF/A-3b.

        Raises:
            Refused: no process is free and none gets so, or the process gave no paper.
            Unavailable: the opener is away, or this citizen's earlier papers take too long.
        """
        async with self._turns.of(citizen_id):
            return await self._draw(drawing)

    async def fetch(
        self, document_id: UUID, digest: str, ministry: str, application_id: UUID
    ) -> bytes:
        """Return a PDF that a ministry brought about an application, as it is.

        Raises:
            Refused: it is gone, or another one.
            Unavailable: documents does not answer.
        """
        if self._files is None:
            raise Refused("paper_file_gone")
        return await self._files.fetch(document_id, digest, ministry, application_id)

    async def _draw(self, drawing: Mapping[str, Any]) -> bytes:
        drawn = None
        while drawn is None:
            drawn = await self._ask(_Asked(to_json(drawing)))
        return drawn

    async def _ask(self, asked: _Asked) -> bytes | None:
        """Have a paper drawn, by the process of this caller or of another one.

        Raises:
            Refused: no process is free and none gets so, or the process gave no paper.
        """
        self._waiting.append(asked)
        try:
            async with asyncio.timeout(self._wait_s):
                await self._places.acquire()
        except TimeoutError:
            if asked in self._waiting:
                raise Refused("paper_not_drawn", "no place", retry_after_s=5) from None
        else:
            try:
                if asked in self._waiting:
                    await self._draw_with_others(asked)
            finally:
                self._places.release()
        finally:
            self._leave(asked)
        return await asked.answer

    def _leave(self, *some: _Asked) -> None:
        for asked in some:
            with suppress(ValueError):
                self._waiting.remove(asked)

    async def _draw_with_others(self, asked: _Asked) -> None:
        """Draw a paper, and those that wait beside it; whoever goes away takes none along."""
        others = [other for other in self._waiting if other is not asked][: MOST_TOGETHER - 1]
        self._leave(asked, *others)
        try:
            await self._draw_some([asked, *others])
        finally:
            for other in others:
                other.settle(None)

    async def _draw_some(self, some: Sequence[_Asked]) -> None:
        limits = replace(LIMITS, answer_bytes=LIMITS.answer_bytes * len(some))
        listed = b"[" + b",".join(asked.drawing for asked in some) + b"]"
        try:
            printed = await self._opener.run(WORKER, limits=limits, standard_input=listed)
            drawn: Sequence[bytes | Exception] = _parts_of(printed, len(some))
        except ProcessEnded as ended:
            if len(some) > 1:
                for asked in some:
                    await self._draw_some([asked])
                return
            drawn = [_not_drawn(str(ended))]
        except Unavailable as away:
            drawn = [away] * len(some)
        for asked, each in zip(some, drawn, strict=True):
            asked.settle(each)


def _parts_of(printed: bytes, count: int) -> list[bytes]:
    """Return the papers that a process printed.

    It had texts of strangers, so nothing that it says is believed.

    Raises:
        ProcessEnded: it printed something else.
    """
    line, _, rest = printed.partition(b"\n")
    try:
        sizes = _SIZES.validate_json(line)
    except ValueError:
        sizes = []
    if len(sizes) != count or sum(sizes) != len(rest):
        raise ProcessEnded(by_limit=True, status=None)
    return [rest[start:end] for start, end in pairwise(accumulate(sizes, initial=0))]


def _not_drawn(why: str) -> Refused:
    return Refused("paper_not_drawn", why, retry_after_s=5)
