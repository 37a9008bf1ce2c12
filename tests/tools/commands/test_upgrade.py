"""Failed starts of `upgrade`; `make upgrade` is a whole run."""

import os
from pathlib import Path

from typer.testing import CliRunner

from tools.commands.root import make_app
from tools.embedded.stack import FolderLock


def run(folder: Path) -> tuple[int, str, str]:
    """Run the command on a folder; return status, errors and output."""
    outcome = CliRunner().invoke(make_app(), ["upgrade", "--folder", str(folder), "--json"])
    return outcome.exit_code, outcome.stderr, outcome.stdout


def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    """Nothing in it is deleted."""
    (tmp_path / "postgres").mkdir()
    lock = FolderLock(tmp_path)
    lock.acquire()
    status, said, printed = run(tmp_path)
    lock.release()
    assert (status, printed) == (1, "")
    assert f"process {os.getpid()} already runs" in said
    assert (tmp_path / "postgres").exists()
