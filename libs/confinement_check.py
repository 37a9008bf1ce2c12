"""Tries at the start what a process that opens files of strangers could do here."""

import asyncio
import tempfile
from pathlib import Path
from typing import Final

import structlog
from pydantic import TypeAdapter, ValidationError

from libs.component import ComponentHealth
from libs.confinement import hide_itself
from libs.limited_process import ProcessEnded, ProcessLimits, run_limited
from libs.telemetry.metrics import Metrics

_ATTEMPTS: Final = "libs.confinement"
_DEADLINE_S: Final = 60.0
_GAPS: Final = TypeAdapter(list[str])

log = structlog.get_logger()


class ConfinementCheck:
    """A component that tries at the start what a process for files of strangers can do here.

    A kernel without Landlock or seccomp leaves gaps. Files are opened all the same; the log, the
    metric `confinement_gaps` and the health answer say what such a process could do.

    Args:
        metrics: has the number of gaps.
        scratch: where the folders of such processes are; None for the system's.
    """

    name = "confinement"

    def __init__(self, metrics: Metrics, scratch: Path | None = None) -> None:
        self._metrics = metrics
        self._scratch = scratch
        self._health = ComponentHealth(detail="not tried yet")

    async def run(self, stop: asyncio.Event) -> None:
        """Hide this process from others of its user, try once, and wait for the end."""
        hide_itself()
        gaps = await self._gaps()
        self._metrics.gauge("confinement_gaps", len(gaps))
        if gaps:
            self._health = ComponentHealth(detail=f"such a process can {', '.join(gaps)}")
            log.warning("processes for files of strangers are not confined", gaps=gaps)
        else:
            self._health = ComponentHealth(detail="confined")
            log.info("processes for files of strangers are confined")
        await stop.wait()

    def health(self) -> ComponentHealth:
        """Return ready, and what was found."""
        return self._health

    async def _gaps(self) -> list[str]:
        limits = ProcessLimits(deadline_s=_DEADLINE_S)
        with tempfile.TemporaryDirectory(dir=self._scratch) as scratch:
            folder = Path(scratch) / "own"
            folder.mkdir()
            try:
                printed = await run_limited(_ATTEMPTS, str(folder), limits=limits, folder=folder)
                return _GAPS.validate_json(printed)
            except (ProcessEnded, ValidationError):
                return ["do what is not known: it gave no answer"]
