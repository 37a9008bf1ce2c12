"""Has papers drawn, a few at once, by a process of the opener."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from pydantic_core import to_json

from libs.errors import Refused
from libs.limited_process import ProcessEnded, ProcessLimits
from libs.opener.client import Opener
from libs.turns import Turns

WORKER: Final = "services.issuance.drawing.worker"
LIMITS: Final = ProcessLimits(
    memory_bytes=1536 * 1024 * 1024, cpu_s=5, deadline_s=10.0, answer_bytes=2 * 1024 * 1024
)
_PDF: Final = b"%PDF-"


class Drawer:
    """Draws papers, those of one person one after the other.

    Args:
        opener: runs the process that draws one.
        at_once: papers that are drawn at once; each has a process of its own.
        wait_s: seconds that others wait for a turn.
    """

    def __init__(self, opener: Opener, *, at_once: int, wait_s: float) -> None:
        self._opener = opener
        self._places = asyncio.Semaphore(at_once)
        self._turns = Turns(wait_s)
        self._wait_s = wait_s

    async def draw(self, drawing: Mapping[str, Any], citizen_id: UUID) -> bytes:
        """Return a drawing of a citizen's as PDF/A-3b.

        Raises:
            Refused: all places are taken and stay so, or the process gave no paper.
            Unavailable: the opener is away, or this citizen's earlier papers take too long.
        """
        async with self._turns.of(citizen_id):
            return await self._draw(drawing)

    async def _draw(self, drawing: Mapping[str, Any]) -> bytes:
        try:
            async with asyncio.timeout(self._wait_s):
                await self._places.acquire()
        except TimeoutError:
            raise Refused("paper_not_drawn", "no place", retry_after_s=5) from None
        try:
            drawn = await self._opener.run(WORKER, limits=LIMITS, standard_input=to_json(drawing))
        except ProcessEnded as ended:
            raise Refused("paper_not_drawn", str(ended), retry_after_s=5) from None
        finally:
            self._places.release()
        if not drawn.startswith(_PDF):
            raise Refused("paper_not_drawn", "no PDF", retry_after_s=5)
        return drawn
