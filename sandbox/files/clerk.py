"""The clerks of ministries without an interface: they read batches, and write decisions."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import orjson
import structlog

from libs.clock import utc_now
from libs.component import ComponentHealth
from libs.errors import Unreadable
from sandbox.faults.controls import Controls
from sandbox.faults.rules import merge
from sandbox.files.batches import (
    FROM,
    TO,
    BatchRow,
    Result,
    papers_are_right,
    read_batch,
)
from sandbox.files.faults import written
from sandbox.files.server import FileServer
from sandbox.ledger.file import LedgerFile
from sandbox.ledger.schema import Connection
from sandbox.ministries.queries import PaperRow, answers_due_in_files, insert_papers
from sandbox.ministries.use_cases import Arrival, accept, give_in_file

_PAUSE_S: Final = 0.5

log = structlog.get_logger()


class Clerks:
    """Reads the batches of all ministries, and writes files with acknowledgements and decisions.

    A batch that is read goes to `done`; the same batch again is answered in the same way, since its
    rows have the same keys.

    Args:
        folder: has a folder for each ministry.
        ledger: stores what they accept.
        controls: how they behave; one that is down does nothing.
        server: knows which are down.
        seed: determines their decisions.
    """

    name = "clerks"

    def __init__(
        self, folder: Path, ledger: LedgerFile, controls: Controls, server: FileServer, seed: int
    ) -> None:
        self._folder = folder
        self._ledger = ledger
        self._controls = controls
        self._server = server
        self._seed = seed

    def health(self) -> ComponentHealth:
        """Always ready: they work when there is something."""
        return ComponentHealth()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set."""
        while not stop.is_set():
            await self.read_and_decide()
            try:
                async with asyncio.timeout(_PAUSE_S):
                    await stop.wait()
            except TimeoutError:
                continue

    async def read_and_decide(self) -> None:
        """Read every batch that is there, and write every decision that is due."""
        for top in sorted(self._folder.glob("*")) if self._folder.exists() else []:
            if self._server.is_open(top.name):
                for path in sorted((top / TO).glob("batch-*.csv")):
                    await self._read(top, path)
                await self._decide(top)

    async def _read(self, top: Path, path: Path) -> None:
        try:
            rows = read_batch(await asyncio.to_thread(path.read_bytes))
        except FileNotFoundError:  # it was removed, or is being replaced
            return
        except (Unreadable, ValueError, KeyError):
            log.exception("batch not read", ministry=top.name)
            return
        results = [await self._accept(top, row) for row in rows]
        self._write(top, f"received-{path.stem}", results)
        await asyncio.to_thread(_put_aside, path)

    async def _accept(self, top: Path, row: BatchRow) -> Result:
        ministry = top.name
        arrival = Arrival(
            ministry=ministry,
            body=row.body,
            idempotency_key=row.delivery_id,
            traceparent="",
            behaviour=self._controls.behaviour_of(ministry),
            ignores_keys=bool(merge(self._controls.active_faults(ministry)).ignore_idempotency),
            seed=self._seed,
            place=(row.batch_no, row.row_no),
        )
        answer = await self._ledger.write(_accept, arrival, papers_are_right(row, top / TO))
        return Result(
            row.batch_no,
            row.row_no,
            str(row.body.application_id),
            row.body.tracking_number,
            orjson.loads(answer)["case_file_number"],
        )

    def _write(self, top: Path, name: str, results: Sequence[Result]) -> None:
        folder = top / FROM
        folder.mkdir(parents=True, exist_ok=True)
        fault = merge(self._controls.active_faults(top.name)).file_fault
        suffix, content = written(results, fault)
        part = folder / f"{name}.part"
        part.write_bytes(content)
        part.replace(folder / f"{name}.{suffix}")

    async def _decide(self, top: Path) -> None:
        now = utc_now()
        due = await self._ledger.read(answers_due_in_files, top.name, now.timestamp())
        if not due:
            return
        results = [
            Result(
                answer_row.batch_no or 0,
                answer_row.row_no or 0,
                answer_row.application_id,
                answer_row.tracking_number,
                answer_row.case_file_number,
                answer_row.action,
                answer_row.note_bn,
                answer_row.note_en,
            )
            for answer_row in due
        ]
        # The name follows from the first decision: after a crash in between, the same file is
        # written again.
        self._write(top, f"decided-{due[0].n:09d}", results)
        await self._ledger.write(give_in_file, due, now)


def _accept(connection: Connection, arrival: Arrival, papers: list[tuple[str, bool]]) -> str:
    """Accept a row, and note its papers."""
    rows = [
        PaperRow(
            ministry=arrival.ministry,
            application_id=str(arrival.body.application_id),
            document_id=name,
            state="clean",
            is_right=is_right,
            received_at=arrival.at.isoformat(timespec="microseconds"),
        )
        for name, is_right in papers
    ]
    insert_papers(connection, rows)
    return accept(connection, arrival)


def _put_aside(path: Path) -> None:
    done = path.parent / "done"
    done.mkdir(exist_ok=True)
    with suppress(FileNotFoundError):  # it was removed meanwhile
        path.replace(done / path.name)
