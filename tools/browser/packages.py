"""Packages of the npm registry that only tests and tools need, each pinned by its hash."""

import base64
import hashlib
import shutil
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

CACHE: Final = Path.home() / ".cache" / "nagorik" / "npm"
_TIMEOUT_S: Final = 600


class NotFetched(Exception):
    """A package cannot be had: there is no npm, no registry, or it is another package."""


@dataclass(frozen=True, slots=True)
class Package:
    """A package.

    Args:
        name: in the registry.
        version: its version.
        sha512: of its archive, in base64, as the registry and lock files write it.
    """

    name: str
    version: str
    sha512: str


CHROMIUM: Final = Package(
    "@sparticuz/chromium",
    "147.0.0",
    "4ZKeAQQa8up2mt675qSitztLdbQrlf8BKdC5naeap+5Mv1OV1OlJdPoU+EJC/p5sQUJUQmN4r+q5+EhaaOUHpQ==",
)
HTMX: Final = Package(
    "htmx.org",
    "4.0.1",
    "oF7JgXhDW9UXCy/k1ZYFUQgzu/rm19ORWPSPNL91vPluB2PB9+MV55tyQdH/w7o2EAbTYUG5SDW1R60mdkdqGg==",
)
AXE: Final = Package(
    "axe-core",
    "4.14.1",
    "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==",
)
BENGALI_FONT: Final = Package(
    "@fontsource/noto-sans-bengali",
    "5.3.0",
    "EFBMU0UvzyFSc1ERK369zfqEu6DMRuWmCQ2+2ahhQTQAIDPEyN1UYlQdQeFkheu2DWG2hfdwrhiLlGFl2sSr/A==",
)


def fetch(package: Package, cache: Path = CACHE) -> Path:
    """Return the folder of a package, from the cache or from the registry.

    Raises:
        NotFetched: npm is missing or fails, or the archive has another hash.
        OSError: the cache cannot be written.
    """
    folder = cache / f"{package.name.replace('/', '+')}-{package.version}"
    if folder.exists():
        return folder
    npm = shutil.which("npm")
    if npm is None:
        raise NotFetched(f"{package.name} comes by npm, which is not on the PATH")
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as scratch:
        command = [npm, "pack", "--silent", f"{package.name}@{package.version}"]
        done = subprocess.run(  # noqa: S603
            command, cwd=scratch, capture_output=True, timeout=_TIMEOUT_S, check=False
        )
        archives = list(Path(scratch).glob("*.tgz"))
        if done.returncode or len(archives) != 1:
            raise NotFetched(f"npm pack {package.name}: {done.stderr.decode()[-300:]}")
        found = base64.b64encode(hashlib.sha512(archives[0].read_bytes()).digest()).decode()
        if found != package.sha512:
            raise NotFetched(f"{package.name} {package.version} has the hash {found}")
        with tarfile.open(archives[0]) as archive:
            archive.extractall(scratch)  # noqa: S202  # its hash is pinned
        try:
            Path(scratch, "package").rename(folder)
        except OSError:
            if not folder.exists():  # another process was faster
                raise
    return folder
