"""`up`: on what is given or on its own; a start that fails says why in a line."""

import os
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from libs.embedded.stack import FolderLock
from services.commands.root import make_app
from services.commands.up import Given, say
from services.supervision.plan import WITH_DATABASE


def given(**fields: Any) -> Given:
    return Given(**fields)


def test_databases_are_given_all_or_none() -> None:
    """A platform half on given databases and half on its own would be neither."""
    every = {f"{name}_dsn": f"postgresql://{name}" for name in WITH_DATABASE}
    assert given(**every).dsn() == {name: f"postgresql://{name}" for name in WITH_DATABASE}
    for name in every:
        assert given(**{**every, name: ""}).dsn() == {}


def test_a_folder_in_use_is_said_in_one_line_and_status_1(tmp_path: Path) -> None:
    """No traceback for people, nothing on standard output for programs."""
    lock = FolderLock(tmp_path)
    lock.take()
    outcome = CliRunner().invoke(make_app(), ["up", "--folder", str(tmp_path)])
    lock.give_back()
    assert outcome.exit_code == 1
    assert f"process {os.getpid()} already runs" in outcome.stderr
    assert "Traceback" not in outcome.output
    assert outcome.stdout == ""


def test_what_is_said_to_people_is_not_on_standard_output(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Standard output belongs to `--json`."""
    say("starting")
    assert capsys.readouterr() == ("", "  starting\n")
