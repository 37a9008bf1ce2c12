"""Failed starts of `chaos`; `.ci/run` has a whole run."""

import os
from pathlib import Path

from typer.testing import CliRunner, Result

from tools.commands.root import make_app
from tools.embedded.stack import FolderLock


def chaos(folder: Path, *words: str) -> Result:
    """Run the command on a folder."""
    return CliRunner().invoke(make_app(), ["chaos", "--folder", str(folder), *words])


def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    """Beside a running `up`: one line, status 1, and nothing on standard output."""
    lock = FolderLock(tmp_path)
    lock.acquire()
    outcome = chaos(tmp_path, "--json")
    lock.release()
    assert outcome.exit_code == 1
    assert f"process {os.getpid()} already runs" in outcome.stderr
    assert "Traceback" not in outcome.output
    assert outcome.stdout == ""


def test_too_short_a_run_is_refused(tmp_path: Path) -> None:
    """Nothing is started."""
    outcome = chaos(tmp_path, "--minutes", "0.1")
    assert outcome.exit_code == 2
    assert "--minutes" in outcome.stderr
    assert list(tmp_path.iterdir()) == []
