"""Failed starts of a platform; tests/pipeline runs whole ones."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from libs.errors import Unavailable
from libs.settings import ServiceSettings
from services.registry import WITH_DATABASE
from tools.embedded.errors import EmbeddedStackFailed
from tools.embedded.stack import FolderLock
from tools.supervision.supervisor import STATE_FILE, NotReady, Supervisor

NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="nagorik-supervisor-"))
    yield made
    shutil.rmtree(made, ignore_errors=True)


async def test_a_folder_in_use_is_refused(folder: Path) -> None:
    """The second start names the process, and does not change the state."""
    lock = FolderLock(folder)
    lock.acquire()
    (folder / STATE_FILE).write_text("{}")
    with pytest.raises(EmbeddedStackFailed, match=str(os.getpid())):
        await Supervisor(folder, progress=lambda _: None).__aenter__()
    assert (folder / STATE_FILE).read_text() == "{}"
    lock.release()


async def test_a_failed_start_releases_the_folder(folder: Path) -> None:
    """With unavailable databases the start fails; the next start can use the folder."""
    for _ in range(2):
        with pytest.raises((Unavailable, OSError)):
            await Supervisor(
                folder,
                progress=lambda _: None,
                kafka_login=ServiceSettings.model_validate(
                    {"NAGORIK_KAFKA_BOOTSTRAP": "127.0.0.1:1"}
                ),
                dsn=dict.fromkeys(WITH_DATABASE, NOWHERE),
            ).__aenter__()
    assert not (folder / STATE_FILE).exists()
    assert not (folder / "services").exists()


async def test_before_a_start_there_is_no_state(folder: Path) -> None:
    """`state` raises before the start."""
    with pytest.raises(NotReady):
        Supervisor(folder, progress=lambda _: None).state()
