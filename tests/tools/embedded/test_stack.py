from pathlib import Path

import pytest

from tools.embedded.errors import EmbeddedStackFailed
from tools.embedded.stack import FolderLock


def test_a_released_folder_can_be_locked_again(folder: Path) -> None:
    """A folder that is locked cannot."""
    first, second = FolderLock(folder), FolderLock(folder)
    first.acquire()
    with pytest.raises(EmbeddedStackFailed, match="use another folder"):
        second.acquire()
    first.release()
    second.acquire()
    second.release()
