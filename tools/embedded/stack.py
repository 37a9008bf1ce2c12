import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from tools.embedded.errors import EmbeddedStackFailed
from tools.embedded.kafka import EmbeddedKafka
from tools.embedded.postgres import EmbeddedPostgres
from tools.embedded.together import together


class EmbeddedStack:
    """Kafka and PostgreSQL in one folder; both run or neither."""

    def __init__(
        self, folder: Path, *, jars_folder: Path | None = None, flush_every_append: bool = True
    ) -> None:
        self.kafka = EmbeddedKafka(
            folder / "kafka", jars_folder=jars_folder, flush_every_append=flush_every_append
        )
        self.postgres = EmbeddedPostgres(folder / "postgres")
        self._lock = FolderLock(folder)

    async def __aenter__(self) -> Self:
        """Start both at the same time; if one fails, stop the other.

        Fails with `EmbeddedStackFailed` when another stack has the folder, too.
        """
        self._lock.acquire()
        try:
            await self._start()
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stop()

    async def _start(self) -> None:
        await together([self.kafka.start(), self.postgres.start()])

    async def _stop(self) -> None:
        try:
            await together([self.kafka.stop(), self.postgres.stop()])
        finally:
            self._lock.release()


class FolderLock:
    """A lock on a folder; the system releases it when the holder is killed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / "lock"
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Lock the folder.

        Raises:
            EmbeddedStackFailed: another process has locked it.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise EmbeddedStackFailed(
                f"process {self._path.read_text() or '?'} already runs a stack in {self._folder}",
                remedy="stop that one first, or use another folder",
            ) from None
        os.truncate(descriptor, 0)
        os.write(descriptor, str(os.getpid()).encode())
        self._descriptor = descriptor

    def release(self) -> None:
        """Unlock the folder; do nothing if it is not locked."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
