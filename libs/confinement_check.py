"""Checks every 30 seconds that a process for files of strangers is confined here."""

import asyncio
import os
import tempfile
from pathlib import Path
from typing import Final

import structlog
from pydantic import TypeAdapter, ValidationError

from libs.component import ComponentHealth, pause
from libs.confinement import hide_itself
from libs.errors import Unavailable
from libs.limited_process import ProcessEnded, ProcessLimits
from libs.opener.client import Opener
from libs.opener.messages import ATTEMPTS
from libs.telemetry.metrics import Metrics

_DEADLINE_S: Final = 60.0
_AGAIN_AFTER_S: Final = 30.0
_AWAY_AGAIN_AFTER_S: Final = 1.0
_AWAY: Final = "the opener does not answer"
_GAPS: Final = TypeAdapter(list[str])

log = structlog.get_logger()


class ConfinementCheck:
    """A component that tries the forbidden acts of a process for files of strangers.

    A kernel without Landlock or seccomp leaves gaps, and so does an opener that runs as the user of
    the service. Files are opened all the same; the log, the metric `confinement_gaps` and the
    health answer say what such a process could do. Without an opener that answers no file is
    opened: the metric is 1, and a service that mainly opens files is not ready.

    Args:
        metrics: has the number of gaps.
        opener: has files opened.
        scratch: where the folders of such processes are; None for the system's.
        required: whether the service is not ready while no opener answers.
    """

    name = "confinement"

    def __init__(
        self,
        metrics: Metrics,
        opener: Opener,
        scratch: Path | None = None,
        *,
        required: bool = True,
    ) -> None:
        self._metrics = metrics
        self._opener = opener
        self._scratch = scratch
        self._required = required
        self._health = ComponentHealth(ready=False, detail="not tried yet")

    async def run(self, stop: asyncio.Event) -> None:
        """Hide this process from others of its user, and try again and again until the end."""
        hide_itself()
        found: list[str] | None = None
        while not stop.is_set():
            before, found = found, await self._gaps()
            self._metrics.gauge("confinement_gaps", len(found))
            if found != before:
                self._say(found)
            is_away = found == [_AWAY]
            await pause(stop, _AWAY_AGAIN_AFTER_S if is_away else _AGAIN_AFTER_S)

    def health(self) -> ComponentHealth:
        """Return the last result; not ready while files of strangers cannot be opened safely."""
        return self._health

    def _say(self, gaps: list[str]) -> None:
        if gaps == [_AWAY]:
            self._health = ComponentHealth(ready=not self._required, detail=_AWAY)
            log.error("files of strangers cannot be opened", reason=_AWAY)
        elif gaps:
            self._health = ComponentHealth(detail=f"such a process can {', '.join(gaps)}")
            log.warning("processes for files of strangers are not confined", gaps=gaps)
        else:
            self._health = ComponentHealth(detail="confined")
            log.info("processes for files of strangers are confined")

    async def _gaps(self) -> list[str]:
        limits = ProcessLimits(deadline_s=_DEADLINE_S)
        with tempfile.TemporaryDirectory(dir=self._scratch) as scratch:
            folder = Path(scratch) / "own"
            folder.mkdir()
            try:
                printed = await self._opener.run(ATTEMPTS, limits=limits, folder=folder)
                gaps = _GAPS.validate_json(printed)
            except Unavailable:
                return [_AWAY]
            except (ProcessEnded, ValidationError):
                return ["do what is not known: it gave no answer"]
        as_user = ["act as the user of this service"] * (self._opener.user_id == os.getuid())
        return [*gaps, *as_user]
