"""The release that runs when this code is deployed, as it was committed, or another commit."""

import io
import subprocess
import tarfile
from pathlib import Path
from typing import Final

LAST_RELEASE: Final = "deploy/last_release"
"""Its first line is the commit."""


class NotInHistory(Exception):
    """The repository has not the commit: a shallow clone, or no repository at all."""


def commit_of(checkout: Path) -> str:
    """Return the commit of the last release."""
    return (checkout / LAST_RELEASE).read_text(encoding="utf-8").split()[0]


def read_files(checkout: Path, *folders: str) -> dict[str, bytes]:
    """Return the files of the last release below some folders, by path.

    Args:
        checkout: the top of a git repository.
        folders: all if none is given.

    Raises:
        NotInHistory: the repository has not the commit.
    """
    return _read_files(checkout, commit_of(checkout), folders)


def _read_files(checkout: Path, commit: str, folders: tuple[str, ...]) -> dict[str, bytes]:
    archive = _archive(checkout, commit, folders)
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        return {
            member.name: read.read()
            for member in files
            if member.isfile() and (read := files.extractfile(member))
        }


def unpack(checkout: Path, folder: Path, commit: str = "") -> Path:
    """Write the last release into a folder of its commit below this one; return that folder.

    Args:
        checkout: the top of a git repository.
        folder: what lies in its commit's folder already is not written again.
        commit: of another release.

    Raises:
        NotInHistory: the repository has not the commit.
    """
    commit = commit or commit_of(checkout)
    target = folder / commit
    if not target.exists():
        unfinished = target.with_suffix(".new")
        for path, content in _read_files(checkout, commit, ()).items():
            (unfinished / path).parent.mkdir(parents=True, exist_ok=True)
            (unfinished / path).write_bytes(content)
        unfinished.rename(target)
    return target


def _archive(checkout: Path, commit: str, folders: tuple[str, ...]) -> bytes:
    command = ["git", "-C", str(checkout), "archive", commit, *folders]
    done = subprocess.run(command, check=False, capture_output=True)  # noqa: S603
    if done.returncode:
        raise NotInHistory(done.stderr.decode(errors="replace").strip())
    return done.stdout
