"""The fastest working interpreter of a version is chosen."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tools.embedded.server import CHECKOUT

NAME = f"python{sys.version_info.major}.{sys.version_info.minor}"


def chosen(folder: Path) -> str:
    """Return what the script prints with only this folder on the PATH."""
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


def test_a_faster_interpreter_is_chosen(tmp_path: Path) -> None:
    """The fake one reports almost no CPU time."""
    faster = put(tmp_path, "echo 0.000001")
    assert chosen(tmp_path) == str(faster)


@pytest.mark.parametrize("script", ["echo 9999", "echo cannot import ssl; exit 1", "exit 0"])
def test_a_slower_or_broken_interpreter_is_not_chosen(tmp_path: Path, script: str) -> None:
    """The current one is chosen."""
    put(tmp_path, script)
    assert os.path.realpath(chosen(tmp_path)) == os.path.realpath(sys.executable)


def test_a_broken_interpreter_is_measured_once(tmp_path: Path) -> None:
    """One that hangs would delay each round."""
    asked = tmp_path / "asked"
    put(tmp_path, f"echo once >> {asked}; exit 1")
    assert os.path.realpath(chosen(tmp_path)) == os.path.realpath(sys.executable)
    assert asked.read_text() == "once\n"


def test_the_least_of_the_measurements_counts(tmp_path: Path) -> None:
    """Something else may take the processor most of the time."""
    been = tmp_path / "been"
    busy = put(tmp_path, f"[ -e {been} ] && echo 9999 || {{ : > {been}; echo 0.000001; }}")
    assert chosen(tmp_path) == str(busy)
