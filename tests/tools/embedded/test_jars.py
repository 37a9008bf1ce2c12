import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from jgo.env import LockFile, compute_spec_hash
from typing_extensions import override

from tools.embedded.errors import EmbeddedStackFailed
from tools.embedded.jars import LOCK_PATH, SPEC_PATH, LockedJar, kafka_jars, locked_jars
from tools.embedded.ports import HOST


class Quiet(SimpleHTTPRequestHandler):
    @override
    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing."""


@contextmanager
def repository(folder: Path) -> Iterator[dict[str, str]]:
    """A Maven repository that serves a folder."""
    with ThreadingHTTPServer((HOST, 0), partial(Quiet, directory=str(folder))) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        yield {"here": f"http://{HOST}:{server.server_port}"}
        server.shutdown()
        serving.join()


async def cache_with_one_bad_jar(folder: Path) -> tuple[Path, LockedJar, bytes]:
    """A complete cache with one corrupt jar, and that jar's true content."""
    cache = folder / "cache"
    cache.mkdir()
    for jar in await kafka_jars():
        (cache / jar.name).symlink_to(jar)
    bad = next(jar for jar in locked_jars() if jar.artifact == "jspecify")
    truth = (cache / bad.file_name).read_bytes()
    (cache / bad.file_name).unlink()
    (cache / bad.file_name).write_bytes(truth[:-1] + b"?")
    return cache, bad, truth


def serve(folder: Path, jar: LockedJar, content: bytes) -> Path:
    shelf = folder / "shelf" / jar.group.replace(".", "/") / jar.artifact / jar.version
    shelf.mkdir(parents=True)
    (shelf / jar.file_name).write_bytes(content)
    return folder / "shelf"


def test_lock_was_made_from_the_specification() -> None:
    """jgo.toml has not changed since the lock was made."""
    assert LockFile.load(LOCK_PATH).spec_hash == compute_spec_hash(SPEC_PATH)


def test_every_jar_is_locked_by_its_content() -> None:
    """Every jar has its SHA-256."""
    assert all(len(jar.sha256) == 64 for jar in locked_jars())


def test_the_lock_names_no_repository() -> None:
    """The user's settings choose the repository."""
    text = LOCK_PATH.read_text()
    assert "://" not in text
    assert str(Path.home()) not in text


async def test_a_complete_cache_needs_no_network(folder: Path) -> None:
    """A start with cached jars works offline."""
    first = await kafka_jars()
    assert len(first) == len(locked_jars())
    assert await kafka_jars(repositories={"nowhere": f"http://{HOST}:1"}) == first


async def test_bad_jar_is_fetched_again(folder: Path) -> None:
    """A jar with a wrong checksum is not used."""
    cache, bad, truth = await cache_with_one_bad_jar(folder)
    with repository(serve(folder, bad, truth)) as here:
        await kafka_jars(cache, repositories=here)
    assert (cache / bad.file_name).read_bytes() == truth
    assert [path for path in cache.iterdir() if path.suffix != ".jar"] == []


async def test_fetched_jar_that_is_not_the_locked_one_is_refused(folder: Path) -> None:
    """A downloaded jar with a wrong checksum fails the start."""
    cache, bad, truth = await cache_with_one_bad_jar(folder)
    with (
        repository(serve(folder, bad, truth + b"!")) as here,
        pytest.raises(EmbeddedStackFailed, match=f"{bad.file_name}.* is not the locked one"),
    ):
        await kafka_jars(cache, repositories=here)


async def test_a_failed_download_names_the_jar_and_the_remedy(folder: Path) -> None:
    """The message says which jar, and what to do."""
    cache, bad, _ = await cache_with_one_bad_jar(folder)
    with pytest.raises(EmbeddedStackFailed, match=r"org.jspecify:jspecify.*\[repositories\]"):
        await kafka_jars(cache, repositories={"nowhere": f"http://{HOST}:1"})
    assert (cache / bad.file_name).exists()
