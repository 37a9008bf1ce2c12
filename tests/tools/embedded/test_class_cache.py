"""The cache of the broker's classes, with which it starts in half the CPU time."""

import asyncio
import os
from pathlib import Path

from tools.embedded.__main__ import make_class_cache
from tools.embedded.class_cache import options_of, path_of
from tools.embedded.kafka import EmbeddedKafka


async def test_a_broker_uses_the_cache(folder: Path) -> None:
    """Java accepts it; one that it refuses is not mapped."""
    cache = await asyncio.to_thread(make_class_cache)
    async with EmbeddedKafka(folder) as kafka:
        mapped = await asyncio.to_thread(Path(f"/proc/{kafka.pid}/maps").read_text)
    assert str(cache) in mapped


def test_a_cache_is_of_its_jars_only(folder: Path) -> None:
    """A replaced jar means another cache, and none is used until it was made."""
    jar = folder / "kafka.jar"
    jar.write_bytes(b"of today")
    before = path_of([jar], folder)
    before.touch()
    assert options_of(before)
    os.utime(jar, (0, 0))
    assert not options_of(path_of([jar], folder))
