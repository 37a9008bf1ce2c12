"""Folders for the data of servers."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_IN_MEMORY: Final = Path("/dev/shm")  # noqa: S108  # Linux's folder for this; the name is random
_ENOUGH_BYTES: Final = 4 << 30  # all servers of a run had 1.6 GB at most


@contextmanager
def server_folder(server: str) -> Iterator[Path]:
    """Yield a folder that is removed afterwards, in memory where the machine has enough.

    Servers make and delete thousands of files, which on a disk takes up to 30 s of CPU in a run.
    """
    is_there = _IN_MEMORY.is_dir() and os.access(_IN_MEMORY, os.W_OK | os.X_OK)
    has_enough = is_there and shutil.disk_usage(_IN_MEMORY).free > _ENOUGH_BYTES
    place = _IN_MEMORY if has_enough else None
    folder = Path(tempfile.mkdtemp(prefix=f"nagorik-{server}-", dir=place))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
