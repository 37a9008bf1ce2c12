"""Print the newest interpreter of this machine on which the project is tried (3.11 to 3.14).

It is looked for on the PATH, and among the versions of pyenv if its shims are there: a shim of a
version that is not switched on fails.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

_MINORS = range(14, 10, -1)
_NEEDED = "import bz2, ctypes, lzma, sqlite3, ssl"


def _candidates(name: str) -> Iterator[Path]:
    for folder in map(Path, os.get_exec_path()):
        yield folder / name
        if folder.name == "shims":
            yield from folder.parent.glob(f"versions/*/bin/{name}")


def _works(path: Path) -> bool:
    try:
        subprocess.run([path, "-c", _NEEDED], capture_output=True, timeout=20, check=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return False
    return True


def newest() -> Path:
    """Return the newest that works; the one that runs if there is no other."""
    names = (f"python3.{minor}" for minor in _MINORS)
    found = (path for name in names for path in _candidates(name) if _works(path))
    return next(found, Path(sys.executable))


if __name__ == "__main__":
    print(newest())  # noqa: T201
