import asyncio
import hashlib
import os
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import requests
import structlog
from jgo.config import GlobalSettings
from jgo.env import EnvironmentSpec, LockFile, compute_spec_hash
from jgo.maven import MavenContext

from tools.embedded.errors import EmbeddedStackFailed

SPEC_PATH = Path(__file__).with_name("jgo.toml")
LOCK_PATH = Path(__file__).with_name("jgo.lock.toml")
DEFAULT_FOLDER = Path.home() / ".cache" / "nagorik" / "jars"

PARALLEL_DOWNLOADS = 6
DOWNLOAD_TRIES = 3
PAUSE_BETWEEN_TRIES_S = 1.0
REQUEST_TIMEOUT_S = 30


@dataclass(frozen=True)
class LockedJar:
    """One jar as the lock names it."""

    group: str
    artifact: str
    version: str
    classifier: str
    sha256: str

    @property
    def file_name(self) -> str:
        """The jar's file name in the cache."""
        words = [self.artifact, self.version, self.classifier]
        return "-".join(word for word in words if word) + ".jar"


async def kafka_jars(
    folder: Path | None = None, *, repositories: Mapping[str, str] | None = None
) -> list[Path]:
    """Download all jars of the broker into a folder, in the locked versions.

    Fails with `EmbeddedStackFailed` when a jar cannot be fetched or is not the locked one.

    Args:
        folder: the folder of the jars; by default the user's cache.
        repositories: Maven repositories by name; else those of the user's jgo settings, else
            jgo's own.
    """
    return await fetched(locked_jars(), folder, repositories=repositories)


async def fetched(
    jars: Sequence[LockedJar],
    folder: Path | None = None,
    *,
    repositories: Mapping[str, str] | None = None,
) -> list[Path]:
    """Download jars into a folder, unless they are there.

    Fails with `EmbeddedStackFailed` when a jar cannot be fetched or is not the locked one.

    Args:
        jars: the jars, with their checksums.
        folder: the folder of the jars; by default the user's cache.
        repositories: as for `kafka_jars`.
    """
    return await asyncio.to_thread(_fetched, jars, folder or DEFAULT_FOLDER, repositories)


def locked_jars() -> list[LockedJar]:
    """Read the lock."""
    return [
        LockedJar(
            group=locked.groupId,
            artifact=locked.artifactId,
            version=locked.version,
            classifier=locked.classifier or "",
            sha256=locked.sha256 or "",
        )
        for locked in LockFile.load(LOCK_PATH).dependencies
    ]


def write_lock() -> None:
    """Resolve jgo.toml again, and write the lock file."""
    spec = EnvironmentSpec.load(SPEC_PATH)
    with tempfile.TemporaryDirectory() as scratch:
        maven = MavenContext(repo_cache=Path(scratch), timeout=REQUEST_TIMEOUT_S)
        wanted = [maven.create_dependency(coordinate) for coordinate in spec.coordinates]
        direct, behind = maven.resolver.resolve(wanted)
        LockFile.from_resolved_dependencies(
            [*direct, *(jar for jar in behind if jar.scope in {"compile", "runtime"})],
            environment_name=spec.name,
            entrypoints=spec.entrypoints,
            default_entrypoint=spec.default_entrypoint,
            spec_hash=compute_spec_hash(SPEC_PATH),
        ).save(LOCK_PATH)


def _fetched(
    jars: Sequence[LockedJar], folder: Path, repositories: Mapping[str, str] | None
) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    missing = [jar for jar in jars if not _is_as_locked(folder / jar.file_name, jar)]
    if missing:
        _fetch_all(missing, folder, repositories or GlobalSettings.load().repositories or None)
    return [folder / jar.file_name for jar in jars]


def _is_as_locked(path: Path, jar: LockedJar) -> bool:
    if not path.exists():
        return False
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest() == jar.sha256


def _fetch_all(jars: list[LockedJar], folder: Path, repositories: Mapping[str, str] | None) -> None:
    structlog.get_logger().info("jars_fetched", jars=len(jars), folder=str(folder))
    # Downloaded elsewhere and then moved: two checkouts may fill one cache at the same time.
    with (
        tempfile.TemporaryDirectory(dir=folder, prefix=".fetching-") as scratch,
        ThreadPoolExecutor(PARALLEL_DOWNLOADS) as pool,
    ):
        maven = MavenContext(
            repo_cache=Path(scratch),
            remote_repos=None if repositories is None else dict(repositories),
            timeout=REQUEST_TIMEOUT_S,
        )
        for _ in pool.map(lambda jar: _fetch(maven, jar, folder), jars):
            pass


def _fetch(maven: MavenContext, jar: LockedJar, folder: Path) -> None:
    fetched = _download(maven, jar)
    if not _is_as_locked(fetched, jar):
        raise EmbeddedStackFailed(
            f"the jar {jar.file_name} that was fetched is not the locked one",
            remedy="find out who changed it on the way; do not use it",
        )
    os.replace(fetched, folder / jar.file_name)  # noqa: PTH105


def _download(maven: MavenContext, jar: LockedJar) -> Path:
    artifact = maven.project(jar.group, jar.artifact).at_version(jar.version)
    wanted = artifact.artifact(classifier=jar.classifier)
    for attempt in range(1, DOWNLOAD_TRIES + 1):
        try:
            return wanted.resolve()
        except (requests.RequestException, RuntimeError) as failure:
            if wanted.cached_path is not None:
                wanted.cached_path.unlink(missing_ok=True)  # half of it may be there
            if attempt == DOWNLOAD_TRIES:
                raise EmbeddedStackFailed(
                    f"the jar {jar.group}:{jar.artifact}:{jar.version} was not fetched ({failure})",
                    remedy="check the network, or name a repository that can be reached under "
                    "[repositories] in jgo's settings file, and start again",
                ) from failure
        time.sleep(PAUSE_BETWEEN_TRIES_S)
    raise AssertionError("every try returned or raised")


if __name__ == "__main__":
    write_lock()
