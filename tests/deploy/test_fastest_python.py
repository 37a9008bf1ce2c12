"""Of several interpreters of one version the fastest is taken, and one that works."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tools.embedded.server import CHECKOUT

NAME = f"python{sys.version_info.major}.{sys.version_info.minor}"


def chosen(folder: Path) -> str:
    """What the script prints where only this folder is on the PATH."""
    done = subprocess.run(  # noqa: S603
        [sys.executable, CHECKOUT / "deploy" / "fastest_python.py"],
        env={"PATH": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def put(folder: Path, script: str) -> Path:
    path = folder / NAME
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_a_faster_one_on_the_path_is_taken(tmp_path: Path) -> None:
    """It says that it needed next to nothing."""
    faster = put(tmp_path, "echo 0.000001")
    assert chosen(tmp_path) == str(faster)


@pytest.mark.parametrize("script", ["echo 9999", "echo cannot import ssl; exit 1", "exit 0"])
def test_a_slower_one_or_one_that_does_not_work_is_not_taken(tmp_path: Path, script: str) -> None:
    """Then it is the one that asks."""
    put(tmp_path, script)
    assert os.path.realpath(chosen(tmp_path)) == os.path.realpath(sys.executable)


def test_one_that_does_not_work_is_not_waited_for_again(tmp_path: Path) -> None:
    """One that hangs would be waited for in each round."""
    asked = tmp_path / "asked"
    put(tmp_path, f"echo once >> {asked}; exit 1")
    assert os.path.realpath(chosen(tmp_path)) == os.path.realpath(sys.executable)
    assert asked.read_text() == "once\n"


def test_one_that_was_quick_by_luck_is_not_taken(tmp_path: Path) -> None:
    """It says so once, and then what is true."""
    been = tmp_path / "been"
    put(tmp_path, f"[ -e {been} ] && echo 9999 || {{ : > {been}; echo 0.000001; }}")
    assert os.path.realpath(chosen(tmp_path)) == os.path.realpath(sys.executable)
