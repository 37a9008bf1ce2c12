"""The newest working interpreter of a machine is found."""

import subprocess
import sys
from pathlib import Path

import pytest

from tools.embedded.server import CHECKOUT


def put(path: Path, *, works: bool = True) -> Path:
    """A fake interpreter."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\nexit {0 if works else 127}\n")
    path.chmod(0o755)
    return path


def found(*folders: Path) -> str:
    """Return what the script prints with only these folders on the PATH."""
    done = subprocess.run(  # noqa: S603
        [sys.executable, CHECKOUT / "deploy" / "newest_python.py"],
        env={"PATH": ":".join(map(str, folders))},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_the_newest_that_works_is_found(tmp_path: Path) -> None:
    """Whatever the order on the PATH; one that is newer than what is tried does not count."""
    for broken in ("3.14", "3.15"):
        put(tmp_path / f"python{broken}", works=broken == "3.15")
    put(tmp_path / "python3.12")
    newest = put(tmp_path / "later" / "python3.13")
    assert found(tmp_path, tmp_path / "later") == str(newest)


def test_a_version_of_pyenv_is_found_behind_its_shim(tmp_path: Path) -> None:
    """The shim itself fails where the version is not switched on."""
    put(tmp_path / "shims" / "python3.13", works=False)
    own = put(tmp_path / "versions" / "3.13.0" / "bin" / "python3.13")
    assert found(tmp_path / "shims") == str(own)


@pytest.mark.parametrize("name", ["python3.10", "python"])
def test_without_another_it_is_the_one_that_runs(tmp_path: Path, name: str) -> None:
    """Older ones and those without a version are not asked."""
    put(tmp_path / name)
    assert found(tmp_path) == sys.executable
