from pathlib import Path

import pytest

from tools.embedded.errors import EmbeddedStackFailed
from tools.embedded.stack import EmbeddedStack, FolderLock


async def test_both_servers_run_within_the_context(folder: Path) -> None:
    """Afterwards none of them runs."""
    async with EmbeddedStack(folder) as stack:
        assert stack.kafka.is_running
        assert stack.postgres.is_running
        with pytest.raises(EmbeddedStackFailed, match="already runs a stack"):
            await EmbeddedStack(folder).__aenter__()
        assert stack.kafka.is_running
    assert stack.kafka.pid is None
    assert stack.postgres.pid is None


async def test_when_one_fails_the_other_is_stopped_and_the_folder_free(folder: Path) -> None:
    """Nothing runs after a failed start."""
    (folder / "kafka" / "data").mkdir(parents=True)
    (folder / "kafka" / "data" / "meta.properties").write_text("version=1\nnode.id=9\n")
    stack = EmbeddedStack(folder)
    with pytest.raises(EmbeddedStackFailed, match="older than its passwords"):
        await stack.__aenter__()
    assert stack.kafka.pid is None
    assert stack.postgres.pid is None
    FolderLock(folder).acquire()


def test_a_released_folder_can_be_locked_again(folder: Path) -> None:
    """A folder that is locked cannot."""
    first, second = FolderLock(folder), FolderLock(folder)
    first.acquire()
    with pytest.raises(EmbeddedStackFailed, match="use another folder"):
        second.acquire()
    first.release()
    second.acquire()
    second.release()
