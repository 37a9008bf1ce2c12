from pathlib import Path

import pytest

from tools.embedded.errors import EmbeddedStackFailed
from tools.embedded.stack import EmbeddedStack, FolderLock


async def test_both_are_up_inside_and_gone_outside(folder: Path) -> None:
    """A stack is up as a whole while it is used, and leaves nothing."""
    async with EmbeddedStack(folder) as stack:
        assert stack.kafka.is_running
        assert stack.postgres.is_running
        with pytest.raises(EmbeddedStackFailed, match="already runs a stack"):
            await EmbeddedStack(folder).__aenter__()
        assert stack.kafka.is_running
    assert stack.kafka.pid is None
    assert stack.postgres.pid is None


async def test_when_one_fails_the_other_is_stopped_and_the_folder_free(folder: Path) -> None:
    """A half stack is no stack."""
    (folder / "kafka" / "data").mkdir(parents=True)
    (folder / "kafka" / "data" / "meta.properties").write_text("version=1\nnode.id=9\n")
    stack = EmbeddedStack(folder)
    with pytest.raises(EmbeddedStackFailed, match="older than its passwords"):
        await stack.__aenter__()
    assert stack.kafka.pid is None
    assert stack.postgres.pid is None
    FolderLock(folder).take()


def test_folder_is_given_back(folder: Path) -> None:
    """Whoever comes after the first gets the folder."""
    first, second = FolderLock(folder), FolderLock(folder)
    first.take()
    with pytest.raises(EmbeddedStackFailed, match="use another folder"):
        second.take()
    first.give_back()
    second.take()
    second.give_back()
