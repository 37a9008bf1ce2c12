"""`python -m tools.embedded` makes the cache of the broker's classes, unless it is there."""

import asyncio
import subprocess
import tempfile
from pathlib import Path

from operations.topics.admin import apply_topics
from tools.embedded.class_cache import FOLDER, path_of
from tools.embedded.errors import EmbeddedStackFailed
from tools.embedded.jars import kafka_jars
from tools.embedded.kafka import EmbeddedKafka
from tools.embedded.kafka_node import java_command

WRITING_TIMEOUT_S = 300.0  # a few seconds, unless the machine is busy


def make_class_cache(folder: Path = FOLDER) -> Path:
    """Make the cache from the classes that a broker loads for its first topics; return its path.

    Caches of another Java or of other jars are removed.

    Raises:
        EmbeddedStackFailed: the broker does not start, or Java does not write the cache.
    """
    jars = asyncio.run(kafka_jars())
    cache = path_of(jars, folder)
    if cache.exists():
        return cache
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".making-", dir=folder) as scratch:
        draft = Path(scratch) / "cache"
        classes = f"-XX:AOTConfiguration={scratch}/classes"
        asyncio.run(_record(Path(scratch) / "kafka", ["-XX:AOTMode=record", classes]))
        _run(java_command(jars, ["-XX:AOTMode=create", classes, f"-XX:AOTCache={draft}"]))
        for earlier in folder.glob("kafka-*.aot"):
            earlier.unlink(missing_ok=True)
        draft.replace(cache)
    return cache


async def _record(folder: Path, java_options: list[str]) -> None:
    """Run a broker, which writes the list of its classes when it ends.

    The tool that formats its storage writes its own list before; the broker's replaces it.
    """
    broker = EmbeddedKafka(folder, java_options=java_options)
    try:
        await broker.start()
        await apply_topics(broker.client)
        await broker.stop(grace_s=WRITING_TIMEOUT_S)
    finally:
        broker.kill()


def _run(command: list[str | Path]) -> None:
    done = subprocess.run(  # noqa: S603 -- our own command, no shell
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    if done.returncode != 0:
        raise EmbeddedStackFailed(
            f"Java did not write the cache of classes: {done.stdout.decode()[-500:]}",
            remedy="brokers start without it, only slower",
        )


if __name__ == "__main__":
    make_class_cache()
